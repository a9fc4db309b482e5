/** What can be drawn: a weight, and the running credit that the draws spread over it. */
export interface Weighted {
  /** Not negative; 0 is never drawn. */
  weight: number
  /** State of the algorithm, kept when weights change: a reset would make a burst. */
  credit: number
}

/**
 * Smooth weighted round robin, nginx's algorithm: every candidate gains its weight, the richest (the first of equals)
 * is drawn and pays the sum. Returns the index drawn, or -1 when no candidate has a weight.
 * Weights 5, 1, 1 give a a b a c a a.
 */
export function drawSmoothly(candidates: readonly Weighted[]): number {
  let drawn = -1
  let total = 0
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i]!
    if (candidate.weight <= 0) continue
    candidate.credit += candidate.weight
    total += candidate.weight
    if (candidate.credit > most) {
      most = candidate.credit
      drawn = i
    }
  }
  if (drawn >= 0) candidates[drawn]!.credit -= total
  return drawn
}
