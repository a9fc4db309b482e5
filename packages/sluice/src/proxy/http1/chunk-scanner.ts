import { isChunkExtension } from './chunk-extension.ts'
import { findHeadEnd } from './head-end.ts'
import {
  MAX_CHUNK_DIGITS,
  MAX_CHUNK_DIGITS_IN_ALL,
  MAX_EXTENSION_BYTES,
  MAX_EXTENSIONS_BYTES,
  MAX_TRAILER_BYTES,
} from './limits.ts'
import { isLineEnd } from './line-end.ts'
import { CR, hexValue, LF } from './octets.ts'
import { isRefusal, type Refusal, refuse } from './refusal.ts'
import { parseTrailers, writeFields } from './trailers.ts'

/** `chunked`: canonical chunks, with trailers and end. `decoded`: the data alone. */
export type ChunkForm = 'chunked' | 'decoded'

type Expected = 'size' | 'extension' | 'sizeLf' | 'data' | 'dataCr' | 'dataLf' | 'trailers'

const SEMICOLON = 0x3b
const LAST_CHUNK = Buffer.from('0\r\n')
const MAX_TAIL_BYTES = LAST_CHUNK.length + MAX_TRAILER_BYTES

/**
 * Follows a chunked body (RFC 9112, 7.1) that may be cut at any byte, and says what to forward of it. Bytes are passed
 * on uncopied while they are canonical; a size line with an extension or leading zeros, or one that was cut, is
 * replaced by our own, so that no reader behind us can see another end of the body than we do.
 *
 * @example
 * const next = scanner.push(bytes, at, bytes.length)
 * if (scanner.refusal !== null) return destroy()
 * for (const slice of scanner.out) socket.write(slice)
 * if (scanner.isDone) return finish(bytes.subarray(next))
 */
export class ChunkScanner {
  /** What the last `push` is to be forwarded as; empty when it was refused. Replaced by the next `push`. */
  out: Buffer[] = []
  /** True once the whole body, trailers included, was seen. */
  isDone = false
  /** Set once the body is broken: destroy the receiving side, which must not see a complete message. */
  refusal: Refusal | null = null
  /** Octets of data so far, for the limit on a body's size. */
  dataBytes = 0
  /** Fields after the last chunk that may be passed on; `out` has them in the `chunked` form. */
  trailerNames: string[] = []
  trailerValues: string[] = []

  readonly #form: ChunkForm
  #expected: Expected = 'size'
  #bytes: Buffer = LAST_CHUNK
  #at = 0
  /** Where the bytes start that can be forwarded as they are and are not in `out` yet. */
  #runStart = 0
  /** Where the current size line starts; -1 when that was in an earlier push. */
  #lineStart = 0
  #size = 0
  #digits = 0
  #significantDigits = 0
  #extension = ''
  #extensionsBytes = 0
  /** Data of the current chunk still to come. */
  #remaining = 0
  /** The last chunk's line and what followed it so far, where the end is not in sight yet. */
  #tail: Buffer = LAST_CHUNK

  constructor(form: ChunkForm) {
    this.#form = form
  }

  /** Takes [start, end) of `bytes` and returns how far it got: `end`, unless the body is done or refused before. */
  push(bytes: Buffer, start: number, end: number): number {
    this.out = []
    this.#bytes = bytes
    this.#at = start
    this.#runStart = start
    this.#lineStart = this.#expected === 'size' && this.#digits === 0 ? start : -1
    while (this.#at < end && !this.isDone && this.refusal === null) this.refusal = this.#step(end)
    if (this.refusal !== null) this.out = []
    else if (!this.isDone) this.#passRun(this.#isInSizeLine() ? this.#lineStart : this.#at)
    return this.#at
  }

  #step(end: number): Refusal | null {
    switch (this.#expected) {
      case 'size':
        return this.#readSize(end)
      case 'extension':
        return this.#readExtension(end)
      case 'sizeLf':
        return this.#expect(LF) ?? this.#endSizeLine(end)
      case 'data':
        return this.#readData(end)
      case 'dataCr':
        this.#expected = 'dataLf'
        return this.#expect(CR)
      case 'dataLf':
        return this.#expect(LF) ?? this.#startSizeLine()
      case 'trailers':
        return this.#readTrailers(end)
    }
  }

