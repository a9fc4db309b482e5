import { MAX_HEAD_BYTES, MAX_START_LINE_BYTES } from './limits.ts'
import { CR, LF } from './octets.ts'

/**
 * The index just after the blank line that ends the head at `start`, or after what already makes the head one to
 * refuse (a bare LF, a limit passed): either way the head parser decides on [start, result).
 * -1 while more bytes are needed; then pass the `bytes.length` of this call as the next `searchFrom`.
 */
export function findHeadEnd(bytes: Buffer, start: number, searchFrom: number): number {
  let lf = bytes.indexOf(LF, Math.max(start, searchFrom))
  while (lf !== -1) {
    if (lf === start || bytes[lf - 1] !== CR) return lf + 1
    // The byte before a blank line's CRLF is the LF of the line before, unless the head only begins here.
    if (lf - start >= 2 && bytes[lf - 2] === LF) return lf + 1
    lf = bytes.indexOf(LF, lf + 1)
  }
  return isTooLong(bytes, start) ? bytes.length : -1
}

/** Without this an endless first line would be read up to the limit of a whole head. */
function isTooLong(bytes: Buffer, start: number): boolean {
  const length = bytes.length - start
  if (length > MAX_HEAD_BYTES) return true
  // Two bytes for a CRLF before the line, two for the one after it.
  const longest = MAX_START_LINE_BYTES + 4
  if (length <= longest) return false
  const lineEnd = bytes.indexOf(LF, start + 2)
  return lineEnd === -1 || lineEnd - start >= longest
}
