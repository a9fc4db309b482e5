import { posix } from 'node:path'
import type { KnownBase } from './known-bases.ts'

/** What is known of a stage after some of its instructions. */
export interface StageState {
  /** Whether WORKDIR was said, here or by what it begins with; null: not known. */
  hasWorkdir: boolean | null
  workdir: string
  env: Map<string, string>
  user: string
  /** Files and folders that are known to be there. */
  paths: Map<string, Owned>
  /** Folders that may hold more than is known. `/` after a command that nobody knows. */
  open: Set<string>
  commands: Set<string>
  hasShell: Answer
  /** Folders with packages that are for development. */
  development: Set<string>
  /** What compiles, by name, with the line that brought it. */
  compilers: Map<string, number>
}

export interface Owned {
  user: string
  /** Null: as in the context, which everybody may read. */
  mode: string | null
}

export type Answer = 'yes' | 'no' | 'unknown'

export function beginning(base: KnownBase | null): StageState {
  return {
    hasWorkdir: base === null ? null : base.workdir !== null,
    workdir: base?.workdir ?? '/',
    env: new Map([['PATH', base?.path ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']]),
    user: base?.user ?? '0',
    paths: new Map(),
    open: new Set(base === null ? ['/'] : base.filled),
    commands: new Set(base?.commands ?? []),
    hasShell: base === null ? 'unknown' : base.hasShell ? 'yes' : 'no',
    development: new Set(),
    compilers: new Map(),
  }
}

export function copyOf(state: StageState): StageState {
  return {
    ...state,
    env: new Map(state.env),
    paths: new Map(state.paths),
    open: new Set(state.open),
    commands: new Set(state.commands),
    development: new Set(state.development),
    compilers: new Map(state.compilers),
  }
}

export function absolute({ workdir }: StageState, path: string): string {
  const whole = posix.resolve(workdir, path)
  return whole === '' ? '/' : whole
}

export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`)
}

/** Whether there is a file or folder. */
export function hasPath({ paths, open }: StageState, path: string): Answer {
  if (path === '/') return 'yes'
  for (const known of paths.keys()) if (isBelow(known, path)) return 'yes'
  for (const folder of open) if (isBelow(path, folder) || isBelow(folder, path)) return 'unknown'
  return 'no'
}

/** Whether a program is found as a process would find it. */
export function hasCommand(state: StageState, name: string): Answer {
  // A runtime of WebAssembly takes its module from where it is.
  if (name.includes('/') || name.endsWith('.wasm')) return hasPath(state, absolute(state, name))
  const folders = (state.env.get('PATH') ?? '').split(':').filter((folder) => folder !== '')
  const isUsual = folders.some((folder) => /^\/(?:usr\/(?:local\/)?)?(?:go\/)?s?bin$|\$/.test(folder))
  if (isUsual && state.commands.has(name)) return 'yes'
  const answers = folders.map((folder) => hasPath(state, absolute(state, posix.join(folder, name))))
  if (answers.includes('yes')) return 'yes'
  // What a base image has in its own folders is in its row.
  const isOpen = folders.some((folder) =>
    [...state.open].some((one) => isBelow(folder, one) && !isSystem(one)),
  )
  return isOpen || folders.some((folder) => folder.includes('$')) ? 'unknown' : 'no'
}

export function add(state: StageState, path: string, owned: Partial<Owned> = {}): void {
  state.paths.set(path, { user: '0', mode: null, ...owned })
}

/** Who owns a path, by itself or by the nearest folder above it that is known. */
export function ownerOf({ paths }: StageState, path: string): Owned | null {
  for (let at = path; at !== '/'; at = posix.dirname(at)) {
    const owned = paths.get(at)
    if (owned !== undefined) return owned
  }
  return null
}

function isSystem(folder: string): boolean {
  return (
    folder !== '/' &&
    /^\/(?:bin|sbin|usr|lib|lib64|etc|var|opt|home|root|run|srv|tmp|proc|dev|sys|go)$/.test(folder)
  )
}
