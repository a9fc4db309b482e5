/** What a container printed, as the Engine multiplexes it. */
export interface LogFrame {
  stream: 'stdout' | 'stderr'
  bytes: Buffer
}

/** A line with the time at which the engine read it, to the nanosecond: `2026-11-22T10:00:00.000000001Z`. */
export interface TimedLine {
  stream: 'stdout' | 'stderr'
  time: string
  text: string
}

/** For sorting: times have always as many digits, so in the order of the alphabet they are in their own. */
export function byTime(a: { time: string }, b: { time: string }): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0
}

/** No frame of the engine's own is longer; what claims to be is not one. */
const LONGEST_FRAME = 16 * 1024 * 1024
const HEADER = 8
/** A line longer than this is cut into several. */
const LONGEST_LINE = 64 * 1024
const BLANK = 0x20
const NEWLINE = 0x0a

/**
 * Takes a stream of the Engine API apart: one byte for the stream (1 or 2), three zero bytes, the length as a 32-bit
 * big-endian number, then so many bytes (API reference, "Attach to a container", stream format).
 */
export async function* logFrames(source: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncIterable<LogFrame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (rest.length < HEADER) break
      const length = rest.readUInt32BE(4)
      if (length > LONGEST_FRAME) return
      if (rest.length < HEADER + length) break
      yield { stream: rest[0] === 2 ? 'stderr' : 'stdout', bytes: rest.subarray(HEADER, HEADER + length) }
      rest = rest.subarray(HEADER + length)
    }
  }
}

/**
 * The lines of a stream that was asked for with times. The engine cuts a line after 16 kB, wherever that is, and puts a
 * time before each piece; only the last ends with a newline.
 */
export async function* timedLines(
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncIterable<TimedLine> {
  const open = new Map<LogFrame['stream'], { time: string; pieces: Buffer[]; length: number }>()
  for await (const { stream, bytes } of logFrames(source)) {
    const blank = bytes.indexOf(BLANK)
    const piece = bytes.subarray(blank + 1)
    const line = open.get(stream) ?? { time: bytes.toString('utf8', 0, blank), pieces: [], length: 0 }
    line.pieces.push(piece)
    line.length += piece.length
    if (piece.at(-1) === NEWLINE || line.length >= LONGEST_LINE) {
      open.delete(stream)
      yield finished(stream, line)
    } else open.set(stream, line)
  }
  // The last words of somebody who did not finish.
  for (const [stream, line] of open) yield finished(stream, line)
}

function finished(
  stream: LogFrame['stream'],
  { time, pieces }: { time: string; pieces: Buffer[] },
): TimedLine {
  return {
    stream,
    time,
    text: Buffer.concat(pieces)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  }
}
