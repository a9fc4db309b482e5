import { statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnd, splitLines } from '../../host/file-end.ts'
import { keptFiles, sizeOf } from '../../host/rotated-file.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import { startsIn } from '../fleet/instance-record.ts'
import { parseInstanceId, slotOf } from '../fleet/layout.ts'
import type { LogLine } from '../target.ts'
import { type LogStream, logFile, logStreams } from './log-files.ts'

/** How often a followed log is looked at. */
const FOLLOW_MS = 200
/** Of a flood the rest is read at the next look. */
const READ_AT_ONCE = 8 * 1024 * 1024
/** A line longer than this is cut into several. */
const LONGEST_LINE = 64 * 1024

/** One stream of one start of an instance, and how far it has been read. */
interface Cursor {
  id: string
  stream: LogStream
  folder: string
  offset: number
  /** The beginning of a line whose end is not there yet. */
  rest: Buffer
}

/**
 * The last `lines` lines of each stream of each slot, over its starts and rotated files; then, while `follow` is not
 * aborted, new ones as they come. Apps write without us, so a line that was there before has the time at which its file
 * was last written to, and a followed one the time at which it was seen.
 */
export async function* readLogs(
  instancesFolder: string,
  options: { release?: string; lines: number; follow?: AbortSignal },
  clock: Clock,
): AsyncIterable<LogLine> {
  const cursors = new Map<string, Cursor>()
  for (const slot of await slotsIn(instancesFolder, options.release)) {
    for (const stream of logStreams) {
      const starts = slot.map((id) => newCursor(instancesFolder, id, stream))
      for (const cursor of starts) cursors.set(keyOf(cursor), cursor)
      yield* await lastOf(starts, options.lines)
    }
  }
  while (options.follow && !options.follow.aborted) {
    for (const id of await startsIn(instancesFolder, options.release)) {
      for (const stream of logStreams) {
        const fresh = newCursor(instancesFolder, id, stream)
        const cursor = cursors.get(keyOf(fresh)) ?? fresh
        cursors.set(keyOf(cursor), cursor)
        yield* await newLines(cursor, clock)
      }
    }
    await pause(clock, FOLLOW_MS, options.follow)
  }
}

/** The ids of each slot's starts, newest first. */
async function slotsIn(instancesFolder: string, release?: string): Promise<string[][]> {
  const starts = await startsIn(instancesFolder, release)
  return [...Map.groupBy(starts, slotOf).values()]
}

function newCursor(instancesFolder: string, id: string, stream: LogStream): Cursor {
  return { id, stream, folder: join(instancesFolder, id), offset: 0, rest: Buffer.alloc(0) }
}

const keyOf = (cursor: Cursor) => `${cursor.id} ${cursor.stream}`

/** Goes back through starts and rotated files until there are lines enough; leaves each cursor at its end. */
async function lastOf(startsNewestFirst: Cursor[], count: number): Promise<LogLine[]> {
  let found: LogLine[] = []
  for (const cursor of startsNewestFirst) {
    for (let age = 0; age < keptFiles; age++) {
      const file = logFile(cursor.folder, cursor.stream, age)
      const { lines, end } = await readEnd(file, count - found.length)
      if (age === 0) cursor.offset = end
      const at = Math.round(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0)
      found = [...lines.map((line) => lineOf(cursor, at, line)), ...found]
    }
  }
  return found
}

/** What was printed since the cursor was last here; rotation shows as a file that has become shorter. */
async function newLines(cursor: Cursor, clock: Clock): Promise<LogLine[]> {
  const file = logFile(cursor.folder, cursor.stream)
  const parts = [cursor.rest]
  if (sizeOf(file) < cursor.offset) {
    parts.push(await readFrom(logFile(cursor.folder, cursor.stream, 1), cursor.offset))
    cursor.offset = 0
  }
  const fresh = await readFrom(file, cursor.offset)
  cursor.offset += fresh.length
  const bytes = Buffer.concat([...parts, fresh])
  const isTooLong = bytes.length - bytes.lastIndexOf(0x0a) > LONGEST_LINE
  const end = isTooLong ? bytes.length : bytes.lastIndexOf(0x0a) + 1
  cursor.rest = bytes.subarray(end)
  const lines = isTooLong
    ? splitLines(Buffer.concat([bytes, Buffer.from('\n')]))
    : splitLines(bytes.subarray(0, end))
  return lines.map((line) => lineOf(cursor, clock.now(), line))
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  const length = Math.min(sizeOf(file) - offset, READ_AT_ONCE)
  if (length <= 0) return Buffer.alloc(0)
  const handle = await open(file, 'r').catch(() => null)
  if (handle === null) return Buffer.alloc(0)
  await using source = handle
  const { buffer, bytesRead } = await source.read(Buffer.allocUnsafe(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}

function lineOf({ id, stream }: Cursor, at: number, line: string): LogLine {
  return { at, instance: id, release: parseInstanceId(id)!.release, stream, line }
}
