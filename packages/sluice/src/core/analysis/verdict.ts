import type { Ms } from '../release.ts'
import { logThreshold, weakestLogE } from './average.ts'
import { isBeyond } from './deadline-look.ts'
import { logE } from './e-process.ts'
import { longestHoldMs } from './incident.ts'
import { ratioInterval } from './ratio-interval.ts'
import type { MetricSpec } from './spec.ts'
import { averageOf, partOf, type Trial } from './trial.ts'

/** Why the candidate gets no more traffic for now. */
export type Freeze = 'suspicious' | 'incident' | 'noData'

/** What the evidence says at a moment, apart from time limits, which are the rollout's. */
export interface Verdict {
  /**
   * `regress`: worse than the margin, so it is rolled back. `nonInferior`: shown to be as good as stable, within the
   * wider margin. `suspicious`: half of the way to a rollback, so the candidate gets no more traffic.
   */
  state: 'continue' | 'suspicious' | 'regress' | 'nonInferior'
  freeze: Freeze | null
}

/** Routed requests, of which none is seen for so long, are a reason to wait. */
const noDataMs = 120_000
/** A candidate is not found good before it had a tenth of the traffic, or as much as its plan ever gives it beside stable. */
export const fairShareBasisPoints = 1_000

/** When a verdict is asked for, and what of it the evidence does not know. */
interface Moment {
  now: Ms
  /** The candidate has had a tenth of the traffic, or as much as its plan ever gives it beside stable. */
  hadFairShare: boolean
  /** When its share last grew; without a request since then there is no data. Null: it has none. */
  servesSince?: Ms | null
}

/** Precedence: regress, then nonInferior, then suspicious. */
export function verdictOf(trial: Trial, { now, hadFairShare, servesSince = null }: Moment): Verdict {
  const average = averageOf(trial)
  const freeze = freezeOf(trial, average, { now, servesSince })
  if (trial.confirmed >= trial.spec.confirmTicks && freeze !== 'incident') return { state: 'regress', freeze }
  if (freeze === null && hadFairShare && isGood(trial, average, now)) return { state: 'nonInferior', freeze }
  return { state: freeze === 'suspicious' ? 'suspicious' : 'continue', freeze }
}

// Every metric has to pass, so none needs a correction for the others (analysis reference, section 6).
function isGood(trial: Trial, average: number, now: Ms): boolean {
  const { spec, metrics, begunAt } = trial
  if (begunAt === null || now - begunAt < spec.minBakeMs || average > 0) return false
  return weakestLogE(metrics.map(({ promote }) => logE(promote))) >= logThreshold(spec.alphaPromote)
}

function freezeOf(
  trial: Trial,
  average: number,
  { now, servesSince }: { now: Ms; servesSince: Ms | null },
): Freeze | null {
  if (trial.incidents.since !== null) return 'incident'
  if (average >= suspicionOf(trial)) return 'suspicious'
  const lastSeen = trial.fedAt ?? servesSince
  return lastSeen !== null && now - lastSeen >= noDataMs ? 'noData' : null
}

/** Half of the way to a rollback, as a logarithm. */
function suspicionOf({ spec }: Trial): number {
  return logThreshold(spec.alpha) / 2
}

/** True when an incident has lasted so long that waiting is no use. */
export function isHeldTooLong({ incidents }: Trial, now: Ms): boolean {
  return incidents.since !== null && now - incidents.since >= longestHoldMs
}

/** The one look at the deadline: the metric that is beyond its part of `alphaLook`, or null. */
export function lookAtDeadline({ spec, metrics }: Trial): MetricSpec | null {
  if (spec.alphaLook === 0) return null
  const index = metrics.findIndex(({ look, regress }, at) =>
    isBeyond(look, spec.alphaLook * partOf(spec, at), regress.phi),
  )
  return index === -1 ? null : spec.metrics[index]!
}

/**
 * Whether the policy `promote` may be followed: nothing speaks against the candidate, although nothing speaks for it
 * either. A metric does where the likeliest ratio is beyond the wider margin and its bet has won anything at all: with few
 * bad requests the ratio alone is beyond it every second time.
 */
export function isInnocent(trial: Trial): boolean {
  if (averageOf(trial) > 0) return false
  return trial.metrics.every(({ ratio, regress, promote }) => {
    if (logE(regress) <= 0) return true
    const { estimate } = ratioInterval(ratio, trial.spec.alphaPromote)
    return estimate === null || estimate <= Math.max(promote.theta0, 1.5)
  })
}
