import type { SourceFile } from './source-file.ts'

/** Circles of imports, each as its files in order. Types do not count: they are gone when the code runs. */
export function importCircles(files: SourceFile[]): string[][] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const circles: string[][] = []

  function follow(path: string, trail: string[]): void {
    const start = trail.indexOf(path)
    if (start >= 0) circles.push([...trail.slice(start), path])
    if (start >= 0 || done.has(path)) return
    const next = byPath.get(path)?.imports.filter(({ isFile, isTypeOnly }) => isFile && !isTypeOnly) ?? []
    for (const { from } of next) follow(from, [...trail, path])
    done.add(path)
  }

  for (const { path } of files) follow(path, [])
  return circles
}
