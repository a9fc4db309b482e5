import { describeTest } from '../core/analysis/describe-test.ts'
import { evidenceOf } from '../core/analysis/evidence.ts'
import { failuresToRollback } from '../core/analysis/would-take.ts'
import type { Event } from '../core/event.ts'
import { type Fact, narrate } from '../core/narrate.ts'
import type { Rollout } from '../core/rollout.ts'
import type { ExplainedAnalysis } from './contract.ts'

/** So many ticks are shown beside those at which something changed. */
const mostPlain = 12

interface SeenTick {
  seq: number
  after: Rollout
  isPlain: boolean
}

/** Follows a rollout that is folded again, and compares its evidence with what was recorded. */
export class ExplainedTicks {
  #ticks: SeenTick[] = []
  #agrees = true
  #count = 0
  /** Of plain ticks every so many are kept; it doubles when there are too many. */
  #stride = 1

  /** One event with the facts that were recorded with it. */
  follow(entry: { seq: number; event: Event; facts: Fact[] }, before: Rollout, after: Rollout): void {
    const recomputed = narrate(before, entry.event, after)
    if (evidenceText(recomputed) !== evidenceText(entry.facts)) this.#agrees = false
    if (after.trial === null || after.trial === before.trial || after.trial.begunAt === null) return
    this.#keep({ seq: entry.seq, after, isPlain: !isTelling(before, after) })
  }

  answer({
    beginning,
    isSameEngine,
  }: {
    beginning: Rollout
    isSameEngine: boolean
  }): ExplainedAnalysis | null {
    const { trial, stable, candidate } = beginning
    if (trial === null || stable === null) return null
    const arms = { candidate: candidate.release, stable: stable.release }
    return {
      tests: describeTest(trial.spec, arms),
      ticks: this.#ticks.map(({ seq, after }) => ({
        seq,
        at: after.now,
        evidence: evidenceOf(after.trial!, after.verdict, after.now),
        failuresToRollback: failuresToRollback(after.trial!),
      })),
      agrees: isSameEngine ? this.#agrees : null,
    }
  }

  #keep(tick: SeenTick): void {
    this.#count += 1
    if (tick.isPlain && this.#count % this.#stride !== 0) return
    this.#ticks.push(tick)
    if (this.#ticks.filter(({ isPlain }) => isPlain).length <= mostPlain) return
    this.#stride *= 2
    let index = 0
    this.#ticks = this.#ticks.filter(({ isPlain }) => !isPlain || index++ % 2 === 1)
  }
}

function isTelling({ trial: then, verdict: was }: Rollout, { trial, verdict, status }: Rollout): boolean {
  const isNewVerdict = verdict?.state !== was?.state || verdict?.freeze !== was?.freeze
  return isNewVerdict || trial?.confirmed !== then?.confirmed || status !== 'running'
}

function evidenceText(facts: Fact[]): string {
  return JSON.stringify(facts.map(({ evidence }) => evidence ?? null).filter((evidence) => evidence !== null))
}
