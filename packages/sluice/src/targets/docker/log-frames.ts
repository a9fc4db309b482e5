/** What a container printed, as the Engine multiplexes it. */
export interface LogFrame {
  stream: 'stdout' | 'stderr'
  text: string
}

/** No frame of the engine's own is longer; what claims to be is not one. */
const LONGEST_FRAME = 16 * 1024 * 1024

/**
 * Takes a stream of the Engine API apart: one byte for the stream (1 or 2), three zero bytes, the length as a 32-bit
 * big-endian number, then so many bytes (API reference, "Attach to a container", stream format).
 */
export async function* logFrames(source: AsyncIterable<Buffer>): AsyncIterable<LogFrame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (rest.length < 8) break
      const length = rest.readUInt32BE(4)
      if (length > LONGEST_FRAME) return
      if (rest.length < 8 + length) break
      yield {
        stream: rest[0] === 2 ? 'stderr' : 'stdout',
        text: rest.subarray(8, 8 + length).toString('utf8'),
      }
      rest = rest.subarray(8 + length)
    }
  }
}
