import { addTo } from '../../packages/sluice/src/core/analysis/latency-histogram.ts'
import type { ArmCounts, BootCounts } from '../../packages/sluice/src/core/counts.ts'
import { noCounts } from '../../packages/sluice/src/core/counts.ts'
import type { Arm } from './traffic.ts'

/** Counts as a router counts: cumulative, by release and weight epoch. */
export class Counter {
  readonly #countsWindows: boolean
  #epoch = 1
  #share: number | null = null
  #arms: Record<string, ArmCounts> = {}

  constructor(countsWindows: boolean) {
    this.#countsWindows = countsWindows
  }

  /** Begins a weight epoch if the share is another one. */
  route(share: number): void {
    if (this.#share !== null && share !== this.#share) {
      this.#epoch++
      this.#arms = {}
    }
    this.#share = share
  }

  /** Adds what a release did, and what its odd instances did of that. */
  count(release: string, arm: Arm, odd: Arm): void {
    const key = `${release}@${this.#epoch}`
    const before = this.#arms[key] ?? noCounts
    const [all, half] = [this.#counted(arm), this.#counted(odd)]
    this.#arms[key] = {
      ...before,
      requests: before.requests + all.requests,
      bad: before.bad + all.bad,
      odd: {
        ...before.odd,
        requests: before.odd.requests + half.requests,
        bad: before.odd.bad + half.bad,
      },
      latency: addTo(before.latency, arm.latency).map(([index, count]) => [index, count]),
    }
  }

  /** Of the newest weight epoch; older ones do not change any more. */
  counts(): BootCounts[] {
    return [{ boot: 'w1', arms: this.#arms }]
  }

  #counted({ requests, bad, badWindows }: Arm): { requests: number; bad: number } {
    return this.#countsWindows
      ? { requests: requests - bad + badWindows, bad: badWindows }
      : { requests, bad }
  }
}
