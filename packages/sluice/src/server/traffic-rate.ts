import type { Router } from '../routers/router.ts'
import type { Clock } from '../runtime/clock.ts'

const sampleMs = 60_000
const longestMs = 10 * 60_000

/** How many requests per second each environment has served in the last ten minutes, from samples a minute apart. */
export class TrafficRate {
  readonly #samples = new Map<string, { at: number; requests: number }[]>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes a sample of each environment now and every minute, until the returned function is called. */
  watch(router: Router, environments: () => string[]): () => void {
    let isOver = false
    let callOff = () => {}
    const look = async () => {
      for (const environment of environments()) {
        const counts = await router.counts(environment).catch(() => null)
        if (counts !== null) this.note(environment, counts.totals.requests)
      }
      if (!isOver) callOff = this.#clock.at(this.#clock.now() + sampleMs, () => void look())
    }
    callOff = this.#clock.at(this.#clock.now() + sampleMs, () => void look())
    return () => {
      isOver = true
      callOff()
    }
  }

  /** `requests` is cumulative; a lower number than before means that counting began anew. */
  note(environment: string, requests: number): void {
    const now = this.#clock.now()
    const recent = (this.#samples.get(environment) ?? []).filter((sample) => sample.at > now - longestMs)
    const newest = recent.at(-1)
    const kept = newest !== undefined && requests < newest.requests ? [] : recent
    this.#samples.set(environment, [...kept, { at: now, requests }])
  }

  /** Requests per second; 0 while there are no two samples. */
  of(environment: string): number {
    const samples = this.#samples.get(environment) ?? []
    const [first, last] = [samples[0], samples.at(-1)]
    if (first === undefined || last === undefined || last.at === first.at) return 0
    return ((last.requests - first.requests) * 1_000) / (last.at - first.at)
  }
}
