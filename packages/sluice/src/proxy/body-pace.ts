import type { Limits } from './limits.ts'

/** Whether a request's body comes fast enough. Time in which we do not read it is not counted. */
export class BodyPace {
  readonly #limits: Limits
  #startedAt: number
  #lastAt: number
  #restsSince: number

  constructor(limits: Limits) {
    this.#limits = limits
    this.#startedAt = 0
    this.#lastAt = 0
    this.#restsSince = 0
  }

  begin(now: number): void {
    this.#startedAt = now
    this.#lastAt = now
  }

  received(now: number): void {
    this.#lastAt = now
  }

  rest(now: number): void {
    this.#restsSince = now
  }

  goOn(now: number): void {
    this.#startedAt += now - this.#restsSince
    this.#lastAt += now - this.#restsSince
  }

  /** @param octets of the body so far. */
  isTooSlow(now: number, octets: number): boolean {
    const { bodyBytesPerSecond, bodyGapMs, bodyGraceMs } = this.#limits
    const ageMs = now - this.#startedAt
    const isBelowRate = ageMs >= bodyGraceMs && (octets * 1000) / ageMs < bodyBytesPerSecond
    return isBelowRate || now - this.#lastAt >= bodyGapMs
  }

  /** When one of the limits could next be broken; a second from now once the average counts. */
  nextLook(now: number): number {
    const { bodyGapMs, bodyGraceMs } = this.#limits
    return Math.min(this.#lastAt + bodyGapMs, Math.max(this.#startedAt + bodyGraceMs, now + 1_000))
  }
}
