import type { FailureCause } from './control.ts'
import { ANY, type Cohort, type Counter } from './counters.ts'
import type { Environment } from './environment.ts'
import type { Instance } from './instance.ts'
import type { Shared } from './shared.ts'

/**
 * What is counted of one request. It is booked once, with the outcome of its first attempt, under the release and
 * instance that were chosen first and the weight epoch of that moment, whoever answers in the end.
 */
export class Booking {
  bytesIn: number
  bytesOut: number
  readonly #shared: Shared
  readonly #startedAt: number
  #row: Counter | null
  #instance: Instance | null
  /** A drill has no time to wait until its copy is warm. */
  #countsCold: boolean
  #isBooked: boolean
  #firstByteMs: number

  constructor(shared: Shared) {
    this.bytesIn = 0
    this.bytesOut = 0
    this.#shared = shared
    this.#startedAt = shared.now()
    this.#row = null
    this.#instance = null
    this.#countsCold = false
    this.#isBooked = false
    this.#firstByteMs = 0
  }

  /** The first attempt goes to this instance. `countsCold`: its durations count although the instance is cold. */
  assign(instance: Instance, cohort: Cohort, countsCold = false): void {
    this.#instance = instance
    this.#countsCold = countsCold
    this.#row = instance.counter(cohort)
  }

  /** There is no instance to count it under: the release stands for itself, or nothing does. */
  assignNobody(environment: Environment, release: string | null, cohort: Cohort): void {
    const { weightEpoch } = environment.route
    this.#row = this.#shared.counters.row(environment.name, release ?? ANY, ANY, weightEpoch, cohort)
  }

  /** The head of the app's answer is here. */
  firstByte(): void {
    this.#firstByteMs = this.#shared.now() - this.#startedAt
  }

  /** The app has answered in full. */
  answered(status: number): void {
    if (this.#isBooked || this.#row === null) return
    this.#isBooked = true
    const row = this.#row.current
    const now = this.#shared.now()
    row.countAnswer(status)
    if (this.#isCold(now)) {
      row.cold++
    } else if (status < 400) {
      // An error is quick; a release that fails fast must not look fast.
      row.countFirstByte(this.#firstByteMs)
      row.countLastByte(now - this.#startedAt)
    }
  }

  /** The app has begun a tunnel or an event stream, whose length says nothing about the app. */
  opened(status: number): void {
    if (this.#isBooked || this.#row === null) return
    this.#isBooked = true
    const row = this.#row.current
    row.countAnswer(status)
    if (this.#isCold(this.#shared.now())) row.cold++
    else if (status < 400) row.countFirstByte(this.#firstByteMs)
  }

  /** The attempt has failed; only that of the first is booked. */
  failed(cause: FailureCause): void {
    if (this.#isBooked || this.#row === null) return
    this.#isBooked = true
    const row = this.#row.current
    row.countFailure(cause)
    if (this.#isCold(this.#shared.now())) {
      row.cold++
    } else if (cause === 'timeout') {
      row.countFirstByte(Number.POSITIVE_INFINITY)
      row.countLastByte(Number.POSITIVE_INFINITY)
    }
  }

  retried(): void {
    this.#row!.current.retried++
  }

  /** The client gave up, or broke its own request. */
  aborted(): void {
    if (this.#isBooked || this.#row === null) return
    this.#isBooked = true
    this.#row.current.aborted++
  }

  /** Cut at a drain deadline, which the app is not to blame for. */
  cut(): void {
    this.#isBooked = true
    this.#row!.current.cut++
  }

  /** What the user got in the end was a 5xx of ours, or half an answer. */
  failedForUser(): void {
    this.#row!.current.failedForUser++
  }

  #isCold(now: number): boolean {
    return (this.#instance?.completesCold(now) ?? false) && !this.#countsCold
  }

  /** Adds what was carried; the last thing done. */
  close(): void {
    if (this.#row === null) return
    const row = this.#row.current
    row.bytesIn += this.bytesIn
    row.bytesOut += this.bytesOut
  }
}
