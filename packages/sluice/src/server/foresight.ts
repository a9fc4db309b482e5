import type { Baseline } from '../core/analysis/baseline.ts'
import { widenedTheta0 } from '../core/analysis/instance-noise.ts'
import type { AnalysisSpec } from '../core/analysis/spec.ts'
import { evidenceNeeded, growthRates } from '../core/analysis/time-to-decision.ts'
import { openingStake, partOf } from '../core/analysis/trial.ts'
import type { Party, Step } from '../core/plan.ts'
import type { Ms } from '../core/release.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import { shareOf, WHOLE } from '../core/weights.ts'

/** A plan, and the traffic and the test that it would have. */
export interface Prospect {
  steps: Step[]
  stable: Party
  candidate: Party
  analysis: AnalysisSpec
  /** What the analysis allows for: bursts, and instances that differ. */
  allowance: Pick<Baseline, 'phi' | 'instanceSd'>
  requestsPerSecond: number
  /** Bad requests per request, of stable. */
  failedShare: number
}

/** What a plan would be likely to see, reckoned without a simulation. */
export interface Foresight {
  /** Stable's share of failures and the candidate's, which is the one that should be seen. */
  from: number
  to: number
  /** How long the candidate is watched beside stable. */
  watchedMs: Ms
  /** How long it would have to be, with all steps longer alike, to see it in eight rollouts of ten; Infinity: for ever. */
  neededMs: Ms
  /** What could see it; empty where the plan can, or nothing within a day could. */
  proposals: Proposal[]
}

/** A single step of this share, or, where it is null, all steps longer alike; to be watched for so long in all. */
export interface Proposal {
  weightBasisPoints: number | null
  watchedMs: Ms
}

/**
 * The times until a rollback scatter: eight of ten are within so many times their median. From the simulations of the
 * analysis reference, section 13.4, whose nine of ten are within 1.7 to 1.9 times.
 */
const medianToLikely = 1.5

const minute = 60_000
const hour = 60 * minute
const proposedTimes = [5, 10, 15, 30, 45]
  .map((n) => n * minute)
  .concat([1, 2, 3, 4, 6, 8, 12, 24].map((n) => n * hour))
const largestWeight = 5_000
const proposedWeights = [1_000, 2_500, largestWeight]

/**
 * Whether a plan is likely to turn back a candidate that fails `times` as many requests as stable; analysis reference,
 * section 8. Null where no step watches the candidate beside stable, or nobody looks at errors. `least`: failures rarer
 * than this share need not be seen, however much more they are than stable's.
 */
export function foresee(prospect: Prospect, times: number, least = 0): Foresight | null {
  const watches = watchesOf(prospect)
  const errors = prospect.analysis.metrics.findIndex(({ kind }) => kind.is === 'errors')
  if (watches.length === 0 || errors === -1) return null
  const from = prospect.failedShare
  const to = Math.min(1, Math.max(from * times, least))
  const watchedMs = watches.reduce((sum, { forMs }) => sum + forMs, 0)
  const neededMs = neededFor(prospect, watches, errors, { from, to })
  const proposals = neededMs <= watchedMs ? [] : [...singleSteps(), ...longerSteps()]
  return { from, to, watchedMs, neededMs, proposals }

  // The smallest share that is enough in the same time; else the largest one, for longer.
  function singleSteps(): Proposal[] {
    if (watches.length === 1 && watches[0]!.share * WHOLE >= largestWeight) return []
    const needed = (basisPoints: number) =>
      neededFor(prospect, [{ share: basisPoints / WHOLE, forMs: watchedMs }], errors, { from, to })
    const same = proposedWeights.find((basisPoints) => needed(basisPoints) <= watchedMs)
    if (same !== undefined) return [{ weightBasisPoints: same, watchedMs }]
    const forMs = proposedTimes.find((ms) => ms >= needed(largestWeight))
    return forMs === undefined ? [] : [{ weightBasisPoints: largestWeight, watchedMs: forMs }]
  }

  function longerSteps(): Proposal[] {
    const forMs = proposedTimes.find((ms) => ms >= neededMs)
    return forMs === undefined ? [] : [{ weightBasisPoints: null, watchedMs: forMs }]
  }
}

/** How an environment moves, and how it judges. */
export interface Ways {
  strategy: StrategySpec
  analysis: AnalysisSpec
}

/** As proposed for a plan that is watched for so long; null where the strategy has nothing of the kind to change. */
export function propose(
  { strategy, analysis }: Ways,
  { watchedMs }: Pick<Foresight, 'watchedMs'>,
  proposal: Proposal,
): Ways | null {
  const { weightBasisPoints } = proposal
  const patient = { ...analysis, deadlineMs: Math.max(analysis.deadlineMs, proposal.watchedMs) }
  if (weightBasisPoints !== null) {
    if (strategy.kind !== 'canary') return null
    const steps = [{ weightBasisPoints, analyzeMs: proposal.watchedMs, gate: false }]
    return { strategy: { ...strategy, steps }, analysis: patient }
  }
  const longer = (ms: Ms) => Math.ceil((ms * proposal.watchedMs) / watchedMs)
  switch (strategy.kind) {
    case 'canary': {
      const steps = strategy.steps.map((step) => ({ ...step, analyzeMs: longer(step.analyzeMs) }))
      return { strategy: { ...strategy, steps }, analysis: patient }
    }
    case 'rolling':
      return { strategy: { ...strategy, analyzeMs: longer(strategy.analyzeMs) }, analysis: patient }
    case 'blue-green':
    case 'recreate':
      return null
  }
}

/** A time at one share of the traffic, 0..1, in which the candidate is compared with stable. */
interface Watch {
  share: number
  forMs: Ms
}

function watchesOf({ steps, candidate }: Prospect): Watch[] {
  const watches: Watch[] = []
  let share = 0
  for (const step of steps) {
    if (step.kind === 'shift') share = shareOf(step.weights, candidate.release) / WHOLE
    const isWatched = step.kind === 'analyze' && step.purpose !== 'hold back' && step.forMs > 0
    if (isWatched && share > 0 && share < 1) watches.push({ share, forMs: step.forMs })
  }
  return watches
}

// Evidence adds up over the steps, for each alternative that is bet on; the one that grows most decides.
function neededFor(
  prospect: Prospect,
  watches: Watch[],
  metric: number,
  { from, to }: { from: number; to: number },
): Ms {
  const { analysis, allowance, requestsPerSecond, stable, candidate } = prospect
  const { rollback } = analysis.metrics[metric]!
  const theta0 = widenedTheta0(allowance.instanceSd, candidate.count, stable.count, rollback.theta0)
  const wager = { theta0, delta: rollback.delta, sign: 1, phi: allowance.phi.errors } as const
  const evidence: number[] = []
  let [watchedMs, bad] = [0, 0]
  for (const { share, forMs } of watches) {
    const requests = (requestsPerSecond * forMs) / 1_000
    const growth = growthRates(wager, { share, pC: to, pS: from })
    for (const [k, nats] of growth.entries()) evidence[k] = (evidence[k] ?? 0) + requests * nats
    watchedMs += forMs
    bad += requests * share * to
  }
  const weight = partOf(analysis, metric)
  const enough = evidenceNeeded({ alpha: analysis.alpha, weight, omega0: openingStake })
  const gathered = Math.min(Math.max(...evidence) / enough, bad / analysis.minBadEvents)
  return gathered > 0 ? (medianToLikely * watchedMs) / gathered : Number.POSITIVE_INFINITY
}
