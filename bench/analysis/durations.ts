import {
  exceeding,
  type LatencyHistogram,
  upperEdgeMs,
} from '../../packages/sluice/src/core/analysis/latency-histogram.ts'
import { bucketOf } from '../../packages/sluice/src/std/histogram.ts'
import type { Random } from '../../packages/sluice/src/std/random.ts'
import { poisson } from './draws.ts'

/** How long good answers take, as the chance of each bucket of the histogram that the routers keep. */
export interface Durations {
  first: number
  chances: number[]
  /** Chance of this bucket or one below. */
  atMost: number[]
}

const medianMs = 100
/** Stable's true 99th percentile. What is slower counts as harm, and as bad for the repeated z-test. */
export const p99Ms = 320
const spread = Math.log(p99Ms / medianMs) / 2.3263478740408408
/** Stable's true 95th percentile: what is slower is what a regression makes slower still. */
const p95Ms = medianMs * Math.exp(spread * 1.6448536269514722)
const farthest = 5.5

/** Lognormal, median 100 ms and p99 320 ms, of which the slowest 5 % take `slower` times as long. */
export function durations(slower: number): Durations {
  const first = bucketOf(medianMs * Math.exp(-farthest * spread))
  const last = bucketOf(slower * medianMs * Math.exp(farthest * spread))
  const atMost = Array.from({ length: last - first + 1 }, (_, i) =>
    chanceAtMost(upperEdgeMs(first + i), slower),
  )
  const chances = atMost.map((chance, i) => chance - (atMost[i - 1] ?? 0))
  return { first, chances, atMost }
}

function chanceAtMost(ms: number, slower: number): number {
  const own = (limitMs: number) => normalBelow(Math.log(limitMs / medianMs) / spread)
  return ms < slower * p95Ms ? Math.min(own(ms), 0.95) : own(ms / slower)
}

/** Chance of an answer slower than stable's p99. */
export function slowShare(slower: number): number {
  return 1 - chanceAtMost(p99Ms, slower)
}

/** Answers of a histogram that were slower than stable's true p99, to the bucket. */
export function slowOf(histogram: LatencyHistogram): number {
  return exceeding(histogram, bucketOf(p99Ms))
}

/** The durations of so many answers on average: a Poisson number in each bucket. */
export function drawDurations(of: Durations, mean: number, random: Random): LatencyHistogram {
  const counts = mean > of.chances.length ? drawnByBucket(of, mean, random) : drawnOneByOne(of, mean, random)
  const drawn: [index: number, count: number][] = []
  for (const [i, count] of counts.entries()) if (count > 0) drawn.push([of.first + i, count])
  return drawn
}

function drawnByBucket({ chances }: Durations, mean: number, random: Random): Uint32Array {
  return Uint32Array.from(chances, (chance) => poisson(mean * chance, random))
}

function drawnOneByOne({ chances, atMost }: Durations, mean: number, random: Random): Uint32Array {
  const counts = new Uint32Array(chances.length)
  for (let left = poisson(mean, random); left > 0; left--) counts[bucketAt(atMost, random.next())]!++
  return counts
}

// The first bucket whose chance, with those below, is at least this.
function bucketAt(atMost: readonly number[], chance: number): number {
  let [low, high] = [0, atMost.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (atMost[middle]! < chance) low = middle + 1
    else high = middle
  }
  return low
}

// The standard normal distribution by its Taylor series: G. Marsaglia, Journal of Statistical Software 11(4), 2004.
function normalBelow(z: number): number {
  let [sum, term] = [0, z]
  for (let i = 1; sum + term !== sum; i += 2) {
    sum += term
    term *= (z * z) / (i + 2)
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)
}
