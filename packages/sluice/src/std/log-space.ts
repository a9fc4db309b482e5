/** ln(e^a + e^b) without leaving the logarithms. Exact where a or b is -Infinity, the logarithm of nothing. */
export function logAddExp(a: number, b: number): number {
  const high = a > b ? a : b
  const low = a > b ? b : a
  if (low === Number.NEGATIVE_INFINITY || high === Number.POSITIVE_INFINITY) return high
  return high + Math.log1p(Math.exp(low - high))
}

/** The logarithm of the sum of the exponentials; -Infinity for no values, and where all of them are -Infinity. */
export function logSumExp(values: readonly number[]): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > highest) highest = value
  if (!Number.isFinite(highest)) return highest
  let sum = 0
  for (const value of values) sum += Math.exp(value - highest)
  return highest + Math.log(sum)
}
