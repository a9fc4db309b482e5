import type { Ms } from '../release.ts'
import { logThreshold, weightedLogE } from './average.ts'
import type { Baseline } from './baseline.ts'
import { addHalves, type Bursts, halvesOf, newBursts, phiOf } from './burst.ts'
import { type DeadlineLook, lookAt, newDeadlineLook } from './deadline-look.ts'
import {
  addTickCounts,
  type Bet,
  betOn,
  logE,
  newBet,
  noTickCounts,
  openEpoch,
  type TickCounts,
} from './e-process.ts'
import { type Incidents, noIncidents, noteStable } from './incident.ts'
import { areTooUnlike, widenedTheta0 } from './instance-noise.ts'
import { beyond, type CountedTick, counted, historyAfter } from './latency.ts'
import { type LatencyHistogram, quantileBucket } from './latency-histogram.ts'
import { newRatioInterval, observe, type RatioEvidence } from './ratio-interval.ts'
import { type AnalysisSpec, type MetricSpec, restartsOf, standardMetrics } from './spec.ts'
import {
  type ArmGrowth,
  emptyTally,
  type Measurement,
  stableGrowth,
  type Tally,
  type Tick,
  takeTick,
} from './tick.ts'

/**
 * The comparison of a candidate with stable while both serve: everything that its verdict depends on. Plain data, so it
 * is journaled with the rollout, and a restart loses no evidence and counts no tick twice.
 */
export interface Trial {
  spec: AnalysisSpec
  /** When the candidate first had requests; null before. */
  begunAt: Ms | null
  tally: Tally
  metrics: MetricTrial[]
  /** Stable's time to first byte before this tick; the latency thresholds come from it. */
  history: LatencyHistogram
  /** Stable's odd instances against its even ones and the other way round: they run the same version. */
  selfCheck: [Bet, Bet]
  incidents: Incidents
  /** Restart epochs open with every weight epoch, and once a minute. */
  weightEpoch: number
  restartedAt: Ms
  /** Ticks in a row in which the average was beyond the threshold. */
  confirmed: number
  /** When the candidate was last seen to complete a request. */
  fedAt: Ms | null
  /** No history of bursts, or arms that are not alike: the bounds may not hold. */
  lowTrust: boolean
  /** How failures fell on the halves of stable so far, where no history told it before; null: it was known. */
  bursts: Record<Uneven, Bursts> | null
  /** What the bets were worth some ten, twenty and thirty seconds ago, and at the beginning, oldest first. */
  earlier: Earlier[]
}

/** The evidence against the candidate at a moment, metric by metric. */
interface Earlier {
  at: Ms
  metrics: { logM: number[]; look: DeadlineLook }[]
}

/** Metrics whose failures may come in bursts, and with the luck of instances; how long answers take is judged by ranks. */
type Uneven = 'errors' | 'clientErrors'

function unevenOf({ kind }: MetricSpec): Uneven | null {
  return kind.is === 'errors' || kind.is === 'clientErrors' ? kind.is : null
}

export interface MetricTrial {
  id: string
  /** Bets that the candidate is worse than the margin, and that it is better than the wider one. */
  regress: Bet
  promote: Bet
  look: DeadlineLook
  ratio: RatioEvidence
  total: TickCounts
}

/** The part of the stake against the candidate that is bet from the start; the rest is held back for restarts. */
export const openingStake = 0.5
const restartEveryMs = 60_000
/** An outage of both is seen in stable so long after it began at the candidate, at the latest. */
const headStartMs = 30_000
const rememberEveryMs = 10_000
/** Both arms alike would reach this once in twenty; then they are not believed to be alike. */
const selfCheckLog = Math.log(20)

/** A trial before its first measurement. `instances`: of candidate and stable, for the widening by instance noise. */
export function newTrial(
  spec: AnalysisSpec,
  baseline: Baseline,
  instances: { candidate: number; stable: number },
  at: Ms,
): Trial {
  const widened = (theta0: number) =>
    widenedTheta0(baseline.instanceSd, instances.candidate, instances.stable, theta0)
  const nEpochs = restartsOf(spec)
  const metrics = spec.metrics.map((metric) => newMetricTrial(metric, baseline, widened, nEpochs))
  const { theta0, delta } = standardMetrics.errors.rollback
  const alike = () => newBet({ theta0: widened(theta0), delta, sign: 1, phi: baseline.phi.errors })
  const unlike = areTooUnlike(baseline.instanceSd, instances.candidate, instances.stable)
  return {
    spec,
    begunAt: null,
    tally: emptyTally,
    metrics,
    history: baseline.latency,
    selfCheck: [alike(), alike()],
    incidents: { ...noIncidents, recent: baseline.recent },
    weightEpoch: 0,
    restartedAt: at,
    confirmed: 0,
    fedAt: null,
    lowTrust: !baseline.isKnown || unlike,
    bursts: baseline.isKnown ? null : { errors: newBursts(), clientErrors: newBursts() },
    earlier: [],
  }
}

