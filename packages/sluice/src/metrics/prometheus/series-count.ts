/** Cumulative counter as it was read: its labels in one string, and its value. */
export interface Sample {
  series: string
  value: number
}

/** What a query's series have counted together since it was first asked. Never falls, though series begin anew and vanish. */
export class SeriesCount {
  #sum = 0
  readonly #last = new Map<string, number>()

  /** In whole events, as evidence is. */
  get value(): number {
    return Math.floor(this.#sum)
  }

  /** How many series are known, those that have vanished among them: one that comes back was not new. */
  get size(): number {
    return this.#last.size
  }

  take(samples: Sample[]): void {
    for (const { series, value } of samples) {
      this.#sum += growthOf(this.#last.get(series) ?? 0, value)
      this.#last.set(series, value)
    }
  }
}

// A restarted instance begins at zero, so what it shows is what it has counted since. A smaller fall is no restart but an
// older sample, or a sum that has lost one of its instances: taken for a restart it would be counted all over again.
function growthOf(before: number, value: number): number {
  if (value >= before) return value - before
  return value < before / 2 ? value : 0
}
