import type { HealthFact, ReleaseObservation } from '../target.ts'

const KEPT_FACTS = 20

/** How a release has been doing since it was last scaled up from nothing. */
export class HealthRecord {
  #exitsBeforeReady = 0
  #exitsAfterReady = 0
  #facts: HealthFact[] = []

  /** `isExit`: an instance is gone, by itself or because it was not alive any more. */
  add(fact: HealthFact, isExit: boolean): void {
    this.#facts = [...this.#facts, fact].slice(-KEPT_FACTS)
    if (isExit && fact.wasReady) this.#exitsAfterReady++
    if (isExit && !fact.wasReady) this.#exitsBeforeReady++
  }

  observe(): Pick<ReleaseObservation, 'exitsBeforeReady' | 'exitsAfterReady' | 'facts'> {
    return {
      exitsBeforeReady: this.#exitsBeforeReady,
      exitsAfterReady: this.#exitsAfterReady,
      facts: [...this.#facts],
    }
  }
}