function newMetricTrial(
  metric: MetricSpec,
  baseline: Baseline,
  widened: (theta0: number) => number,
  nEpochs: number,
): MetricTrial {
  const { rollback, promote } = metric
  const uneven = unevenOf(metric)
  const phi = uneven === null ? 1 : baseline.phi[uneven]
  const theta0 = uneven === null ? rollback.theta0 : widened(rollback.theta0)
  return {
    id: metric.id,
    regress: newBet({ theta0, delta: rollback.delta, sign: 1, phi, omega0: openingStake, nEpochs }),
    promote: newBet({ theta0: promote.theta0, delta: promote.delta, sign: -1, phi }),
    look: newDeadlineLook(),
    ratio: newRatioInterval(),
    total: noTickCounts,
  }
}

/** Takes a full measurement. The first one is where counting begins; one that is repeated adds nothing. */
export function measure(trial: Trial, measurement: Measurement): Trial {
  const { tally, tick } = takeTick(trial.tally, measurement)
  if (tick === null) return { ...trial, tally }
  // Two at one moment are one: what the second has beyond the first comes with the next.
  return tick.ms > 0 ? weigh({ ...trial, tally }, tick) : trial
}

function weigh(trial: Trial, tick: Tick): Trial {
  const stable = stableGrowth(tick)
  const hasFed = tick.epochs.some(({ candidate }) => candidate.requests > 0)
  const begunAt = trial.begunAt ?? (hasFed ? tick.at - tick.ms : null)
  const restarted = withRestarts(trial, tick)
  const answers = tick.epochs.map(({ candidate, stable }) =>
    counted({ canary: candidate.latency, stable: stable.latency }),
  )
  const past = { history: trial.history, answers }
  const fed = restarted.metrics.map((metric, index) =>
    withTick(metric, weighings(trial.spec.metrics[index]!, tick, past)),
  )
  const incidents = noteStable(trial.incidents, { at: tick.at, n: stable.requests, x: stable.bad })
  const isNewIncident = trial.incidents.since === null && incidents.since !== null
  const metrics = isNewIncident ? rewound(fed, trial.earlier, tick.at) : fed
  const selfCheck = withHalves(trial.selfCheck, tick)
  const bursts = learnt(trial.bursts, stable)
  const weighed: Trial = {
    ...restarted,
    begunAt,
    metrics: withBursts(trial.spec, metrics, bursts),
    bursts,
    selfCheck,
    incidents,
    history: historyAfter(trial.history, { stable: stable.latency }, tick.ms / 1_000),
    fedAt: hasFed ? tick.at : trial.fedAt,
    earlier: remembered(trial, tick),
    lowTrust:
      trial.lowTrust ||
      weightedLogE(selfCheck.map((bet) => ({ weight: 0.5, logE: logE(bet) }))) >= selfCheckLog,
  }
  const isBeyond = averageOf(weighed) >= logThreshold(trial.spec.alpha)
  // An incident of both arms decides nothing, and what was confirmed during it is not.
  return { ...weighed, confirmed: isBeyond && incidents.since === null ? trial.confirmed + 1 : 0 }
}

/** Weighted average of the evidence against the candidate, as a logarithm; -Infinity while no metric has a say. */
export function averageOf({ spec, metrics }: Trial): number {
  return weightedLogE(
    metrics.flatMap(({ total, regress }, index) =>
      total.xC < spec.minBadEvents ? [] : [{ weight: partOf(spec, index), logE: logE(regress) }],
    ),
  )
}

/** A metric's part in the average; all parts together are 1. */
export function partOf({ metrics }: AnalysisSpec, index: number): number {
  return metrics[index]!.weight / metrics.reduce((sum, { weight }) => sum + weight, 0)
}

// Without a history the divisor is learnt on the way: for each tick from those before it, so that it stays predictable.
function learnt(bursts: Trial['bursts'], stable: ArmGrowth): Trial['bursts'] {
  if (bursts === null) return null
  return {
    errors: addHalves(bursts.errors, halvesOf(stable, 'bad')),
    clientErrors: addHalves(bursts.clientErrors, halvesOf(stable, 'clientErrors')),
  }
}

function withBursts(spec: AnalysisSpec, metrics: MetricTrial[], bursts: Trial['bursts']): MetricTrial[] {
  if (bursts === null) return metrics
  return metrics.map((metric, index) => {
    const uneven = unevenOf(spec.metrics[index]!)
    if (uneven === null) return metric
    const phi = phiOf(bursts[uneven])
    return { ...metric, regress: { ...metric.regress, phi }, promote: { ...metric.promote, phi } }
  })
}

