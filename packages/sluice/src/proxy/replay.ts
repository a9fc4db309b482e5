import type { Shared } from './shared.ts'

/** The part of a request's body that is kept in case it has to be sent again. Its bytes count against the whole worker. */
export class Replay {
  readonly #shared: Shared
  readonly #slices: Buffer[]
  #bytes: number

  constructor(shared: Shared) {
    this.#shared = shared
    this.#slices = []
    this.#bytes = 0
  }

  /** False when this is more than may be kept; what was kept stays until it is dropped. */
  keep(slice: Buffer): boolean {
    this.#slices.push(slice)
    this.#bytes += slice.length
    this.#shared.replayBytes += slice.length
    const { replayBytes, replayBytesInAll } = this.#shared.limits
    return this.#bytes <= replayBytes && this.#shared.replayBytes <= replayBytesInAll
  }

  /** A head and all of the kept body as one message. */
  after(head: string): Buffer {
    const message = Buffer.allocUnsafe(head.length + this.#bytes)
    let at = message.write(head, 'latin1')
    for (const slice of this.#slices) at += slice.copy(message, at)
    return message
  }

  drop(): void {
    this.#shared.replayBytes -= this.#bytes
    this.#bytes = 0
    this.#slices.length = 0
  }
}
