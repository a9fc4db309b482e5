import { statSync } from 'node:fs'
import { open, rename, truncate } from 'node:fs/promises'

/** How long a log may grow before it is rotated. */
const rotatedBytes = 10 * 1024 * 1024
/** Files kept of each log, the one that is written to among them. */
export const keptFiles = 3

const chunkBytes = 64 * 1024

/** `agent.log`, then `agent.log.1`, then `agent.log.2`, each older than the one before. */
export function agedFile(file: string, age: number): string {
  return age === 0 ? file : `${file}.${age}`
}

/**
 * Rotates a file that has grown beyond `limitBytes` by copy and truncate: whoever writes keeps it open and appends, so
 * that goes on at the start. Of what grew beyond twice that since the last look only the end is kept, so that a program
 * that prints without measure fills no disk. True when it was rotated.
 */
export async function rotateFile(file: string, limitBytes = rotatedBytes): Promise<boolean> {
  const size = sizeOf(file)
  if (size <= limitBytes) return false
  for (let age = keptFiles - 2; age > 0; age--) {
    await rename(agedFile(file, age), agedFile(file, age + 1)).catch(() => {})
  }
  const start = size > 2 * limitBytes ? size - limitBytes : 0
  await copyRange(file, agedFile(file, 1), start, start + 2 * limitBytes)
  await truncate(file)
  return true
}

/** To the file's end as it is when we get there, for its writer goes on; `end` bounds that. */
async function copyRange(from: string, to: string, start: number, end: number): Promise<void> {
  await using source = await open(from, 'r')
  await using target = await open(to, 'w', 0o600)
  const chunk = Buffer.allocUnsafe(chunkBytes)
  for (let at = start; at < end; ) {
    const { bytesRead } = await source.read(chunk, 0, chunkBytes, at)
    if (bytesRead === 0) return
    await target.write(chunk, 0, bytesRead)
    at += bytesRead
  }
}

/** 0 where there is no file. Asked at once: a look at every log each second has to cost microseconds. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