  #startSizeLine(): null {
    this.#expected = 'size'
    this.#lineStart = this.#at
    this.#size = 0
    this.#digits = 0
    this.#significantDigits = 0
    this.#extension = ''
    return null
  }

  #readSize(end: number): Refusal | null {
    for (; this.#at < end; this.#at++) {
      const digit = hexValue[this.#bytes[this.#at]!]!
      if (digit === -1) return this.#endSize()
      // Never `<<`, which wraps at 32 bits.
      this.#size = this.#size * 16 + digit
      this.#digits++
      if (this.#size > 0) this.#significantDigits++
      if (this.#significantDigits > MAX_CHUNK_DIGITS) return refuse(400, 'chunk too large')
      if (this.#digits > MAX_CHUNK_DIGITS_IN_ALL) return refuse(400, 'chunk size too long')
    }
    return null
  }

  #endSize(): Refusal | null {
    if (this.#digits === 0) return refuse(400, 'chunk without a size')
    if (this.#bytes[this.#at] === SEMICOLON) {
      this.#expected = 'extension'
      return null
    }
    this.#expected = 'sizeLf'
    return this.#expect(CR)
  }

  #readExtension(end: number): Refusal | null {
    let at = this.#at
    while (at < end && this.#bytes[at] !== CR) at++
    this.#extension += this.#bytes.toString('latin1', this.#at, at)
    this.#extensionsBytes += at - this.#at
    this.#at = at
    if (this.#extension.length > MAX_EXTENSION_BYTES) return refuse(400, 'chunk extension too long')
    if (this.#extensionsBytes > MAX_EXTENSIONS_BYTES) return refuse(400, 'too many chunk extensions')
    if (at === end) return null
    if (!isChunkExtension(this.#extension)) return refuse(400, 'bad chunk extension')
    this.#expected = 'sizeLf'
    return this.#expect(CR)
  }

  #endSizeLine(end: number): null {
    if (this.#size === 0) return this.#endData(end)
    if (!this.#isCanonical()) {
      this.#passRun(this.#lineStart)
      this.#pass(Buffer.from(`${this.#size.toString(16)}\r\n`))
      this.#runStart = this.#at
    }
    this.#expected = 'data'
    this.#remaining = this.#size
    return null
  }

  #readData(end: number): null {
    const taken = Math.min(this.#remaining, end - this.#at)
    if (this.#form === 'decoded') this.out.push(this.#bytes.subarray(this.#at, this.#at + taken))
    this.#at += taken
    this.#remaining -= taken
    this.dataBytes += taken
    if (this.#remaining === 0) this.#expected = 'dataCr'
    return null
  }

  /** After the last chunk's size line. Mostly the end follows at once, and the run can go on through it. */
  #endData(end: number): null {
    if (this.#isCanonical() && isLineEnd(this.#bytes, this.#at, end)) {
      this.#at += 2
      this.#passRun(this.#at)
      this.isDone = true
    } else {
      this.#passRun(this.#lineStart)
      this.#runStart = this.#at
      this.#expected = 'trailers'
    }
    return null
  }

  /** With the last chunk's line before it the trailer section has the form of a head, and ends as one does. */
  #readTrailers(end: number): Refusal | null {
    const known = this.#tail.length
    const room = MAX_TAIL_BYTES + 1 - known
    this.#tail = Buffer.concat([this.#tail, this.#bytes.subarray(this.#at, Math.min(end, this.#at + room))])
    const tailEnd = findHeadEnd(this.#tail, 0, known)
    const taken = tailEnd === -1 ? this.#tail.length : tailEnd
    this.#at += taken - known
    this.#runStart = this.#at
    if (taken > MAX_TAIL_BYTES) return refuse(400, 'trailers too long')
    return tailEnd === -1 ? null : this.#endTrailers(this.#tail.subarray(0, tailEnd))
  }

  #endTrailers(tail: Buffer): Refusal | null {
    const trailers = parseTrailers(tail, LAST_CHUNK.length)
    if (isRefusal(trailers)) return trailers
    this.trailerNames = trailers.names
    this.trailerValues = trailers.values
    this.#pass(Buffer.from(`0\r\n${writeFields(trailers)}\r\n`, 'latin1'))
    this.isDone = true
    return null
  }

  /** Takes exactly this byte. */
  #expect(byte: number): Refusal | null {
    if (this.#bytes[this.#at] !== byte) return refuse(400, 'bad byte at the end of a chunk line')
    this.#at++
    return null
  }

  #isInSizeLine(): boolean {
    const expected = this.#expected
    return expected === 'size' || expected === 'extension' || expected === 'sizeLf'
  }

  #isCanonical(): boolean {
    const hasLeadingZeros = this.#digits > Math.max(1, this.#significantDigits)
    return this.#lineStart !== -1 && this.#extension === '' && !hasLeadingZeros
  }

  #passRun(runEnd: number): void {
    if (runEnd > this.#runStart) this.#pass(this.#bytes.subarray(this.#runStart, runEnd))
  }

  #pass(slice: Buffer): void {
    if (this.#form === 'chunked') this.out.push(slice)
  }
}
