import { ChunkScanner } from './http1/chunk-scanner.ts'
import type { Refusal } from './http1/refusal.ts'

/** Finds the end of a body in the bytes of a connection, and what of it has to be passed on. One body after another. */
export class BodyReader {
  /** True between bodies. */
  isDone: boolean
  /** Set once the body is broken. */
  refusal: Refusal | null
  /** Octets of the body so far, without chunk framing. */
  octets: number
  readonly #pass: (slice: Buffer) => void
  #left: number
  #scanner: ChunkScanner | null

  /** @param pass is given what has to be passed on, in order. */
  constructor(pass: (slice: Buffer) => void) {
    this.isDone = true
    this.refusal = null
    this.octets = 0
    this.#pass = pass
    this.#left = 0
    this.#scanner = null
  }

  /** True for a body that is complete when the connection ends. */
  get isEndedByClose(): boolean {
    return !this.isDone && this.#left === Number.POSITIVE_INFINITY
  }

  expectNothing(): void {
    this.#expect(0, null)
  }

  expectLength(length: number): void {
    this.#expect(length, null)
  }

  expectUntilClose(): void {
    this.#expect(Number.POSITIVE_INFINITY, null)
  }

  /** A chunked body, to be passed on chunked or decoded. */
  expectChunks(form: 'chunked' | 'decoded'): void {
    this.#expect(0, new ChunkScanner(form))
  }

  /** Passes on what belongs to the body. Returns where the body ended, or the end of the bytes. */
  read(bytes: Buffer, start: number): number {
    if (this.isDone) return start
    return this.#scanner === null
      ? this.#readLength(bytes, start)
      : this.#readChunks(this.#scanner, bytes, start)
  }

  #readLength(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#left)
    this.#left -= end - start
    this.octets += end - start
    if (this.#left === 0) this.isDone = true
    if (end > start) this.#pass(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
    return end
  }

  #readChunks(scanner: ChunkScanner, bytes: Buffer, start: number): number {
    const end = scanner.push(bytes, start, bytes.length)
    this.octets = scanner.dataBytes
    this.isDone = scanner.isDone
    this.refusal = scanner.refusal
    if (this.refusal === null) for (const slice of scanner.out) this.#pass(slice)
    return end
  }

  #expect(left: number, scanner: ChunkScanner | null): void {
    this.isDone = left === 0 && scanner === null
    this.refusal = null
    this.octets = 0
    this.#left = left
    this.#scanner = scanner
  }
}