// An outage that both share may reach the candidate first. What was won in that head start is given back when stable
// turns out to have it too: less is at stake then, and a fair game with a smaller stake is a fair game [proved].
function rewound(metrics: MetricTrial[], earlier: Earlier[], now: Ms): MetricTrial[] {
  const before = earlier.findLast(({ at }) => at <= now - headStartMs) ?? earlier[0]
  if (before === undefined) return metrics
  return metrics.map((metric, index) => {
    const { logM, look } = before.metrics[index]!
    const regress = { ...metric.regress, logM }
    return logE(regress) < logE(metric.regress) ? { ...metric, regress, look } : metric
  })
}

function remembered({ earlier, metrics }: Trial, tick: Tick): Earlier[] {
  const at = tick.at - tick.ms
  const newest = earlier.at(-1)
  if (newest !== undefined && at - newest.at < rememberEveryMs) return earlier
  const now = { at, metrics: metrics.map(({ regress, look }) => ({ logM: regress.logM, look })) }
  // The newest that is old enough to go back to, and all that come after it.
  const from = Math.max(
    0,
    earlier.findLastIndex(({ at: then }) => then <= at - headStartMs),
  )
  return [...earlier.slice(from), now]
}

// A regression may begin in the middle: part of the stake is held back and bet anew, before the tick it applies to.
function withRestarts(trial: Trial, tick: Tick): Trial {
  const newest = Math.max(trial.weightEpoch, ...tick.epochs.map(({ epoch }) => epoch))
  const isDue = tick.at - tick.ms - trial.restartedAt >= restartEveryMs
  const isNewWeight = newest !== trial.weightEpoch && trial.begunAt !== null
  if (!isDue && !isNewWeight) return { ...trial, weightEpoch: newest }
  return {
    ...trial,
    weightEpoch: newest,
    restartedAt: tick.at - tick.ms,
    metrics: trial.metrics.map((metric) => ({ ...metric, regress: openEpoch(metric.regress) })),
  }
}

function withTick(metric: MetricTrial, ticks: Weighing[]): MetricTrial {
  let fed = metric
  for (const { regress, promote } of ticks) {
    if (regress.nC + regress.nS === 0) continue
    fed = {
      id: fed.id,
      regress: betOn(fed.regress, regress),
      promote: betOn(fed.promote, promote),
      look: lookAt(fed.look, regress, fed.regress),
      ratio: observe(fed.ratio, regress),
      total: addTickCounts(fed.total, regress),
    }
  }
  return fed
}

/** A tick's counts by one metric; a wider margin in time leaves fewer slow answers. */
interface Weighing {
  regress: TickCounts
  promote: TickCounts
}

// One for each weight epoch in which requests began: ticks of different shares must not be summed.
function weighings(
  metric: MetricSpec,
  tick: Tick,
  { history, answers }: { history: LatencyHistogram; answers: CountedTick[] },
): Weighing[] {
  const both = (counts: TickCounts): Weighing => ({ regress: counts, promote: counts })
  switch (metric.kind.is) {
    case 'errors':
      return tick.epochs.map((arms) => both(shares(arms, ({ bad }) => bad)))
    case 'clientErrors':
      return tick.epochs.map((arms) => both(shares(arms, ({ clientErrors }) => clientErrors)))
    case 'latency': {
      const bucket = quantileBucket(history, metric.kind.tau)
      return answers.map((counts) => ({
        regress: beyond(bucket, metric.rollback.buckets, counts),
        promote: beyond(bucket, metric.promote.buckets, counts),
      }))
    }
    case 'ratio': {
      const counts = tick.ratios[metric.id]
      return counts === undefined ? [] : [both(counts)]
    }
  }
}

type Arms = Pick<Tick['epochs'][number], 'candidate' | 'stable'>

function shares({ candidate, stable }: Arms, badOf: (arm: ArmGrowth) => number): TickCounts {
  return { nC: candidate.requests, xC: badOf(candidate), nS: stable.requests, xS: badOf(stable) }
}

function withHalves([odd, even]: Trial['selfCheck'], tick: Tick): Trial['selfCheck'] {
  return tick.epochs.reduce<Trial['selfCheck']>(
    ([first, second], { stable }) => {
      const [n1, n2, x1, x2] = halvesOf(stable, 'bad')
      return [
        betOn(first, { nC: n1, xC: x1, nS: n2, xS: x2 }),
        betOn(second, { nC: n2, xC: x2, nS: n1, xS: x1 }),
      ]
    },
    [odd, even],
  )
}
