import { posix } from 'node:path'
import { holds } from './holds.ts'

/** Those of an app's files and folders that its own folder does not hold, seen from there. What holds the app too is none of them. */
export function elsewhere(folder: string, paths: string[]): string[] {
  const outside = paths.filter((path) => !holds(folder, path) && !holds(path, folder))
  return [...new Set(outside)].sort().map((path) => posix.relative(folder, path))
}
