import type { ReleaseId } from './release.ts'

/** The whole of an environment's traffic, in basis points. */
export const WHOLE = 10_000

/** Share of the traffic per release, in basis points. Sums to 10,000; empty when nothing serves. */
export type Weights = Record<ReleaseId, number>

/** The share of one release; 0 where it is not named. */
export function shareOf(weights: Weights, release: ReleaseId): number {
  return weights[release] ?? 0
}

/** True when both give every release the same share; a missing release has share 0. */
export function sameWeights(a: Weights, b: Weights): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const name of names) if (shareOf(a, name) !== shareOf(b, name)) return false
  return true
}

/** Candidate gets `basisPoints`, stable the rest. With no stable the candidate gets everything. */
export function split(stable: ReleaseId | null, candidate: ReleaseId, basisPoints: number): Weights {
  if (stable === null) return { [candidate]: WHOLE }
  if (basisPoints >= WHOLE) return { [candidate]: WHOLE }
  if (basisPoints <= 0) return { [stable]: WHOLE }
  return { [stable]: WHOLE - basisPoints, [candidate]: basisPoints }
}

/** `4.5 %` for 450. */
export function percent(basisPoints: number): string {
  return `${Number((basisPoints / 100).toFixed(2))} %`
}
