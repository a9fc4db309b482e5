import type { Baseline } from '../../packages/sluice/src/core/analysis/baseline.ts'
import type { AnalysisSpec } from '../../packages/sluice/src/core/analysis/spec.ts'
import { measure, newTrial, type Trial } from '../../packages/sluice/src/core/analysis/trial.ts'
import { lookAtDeadline, type Verdict, verdictOf } from '../../packages/sluice/src/core/analysis/verdict.ts'
import { Counter } from './counter.ts'
import { instances } from './past.ts'
import { type Slice, together } from './traffic.ts'

/** Sluice's rule as it is shipped, fed with a router's cumulative counts once per tick. */
export class Sluice {
  readonly #counter: Counter
  #trial: Trial

  constructor(spec: AnalysisSpec, baseline: Baseline, countsWindows: boolean) {
    this.#counter = new Counter(countsWindows)
    this.#trial = newTrial(spec, baseline, instances, 0)
    this.#trial = measure(this.#trial, { at: 0, boots: [], ratios: [], candidate: 'r2', stable: 'r1' })
  }

  /** The verdict after this tick. */
  weigh({ at, share, candidate, fork, rest }: Slice): Verdict['state'] {
    const counter = this.#counter
    const now = at * 1_000
    counter.route(share)
    // Which instances are odd matters to the self-check alone, which decides nothing: the fork stands for them.
    counter.count('r1', together(fork, rest), fork)
    counter.count('r2', candidate, candidate)
    const boots = counter.counts()
    this.#trial = measure(this.#trial, { at: now, boots, ratios: [], candidate: 'r2', stable: 'r1' })
    return verdictOf(this.#trial, { now, hadFairShare: true }).state
  }

  /** Whether it is rolled back when the time is over and nothing has been decided. */
  isWorseAtDeadline(): boolean {
    return this.#trial.incidents.since === null && lookAtDeadline(this.#trial) !== null
  }
}
