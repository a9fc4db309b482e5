import type { ArmCounts, BootCounts } from '../counts.ts'
import type { Ms, ReleaseId } from '../release.ts'
import { forgottenEpoch, partsOf } from './arm-key.ts'
import { addTickCounts, noTickCounts, type TickCounts } from './e-process.ts'

/** What was counted in one second under one weight epoch. */
export interface Bucket extends TickCounts {
  at: Ms
  epoch: number
  /** Stable's failed share as it was known then; stands in where stable has no requests in this bucket. */
  known: number
}

/** What the guard remembers: cumulative counts per boot and weight epoch, the buckets of the last 30 s, and sums. */
export interface GuardState {
  /** Null until the first measurement, which is the baseline and counts for nothing. */
  measuredAt: Ms | null
  last: Record<string, TickCounts>
  buckets: Bucket[]
  total: TickCounts
  /** Stable's failures when it last had traffic enough to tell; judges a candidate that has all of it. */
  reference: { n: number; x: number } | null
}

export interface GuardFinding {
  window: TickCounts
  /** Failed share of each arm, 0 to 1; stable's in the same seconds and epochs as the candidate's. */
  candidateShare: number
  stableShare: number
}

const windowMs = 30_000
const bucketMs = 1_000

export function newGuard(): GuardState {
  return { measuredAt: null, last: {}, buckets: [], total: noTickCounts, reference: null }
}

/** Adds a measurement. Counts are cumulative per boot, so one that is repeated or comes late adds nothing. */
export function absorbCounts(
  guard: GuardState,
  measured: { at: Ms; boots: BootCounts[]; candidate: ReleaseId; stable: ReleaseId | null },
): GuardState {
  const last = { ...guard.last }
  const known = guard.reference === null ? 0 : guard.reference.x / guard.reference.n
  const start = Math.floor(measured.at / bucketMs) * bucketMs
  let buckets = guard.buckets.filter((bucket) => bucket.at > measured.at - windowMs)
  let grown = noTickCounts
  for (const boot of measured.boots) {
    for (const [epoch, now] of armsByEpoch(boot, measured.candidate, measured.stable)) {
      const key = `${boot.boot}@${epoch}`
      const before = last[key] ?? (guard.measuredAt === null ? now : noTickCounts)
      const highest = higher(before, now)
      const growth = subtract(highest, before)
      last[key] = highest
      grown = addTickCounts(grown, growth)
      buckets = withGrowth(buckets, { ...growth, at: start, epoch, known })
    }
  }
  const window = buckets.reduce(addTickCounts, noTickCounts)
  return {
    measuredAt: measured.at,
    last,
    buckets,
    total: addTickCounts(guard.total, grown),
    reference: window.nS >= 20 ? { n: window.nS, x: window.xS } : guard.reference,
  }
}

/**
 * Guard B of the analysis reference, section 7: over the last 30 s at least half of 20 candidate requests failed and
 * 40 points more than stable's, or all of 10 while stable fails less than a tenth. Null while it finds nothing.
 */
export function guardFinding(guard: GuardState): GuardFinding | null {
  const window = guard.buckets.reduce(addTickCounts, noTickCounts)
  const { nC, xC } = window
  if (nC === 0) return null
  const candidateShare = xC / nC
  const stableShare = stableShareBeside(guard)
  const mostFail = nC >= 20 && candidateShare >= 0.5 && candidateShare - stableShare >= 0.4
  const allFail = nC >= 10 && xC === nC && stableShare < 0.1
  return mostFail || allFail ? { window, candidateShare, stableShare } : null
}

// Stable's failures in each bucket, weighted by the candidate's requests in it. Summed plainly, the good requests that
// stable had before the candidate's share grew would make an outage of both look like the candidate's alone.
function stableShareBeside(guard: GuardState): number {
  let weighted = 0
  let weight = 0
  for (const { nC, nS, xS, known } of guard.buckets) {
    weighted += nC * (nS > 0 ? xS / nS : known)
    weight += nC
  }
  return weighted / weight
}

function armsByEpoch(
  boot: BootCounts,
  candidate: ReleaseId,
  stable: ReleaseId | null,
): Map<number, TickCounts> {
  const epochs = new Map<number, TickCounts>()
  for (const [key, counts] of Object.entries(boot.arms)) {
    const { release, epoch } = partsOf(key)
    if (epoch === forgottenEpoch || (release !== candidate && release !== stable)) continue
    epochs.set(epoch, addTickCounts(epochs.get(epoch) ?? noTickCounts, armOf(counts, release === candidate)))
  }
  return epochs
}

function armOf({ requests, bad }: ArmCounts, isCandidate: boolean): TickCounts {
  return isCandidate ? { ...noTickCounts, nC: requests, xC: bad } : { ...noTickCounts, nS: requests, xS: bad }
}

function withGrowth(buckets: Bucket[], grown: Bucket): Bucket[] {
  if (grown.nC + grown.nS === 0) return buckets
  const index = buckets.findLastIndex(({ at, epoch }) => at === grown.at && epoch === grown.epoch)
  if (index === -1) return [...buckets, grown]
  return buckets.with(index, { ...buckets[index]!, ...addTickCounts(buckets[index]!, grown) })
}

function subtract(a: TickCounts, b: TickCounts): TickCounts {
  return { nC: a.nC - b.nC, xC: a.xC - b.xC, nS: a.nS - b.nS, xS: a.xS - b.xS }
}

function higher(a: TickCounts, b: TickCounts): TickCounts {
  return {
    nC: Math.max(a.nC, b.nC),
    xC: Math.max(a.xC, b.xC),
    nS: Math.max(a.nS, b.nS),
    xS: Math.max(a.xS, b.xS),
  }
}
