import type { Ms } from '../release.ts'
import type { TickCounts } from './e-process.ts'
import { logE } from './e-process.ts'
import { ratioInterval } from './ratio-interval.ts'
import { secondsToDecide } from './time-to-decision.ts'
import { averageOf, type MetricTrial, partOf, type Trial } from './trial.ts'
import type { Freeze, Verdict } from './verdict.ts'

/** What is known at a moment, for a person: plain numbers, no state. `null` stands for "no bound" and "nothing known". */
export interface Evidence {
  state: Verdict['state']
  freeze: Freeze | null
  /** How many times likelier what was seen is when the candidate is worse: the average over the metrics that have a say. */
  eValue: number
  /** The e-value at which it is rolled back, once it was reached at `confirmTicks` ticks in a row. */
  threshold: number
  confirmed: number
  confirmTicks: number
  /** The smallest e-value for "as good as stable" over all metrics, and the one that each must reach. */
  ePromote: number
  promoteThreshold: number
  /** The bounds may not hold: no history of bursts, or instances of stable that differ among themselves. */
  lowTrust: boolean
  /** Of the metric that speaks loudest against the candidate. */
  leading: string | null
  metrics: MetricEvidence[]
}

export interface MetricEvidence extends TickCounts {
  id: string
  /** Its part in the average. */
  weight: number
  /** Candidate's share of bad requests over stable's: an interval that holds at all times together, and the likeliest value. */
  ratio: { low: number; estimate: number | null; high: number | null } | null
  eValue: number
  ePromote: number
  /** Until the threshold at the rates seen so far; null: never. */
  secondsToRollback: number | null
}

/** A number that can be written as JSON. E-values beyond what a double holds are the largest double. */
const most = Number.MAX_VALUE

/** The evidence of a trial in numbers. `now` only matters for the time to a decision. */
export function evidenceOf(trial: Trial, verdict: Verdict | null, now: Ms): Evidence {
  const { spec } = trial
  const seconds = trial.begunAt === null ? 0 : (now - trial.begunAt) / 1_000
  const metrics = trial.metrics.map((metric, index) => metricEvidence(trial, metric, index, seconds))
  const loudest = trial.metrics
    .map(({ id, regress, total }, index) => ({
      id,
      logE: Math.log(partOf(spec, index)) + logE(regress),
      hasSay: total.xC >= spec.minBadEvents,
    }))
    .filter(({ hasSay }) => hasSay)
    .sort((a, b) => b.logE - a.logE)[0]
  return {
    state: verdict?.state ?? 'continue',
    freeze: verdict?.freeze ?? null,
    eValue: finite(averageOf(trial)),
    threshold: 1 / spec.alpha,
    confirmed: trial.confirmed,
    confirmTicks: spec.confirmTicks,
    ePromote: Math.min(...metrics.map((metric) => metric.ePromote)),
    promoteThreshold: 1 / spec.alphaPromote,
    lowTrust: trial.lowTrust,
    leading: loudest?.id ?? null,
    metrics,
  }
}

function metricEvidence(
  { spec }: Trial,
  { id, total, regress, promote, ratio }: MetricTrial,
  index: number,
  seconds: number,
): MetricEvidence {
  const weight = partOf(spec, index)
  const { low, estimate, high } = ratioInterval(ratio, spec.alpha + spec.alphaLook, regress.phi)
  const hasBad = total.xC + total.xS > 0
  return {
    id,
    weight,
    ...total,
    ratio: hasBad ? { low, estimate: finiteOrNull(estimate), high: finiteOrNull(high) } : null,
    eValue: finite(logE(regress)),
    ePromote: finite(logE(promote)),
    secondsToRollback: untilRollback({ alpha: spec.alpha, weight }, regress, total, seconds),
  }
}

function untilRollback(
  wager: { alpha: number; weight: number },
  regress: MetricTrial['regress'],
  { nC, nS, xC, xS }: TickCounts,
  seconds: number,
): number | null {
  if (seconds <= 0 || nC === 0 || nS === 0) return null
  const outlook = { share: nC / (nC + nS), pC: xC / nC, pS: xS / nS }
  return finiteOrNull(secondsToDecide({ ...regress, ...wager }, outlook, (nC + nS) / seconds))
}

function finite(log: number): number {
  return Math.min(most, Math.exp(log))
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}
