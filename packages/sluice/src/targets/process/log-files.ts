import { statSync } from 'node:fs'
import { open, rename, truncate } from 'node:fs/promises'
import { join } from 'node:path'

export type LogStream = 'stdout' | 'stderr'
export const logStreams: LogStream[] = ['stdout', 'stderr']

/** An instance's output: `stdout.log`, then `.1`, then `.2`, each older than the one before and about this long. */
export const ROTATED_BYTES = 10 * 1024 * 1024
export const KEPT_FILES = 3

const CHUNK = 64 * 1024

export function logFile(folder: string, stream: LogStream, age = 0): string {
  return join(folder, age === 0 ? `${stream}.log` : `${stream}.log.${age}`)
}

/**
 * Rotates what has grown beyond `limit` by copy and truncate: the app keeps its file open and appends, so it goes on at
 * the start. Of what grew beyond twice that since the last look only the end is kept, so that an app that prints without
 * measure fills no disk. True when something was rotated.
 */
export async function rotate(folder: string, limit = ROTATED_BYTES): Promise<boolean> {
  const rotated = await Promise.all(logStreams.map((stream) => rotateStream(folder, stream, limit)))
  return rotated.includes(true)
}

async function rotateStream(folder: string, stream: LogStream, limit: number): Promise<boolean> {
  const live = logFile(folder, stream)
  const size = sizeOf(live)
  if (size <= limit) return false
  for (let age = KEPT_FILES - 2; age > 0; age--) {
    await rename(logFile(folder, stream, age), logFile(folder, stream, age + 1)).catch(() => {})
  }
  const start = size > 2 * limit ? size - limit : 0
  await copyRange(live, logFile(folder, stream, 1), start, start + 2 * limit)
  await truncate(live)
  return true
}

/** To the file's end as it is when we get there, for the app goes on printing; `end` bounds that. */
async function copyRange(from: string, to: string, start: number, end: number): Promise<void> {
  await using source = await open(from, 'r')
  await using target = await open(to, 'w')
  const chunk = Buffer.allocUnsafe(CHUNK)
  for (let at = start; at < end; ) {
    const { bytesRead } = await source.read(chunk, 0, CHUNK, at)
    if (bytesRead === 0) return
    await target.write(chunk, 0, bytesRead)
    at += bytesRead
  }
}

/** 0 where there is no file. Asked at once: a look at every log each second has to cost microseconds. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
