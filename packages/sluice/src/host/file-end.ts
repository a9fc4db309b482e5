import { type FileHandle, open } from 'node:fs/promises'

const CHUNK = 64 * 1024
const NEWLINE = 0x0a

/** What stands at the end of a file. */
export interface FileEnd {
  /** Complete lines, oldest first. */
  lines: string[]
  /** The offset behind the last of them. */
  end: number
  /** What follows it: a line that is still being written, or the last words of somebody who did not finish. */
  rest: string
}

/** The last lines of a file; what has no newline yet is not a line. Nothing where there is no file. */
export async function readEnd(file: string, count: number): Promise<FileEnd> {
  const handle = await open(file, 'r').catch(() => null)
  if (handle === null) return { lines: [], end: 0, rest: '' }
  await using source = handle
  const { size } = await source.stat()
  const bytes = await readBackwards(source, size, count)
  const complete = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
  const rest = bytes.subarray(complete.length).toString('utf8')
  const lines = splitLines(complete).slice(-count)
  return { lines: count === 0 ? [] : lines, end: size - bytes.length + complete.length, rest }
}

/** The last lines of what somebody has left who writes no more, finished or not; none where it cannot be read. */
export async function lastLines(file: string, count: number): Promise<string[]> {
  const { lines, rest } = await readEnd(file, count).catch(() => ({ lines: [], rest: '' }))
  return (rest === '' ? lines : [...lines, rest]).slice(-count)
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
