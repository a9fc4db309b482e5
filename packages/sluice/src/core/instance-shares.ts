import type { ReleaseId } from './release.ts'
import { split, type Weights, WHOLE } from './weights.ts'

/**
 * How many instances of each release to give requests, where every instance gets as many as any other: the counts whose
 * shares come nearest to `weights` while one release, at least, has all of its instances among them. A release with a share
 * has at least one, unless it has none to give.
 */
export function countsFor(weights: Weights, available: Record<ReleaseId, number>): Record<ReleaseId, number> {
  const wanted = Object.entries(weights).flatMap(([release, share]) => {
    const most = available[release] ?? 0
    return share > 0 && most > 0 ? [{ release, share, most }] : []
  })
  const perShare = Math.min(...wanted.map(({ share, most }) => most / share))
  return Object.fromEntries(
    wanted.map(({ release, share, most }) => [
      release,
      Math.min(most, Math.max(1, Math.round(share * perShare))),
    ]),
  )
}

/** The share that comes nearest to `basisPoints` with these instances, where a share is a number of instances. */
export function nearestShare(basisPoints: number, instances: { stable: number; candidate: number }): number {
  const counts = countsFor(split('stable', 'candidate', basisPoints), instances)
  const { stable = 0, candidate = 0 } = counts
  return stable + candidate === 0 ? basisPoints : Math.round((WHOLE * candidate) / (stable + candidate))
}
