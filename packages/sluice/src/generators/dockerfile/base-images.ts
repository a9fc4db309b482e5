import { pins } from '../../pipeline/pins.ts'

/**
 * Images and tools that generated Dockerfiles begin with. Looked up on 2026-11-22.
 * Digests are not here: they are pinned at the first build, where there is a registry to ask, because a digest that
 * nobody has pulled is a promise about somebody else's server.
 */
export const baseImages = {
  node: (version: string) => `node:${version}-slim`,
  bun: (version: string) => `oven/bun:${version}-slim`,
  python: (version: string) => `python:${version}-slim`,
  go: (version: string) => `golang:${version}`,
  /** With cgo the C library of both stages has to be of the same Debian. */
  goWithC: (version: string) => `golang:${version}-trixie`,
  /** No shell, no packages, certificates and time zones. */
  distrolessStatic: 'gcr.io/distroless/static-debian13:nonroot',
  /** The same with the libraries of C and C++. */
  distrolessC: 'gcr.io/distroless/cc-debian13:nonroot',
} as const

/** Tools that are installed at a version, because an unpinned one is another tool tomorrow. */
export const tools = { ...pins, gunicorn: '27.0.1' } as const

/** The oldest that somebody still repairs, by the name of the image. */
export const oldestMaintained: Record<string, readonly [major: number, minor: number]> = {
  node: [22, 0],
  golang: [1, 26],
  python: [3, 11],
  alpine: [3, 21],
  debian: [12, 0],
  ubuntu: [22, 4],
}
