import type { Exchange } from './exchange.ts'
import type { Shared } from './shared.ts'

/** How many requests may wait, and for how long. */
export interface Patience {
  maxRequests: number
  maxWaitMs: number
}

/**
 * Requests that wait until their environment is no longer held, or until their release has room for another one:
 * first in, first out, bounded in number, bytes and time.
 */
export class HoldQueue {
  patience: Patience
  readonly #shared: Shared
  readonly #isShut: () => boolean
  readonly #waiting: Set<Exchange>

  /** @param isShut while this is true nobody is let go. */
  constructor(shared: Shared, patience: Patience, isShut: () => boolean) {
    this.patience = patience
    this.#shared = shared
    this.#isShut = isShut
    this.#waiting = new Set()
  }

  /** True while a newcomer has to wait: nobody overtakes those who came before. */
  get isClosed(): boolean {
    return this.#waiting.size > 0 || this.#isShut()
  }

  /** False when it is full; then the request does not wait. */
  enter(exchange: Exchange): boolean {
    const bytes = this.#shared.heldBytes + exchange.heldBytes
    if (this.#waiting.size >= this.patience.maxRequests || bytes > this.#shared.limits.heldBytes) return false
    this.#shared.heldBytes = bytes
    this.#waiting.add(exchange)
    return true
  }

  /** The request is not to wait any longer, whatever the reason. */
  leave(exchange: Exchange): void {
    if (this.#waiting.delete(exchange)) this.#shared.heldBytes -= exchange.heldBytes
  }

  /** There may be room for one more. */
  next(): void {
    if (this.#waiting.size === 0 || this.#isShut()) return
    const [first] = this.#waiting
    this.leave(first!)
    first!.proceed()
  }

  /** A hold is over: lets some go. The others follow as these end, so that the app does not meet them all at once. */
  open(): void {
    for (let i = 0; i < this.#shared.limits.resumeAtOnce; i++) this.next()
  }

  refuseAll(): void {
    for (const exchange of [...this.#waiting]) exchange.refuseHeld()
  }
}
