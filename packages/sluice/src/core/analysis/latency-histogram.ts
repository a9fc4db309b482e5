import { BUCKETS_PER_DOUBLING, bucketOf } from '../../std/histogram.ts'
import type { ArmCounts } from '../counts.ts'

/**
 * Requests by duration, as in `ArmCounts.latency`: pairs of a bucket's index and its count, with ascending index and
 * without empty buckets. The buckets are those of `std/histogram.ts`: bucket i holds (2^(i/32), 2^((i+1)/32)] ms, which
 * is 2.2 % wide, from 0.1 ms to 120 s; what is longer, and a timeout, is in the overflow bucket.
 */
export type LatencyHistogram = ArmCounts['latency']

/** The last bucket: everything that took 120 s or longer. What is in it can no longer be compared. */
export const overflowBucket = bucketOf(Number.POSITIVE_INFINITY)

const fastestBucket = bucketOf(0)

/**
 * The longest duration that a bucket holds, in milliseconds; a quantile is reported by it and never interpolated.
 * Infinity of the overflow bucket, and 0 of what would be below the fastest one.
 */
export function upperEdgeMs(index: number): number {
  if (index >= overflowBucket) return Number.POSITIVE_INFINITY
  return index < fastestBucket ? 0 : 2 ** ((index + 1) / BUCKETS_PER_DOUBLING)
}

// Buckets are read by index below, not taken apart: every tick reads thousands, and that is several times as fast.

/** All requests of a histogram. */
export function totalOf(histogram: LatencyHistogram): number {
  let total = 0
  for (const bucket of histogram) total += bucket[1]
  return total
}

/** Requests in buckets above this one. */
export function exceeding(histogram: LatencyHistogram, index: number): number {
  let above = 0
  // The slowest first: there are few of them.
  for (let i = histogram.length - 1; i >= 0 && histogram[i]![0] > index; i--) above += histogram[i]![1]
  return above
}

/** The smallest bucket that at least the part `tau` of all requests is in or below; null of an empty histogram. */
export function quantileBucket(histogram: LatencyHistogram, tau: number): number | null {
  const total = totalOf(histogram)
  if (total === 0) return null
  let atOrBelow = 0
  for (const bucket of histogram) {
    atOrBelow += bucket[1]
    if (atOrBelow >= tau * total) return bucket[0]
  }
  return null
}

/** The sum of two histograms. */
export function addTo(to: LatencyHistogram, histogram: LatencyHistogram): LatencyHistogram {
  const sum: LatencyHistogram[number][] = []
  let [i, j] = [0, 0]
  while (i < to.length && j < histogram.length) {
    const [one, other] = [to[i]!, histogram[j]!]
    if (one[0] === other[0]) sum.push([one[0], one[1] + other[1]])
    else sum.push(one[0] < other[0] ? one : other)
    if (one[0] <= other[0]) i++
    if (other[0] <= one[0]) j++
  }
  return sum.concat(to.slice(i), histogram.slice(j))
}

/** What cumulative counts have grown by; a bucket that is lower than before has not grown. */
export function growthOf(before: LatencyHistogram, now: LatencyHistogram): LatencyHistogram {
  const grown: LatencyHistogram[number][] = []
  let i = 0
  for (const bucket of now) {
    while (i < before.length && before[i]![0] < bucket[0]) i++
    const known = i < before.length && before[i]![0] === bucket[0] ? before[i]![1] : 0
    if (bucket[1] > known) grown.push([bucket[0], bucket[1] - known])
  }
  return grown
}

/** Of each bucket of two cumulative histograms the higher count. The same object as `now` where nothing in it is lower. */
export function highestOf(before: LatencyHistogram, now: LatencyHistogram): LatencyHistogram {
  const missed = growthOf(now, before)
  return missed.length === 0 ? now : addTo(now, missed)
}

/** The histogram with its counts faded to a half in each half-life; they are fractions from then on. */
export function decay(histogram: LatencyHistogram, seconds: number, halfLife = 300): LatencyHistogram {
  const rest = 2 ** (-seconds / halfLife)
  return histogram.map((bucket) => [bucket[0], bucket[1] * rest])
}
