import { setImmediate as breathe } from 'node:timers/promises'
import { type Outcome, type RehearsedPlan, rehearse } from '../../sim/rehearse.ts'
import { type Change, type Service, serviceModel } from '../../sim/service-model.ts'

/** How one kind of candidate fares in so many rehearsals. */
export interface Fate {
  runs: number
  rolledBack: number
  promoted: number
  undecided: number
  /** Of those that were rolled back. */
  rollback: Times
  /** Of those that were promoted. */
  promotion: Times
  /** Requests worse off than with stable, on average, until the rollout was decided. */
  harmed: number
}

/** From the beginning to the decision; null of none. */
export interface Times {
  medianMs: number | null
  p90Ms: number | null
}

/** Against what, how often, and with what luck. */
export interface RehearsalOptions {
  service: Service
  runs: number
  seed: number
  /** After Ctrl-C no more is rehearsed. */
  interrupt: AbortSignal
}

/** Rehearses with one kind of candidate, as often as was asked. The same seed gives the same fate. */
export async function rehearseOften(
  plan: RehearsedPlan,
  change: Change,
  { service, runs, seed, interrupt }: RehearsalOptions,
): Promise<Fate> {
  const model = serviceModel(service, change)
  const outcomes: Outcome[] = []
  for (let run = 0; run < runs && !interrupt.aborted; run++) {
    outcomes.push(rehearse(plan, model, seedOf(seed, run)))
    // So that Ctrl-C is heard.
    await breathe()
  }
  return fateOf(outcomes)
}

// Neighbouring seeds should not share runs.
function seedOf(seed: number, run: number): number {
  return (Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b)) >>> 0
}

function fateOf(outcomes: Outcome[]): Fate {
  const ended = (end: Outcome['end']) => outcomes.filter((outcome) => outcome.end === end)
  const [rolledBack, promoted] = [ended('rolled back'), ended('promoted')]
  return {
    runs: outcomes.length,
    rolledBack: rolledBack.length,
    promoted: promoted.length,
    undecided: ended('undecided').length,
    rollback: timesOf(rolledBack),
    promotion: timesOf(promoted),
    harmed: outcomes.reduce((sum, { harmed }) => sum + harmed, 0) / Math.max(1, outcomes.length),
  }
}

function timesOf(outcomes: Outcome[]): Times {
  const sorted = outcomes.map(({ afterMs }) => afterMs).sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? null
  return { medianMs: at(0.5), p90Ms: at(0.9) }
}
