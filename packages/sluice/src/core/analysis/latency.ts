import { noTickCounts, type TickCounts } from './e-process.ts'
import {
  addTo,
  decay,
  exceeding,
  type LatencyHistogram,
  overflowBucket,
  quantileBucket,
  totalOf,
} from './latency-histogram.ts'

/** What one tick added to both arms: answers that are not errors, without those of cold instances. */
export interface LatencyTick {
  canary: LatencyHistogram
  stable: LatencyHistogram
}

/** Which quantile is compared, and how many buckets (2.2 % each) the candidate may be slower: a factor 2^(n/32). */
export interface LatencyMargin {
  tau: number
  marginBuckets: number
}

/**
 * A tick of durations as counts to bet on, with theta0 = 1 and delta = 0. Analysis reference, section 5.
 *
 * With y the upper edge of the bucket in which `history`, the stable arm's past, has its tau-quantile: a stable request is
 * "bad" above y, one of the candidate above y * 2^(marginBuckets/32). So the statement that is bet against is
 * P(L_C > m y) <= P(L_S > y): the candidate's quantile is at most m times stable's, at a level that moves with stable.
 * A slow-down of both arms cancels.
 *
 * `history` must not hold this tick: the threshold depends on the past alone, which is what the proof of `Bet` asks for
 * [proved]. The margin is a whole number of buckets, so there is no error of discretisation.
 *
 * No evidence at all while there is no history, or where the candidate's threshold is the overflow bucket: nothing can be
 * counted above it, and a candidate that times out would look as good as one that answers.
 */
export function exceedances(
  { tau, marginBuckets }: LatencyMargin,
  history: LatencyHistogram,
  { canary, stable }: LatencyTick,
): TickCounts {
  return beyond(quantileBucket(history, tau), marginBuckets, counted({ canary, stable }))
}

/** A tick with its requests counted once, for all quantiles and margins. */
export interface CountedTick extends LatencyTick {
  nC: number
  nS: number
}

export function counted({ canary, stable }: LatencyTick): CountedTick {
  return { canary, stable, nC: totalOf(canary), nS: totalOf(stable) }
}

/** The same as `exceedances`, with the threshold's bucket known; null where there is no past to take it from. */
export function beyond(bucket: number | null, marginBuckets: number, tick: CountedTick): TickCounts {
  if (bucket === null || bucket + marginBuckets >= overflowBucket) return noTickCounts
  const { canary, stable, nC, nS } = tick
  return { nC, nS, xC: exceeding(canary, bucket + marginBuckets), xS: exceeding(stable, bucket) }
}

/** The stable arm's past after a tick of so many seconds, for all quantiles: faded (half-life in s), then added to. */
export function historyAfter(
  history: LatencyHistogram,
  { stable }: Pick<LatencyTick, 'stable'>,
  seconds: number,
  halfLife = 300,
): LatencyHistogram {
  return addTo(decay(history, seconds, halfLife), stable)
}
