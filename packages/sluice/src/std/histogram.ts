/** A bucket's edges are a factor 2^(1/32) apart. */
export const BUCKETS_PER_DOUBLING = 32
const OFFSET = 107
const LONGEST_MS = 120_000
const SHORTEST_MS = 0.1

/** Counters of one histogram: 0.1 ms to 120 s. */
export const HISTOGRAM_LENGTH = 647

/**
 * Bucket of a duration: base-2 exponential, scale 5. Bucket i holds (2^(i/32), 2^((i+1)/32)] ms, 2.19 % wide;
 * durations are clamped to 0.1 ms .. 120 s, so the index is -107 .. 539.
 */
export function bucketOf(ms: number): number {
  const clamped = ms < SHORTEST_MS ? SHORTEST_MS : ms > LONGEST_MS ? LONGEST_MS : ms
  return Math.ceil(BUCKETS_PER_DOUBLING * Math.log2(clamped)) - 1
}

/** Durations counted in buckets of equal ratio; adding histograms is adding their counters. 2.6 kB each. */
export type Histogram = Uint32Array

export function createHistogram(): Histogram {
  return new Uint32Array(HISTOGRAM_LENGTH)
}

/** Counts a duration in milliseconds; a timeout is counted as Infinity, in the last bucket. */
export function countDuration(histogram: Histogram, ms: number): void {
  histogram[bucketOf(ms) + OFFSET]!++
}

export function addHistogram(into: Histogram, other: Histogram): void {
  for (let i = 0; i < HISTOGRAM_LENGTH; i++) into[i]! += other[i]!
}

/** The buckets that are not empty, as [index, count] with ascending index. */
export function sparse(histogram: Histogram): [index: number, count: number][] {
  const pairs: [number, number][] = []
  for (let i = 0; i < HISTOGRAM_LENGTH; i++) if (histogram[i]! > 0) pairs.push([i - OFFSET, histogram[i]!])
  return pairs
}
