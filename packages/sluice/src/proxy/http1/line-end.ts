import { CR, LF } from './octets.ts'

/** True where exactly CRLF stands at `at`. */
export function isLineEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF
}

/** The index of the first CR from `at` on, or `end`. */
export function lineEndAfter(bytes: Buffer, at: number, end: number): number {
  const cr = bytes.indexOf(CR, at)
  return cr === -1 || cr > end ? end : cr
}
