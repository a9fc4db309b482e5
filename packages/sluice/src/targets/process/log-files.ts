import { statSync } from 'node:fs'
import { type FileHandle, open, rename, truncate } from 'node:fs/promises'
import { join } from 'node:path'

export type LogStream = 'stdout' | 'stderr'
export const logStreams: LogStream[] = ['stdout', 'stderr']

/** An instance's output: `stdout.log`, then `.1`, then `.2`, each older than the one before and about this long. */
export const ROTATED_BYTES = 10 * 1024 * 1024
export const KEPT_FILES = 3

const CHUNK = 64 * 1024
const NEWLINE = 0x0a

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

/** Complete lines at the end of a file, oldest first, and the offset behind the last of them. */
export interface LogEnd {
  lines: string[]
  end: number
}

/** The last lines of a file; what has no newline yet is not a line. Nothing where there is no file. */
export async function readEnd(file: string, count: number): Promise<LogEnd> {
  const handle = await open(file, 'r').catch(() => null)
  if (handle === null) return { lines: [], end: 0 }
  await using source = handle
  const { size } = await source.stat()
  const bytes = await readBackwards(source, size, count)
  const complete = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
  const lines = splitLines(complete).slice(-count)
  return { lines: count === 0 ? [] : lines, end: size - bytes.length + complete.length }
}

/** Chunk by chunk until there are lines enough; a chunk without a newline counts as one, or a binary would be read whole. */
async function readBackwards(source: FileHandle, size: number, lines: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let found = 0
  for (let at = size; at > 0 && found <= lines; ) {
    const length = Math.min(CHUNK, at)
    at -= length
    const { buffer, bytesRead } = await source.read(Buffer.allocUnsafe(length), 0, length, at)
    const part = buffer.subarray(0, bytesRead)
    parts.unshift(part)
    found += Math.max(1, part.filter((byte) => byte === NEWLINE).length)
  }
  return Buffer.concat(parts)
}

/** The lines of bytes that end with a newline. */
export function splitLines(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n').slice(0, -1)
  return lines.map((line) => line.replace(/\r$/, ''))
}

/** 0 where there is no file. Asked at once: a look at every log each second has to cost microseconds. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
