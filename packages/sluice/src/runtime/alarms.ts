import type { Ms } from '../core/release.ts'
import type { Clock } from './clock.ts'

/** The timers of one owner: each is forgotten once it has run, and all can be called off together. */
export class Alarms {
  readonly #clock: Clock
  readonly #pending = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs once, not before `atMs`. Answers a function that calls it off. */
  set(atMs: Ms, run: () => void): () => void {
    const callOff = this.#clock.at(atMs, () => {
      this.#pending.delete(callOff)
      run()
    })
    this.#pending.add(callOff)
    return () => {
      this.#pending.delete(callOff)
      callOff()
    }
  }

  callOff(): void {
    for (const callOff of this.#pending) callOff()
    this.#pending.clear()
  }
}
