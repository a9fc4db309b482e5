import type { BootCounts } from '../counts.ts'
import type { Ms, ReleaseId } from '../release.ts'

/** Requests and failures of both arms. */
export interface Arms {
  nC: number
  xC: number
  nS: number
  xS: number
}

/** What the guard remembers: cumulative counts per boot, one-second buckets of the last 30 s, and sums. */
export interface GuardState {
  /** False until the first measurement, which is the baseline and counts for nothing. */
  hasBaseline: boolean
  last: Record<string, Arms>
  buckets: (Arms & { at: Ms })[]
  total: Arms
  /** Stable's failures when it last had traffic enough to tell; judges a candidate that has all of it. */
  reference: { n: number; x: number } | null
}

export interface GuardFinding {
  window: Arms
  /** Failed share of each arm, 0 to 1. */
  candidateShare: number
  stableShare: number
}

const windowMs = 30_000
const bucketMs = 1_000
const none: Arms = { nC: 0, xC: 0, nS: 0, xS: 0 }

export function newGuard(): GuardState {
  return { hasBaseline: false, last: {}, buckets: [], total: none, reference: null }
}

/** Adds a measurement. Counts are cumulative per boot, so one that is repeated or comes late adds nothing. */
export function absorbCounts(
  guard: GuardState,
  measured: { at: Ms; boots: BootCounts[]; candidate: ReleaseId; stable: ReleaseId | null },
): GuardState {
  const last = { ...guard.last }
  let grown = none
  for (const boot of measured.boots) {
    const now = armsOf(boot, measured.candidate, measured.stable)
    const before = last[boot.boot] ?? (guard.hasBaseline ? none : now)
    last[boot.boot] = highest(before, now)
    grown = add(grown, subtract(last[boot.boot]!, before))
  }
  const buckets = withGrowth(guard.buckets, grown, measured.at)
  const window = buckets.reduce(add, none)
  return {
    hasBaseline: true,
    last,
    buckets,
    total: add(guard.total, grown),
    reference: window.nS >= 20 ? { n: window.nS, x: window.xS } : guard.reference,
  }
}

/**
 * Guard B of the analysis reference, section 7: over the last 30 s at least half of 20 candidate requests failed and
 * 40 points more than stable's, or all of 10 while stable fails less than a tenth. Null while it finds nothing.
 */
export function guardFinding(guard: GuardState): GuardFinding | null {
  const window = guard.buckets.reduce(add, none)
  const { nC, xC } = window
  if (nC === 0) return null
  const candidateShare = xC / nC
  const stableShare = stableShareOf(window, guard)
  const mostFail = nC >= 20 && candidateShare >= 0.5 && candidateShare - stableShare >= 0.4
  const allFail = nC >= 10 && xC === nC && stableShare < 0.1
  return mostFail || allFail ? { window, candidateShare, stableShare } : null
}

function stableShareOf(window: Arms, guard: GuardState): number {
  if (window.nS > 0) return window.xS / window.nS
  return guard.reference === null ? 0 : guard.reference.x / guard.reference.n
}

function armsOf(boot: BootCounts, candidate: ReleaseId, stable: ReleaseId | null): Arms {
  let { nC, xC, nS, xS } = none
  for (const [key, counts] of Object.entries(boot.arms)) {
    const release = key.slice(0, key.lastIndexOf('@'))
    if (release === candidate) {
      nC += counts.requests
      xC += counts.bad
    } else if (release === stable) {
      nS += counts.requests
      xS += counts.bad
    }
  }
  return { nC, xC, nS, xS }
}

function withGrowth(buckets: GuardState['buckets'], grown: Arms, at: Ms): GuardState['buckets'] {
  const start = Math.floor(at / bucketMs) * bucketMs
  const recent = buckets.filter((bucket) => bucket.at > at - windowMs)
  const newest = recent.at(-1)
  if (newest !== undefined && newest.at >= start) {
    return [...recent.slice(0, -1), { ...add(newest, grown), at: newest.at }]
  }
  return [...recent, { ...grown, at: start }]
}

function add(a: Arms, b: Arms): Arms {
  return { nC: a.nC + b.nC, xC: a.xC + b.xC, nS: a.nS + b.nS, xS: a.xS + b.xS }
}

function subtract(a: Arms, b: Arms): Arms {
  return { nC: a.nC - b.nC, xC: a.xC - b.xC, nS: a.nS - b.nS, xS: a.xS - b.xS }
}

function highest(a: Arms, b: Arms): Arms {
  return {
    nC: Math.max(a.nC, b.nC),
    xC: Math.max(a.xC, b.xC),
    nS: Math.max(a.nS, b.nS),
    xS: Math.max(a.xS, b.xS),
  }
}
