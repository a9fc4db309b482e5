/** 98 % two-sided, as in Kayenta's code: 1 % on the side that is looked at. */
const z = 2.3263478740408408

/** How much the one sample lies above the other: the Hodges-Lehmann estimate, and the lower end of its 98 % interval. */
export interface Shift {
  lower: number
  estimate: number
}

/**
 * The Mann-Whitney interval for a shift between two samples of equal size, from the normal approximation without
 * correction for ties: order statistics of all m * m differences. Null where the samples are too small for an interval.
 */
export function shiftOf(candidate: readonly number[], baseline: readonly number[]): Shift | null {
  const m = candidate.length
  const N = m * m
  const differences = new Float64Array(candidate.flatMap((a) => baseline.map((b) => a - b))).sort()
  const lowest = Math.floor(N / 2 - z * Math.sqrt((N * (2 * m + 1)) / 12))
  if (lowest < 0) return null
  return { lower: differences[lowest]!, estimate: differences[Math.floor(N / 2)]! }
}
