import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 4096

/** The last lines of a log, at most 10; none where it cannot be read. */
export function logTail(path: string): string[] {
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      const tail = Buffer.alloc(Math.min(tailBytes, size))
      readSync(file, tail, 0, tail.length, size - tail.length)
      return tail.toString('utf8').trimEnd().split('\n').slice(-10)
    } finally {
      closeSync(file)
    }
  } catch {
    return []
  }
}
