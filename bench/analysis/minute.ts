import { quantileBucket, upperEdgeMs } from '../../packages/sluice/src/core/analysis/latency-histogram.ts'
import { slowOf } from './durations.ts'
import { type Arm, nobody, type Slice, together } from './traffic.ts'

/** What the other rules see of one arm: the totals of a minute, as a query over a metrics store answers. */
export interface Totals {
  requests: number
  bad: number
  /** From buckets 2.2 % wide; null without good answers, or where durations are not looked at. */
  p99Ms: number | null
  /** Good answers, and those of them slower than stable's true p99. */
  good: number
  slow: number
}

export interface Minute {
  candidate: Totals
  stable: Totals
  /** A part of stable as large as the candidate. */
  fork: Totals
}

/** A rule of somebody else: takes one minute after the other and says whether it rolls back now. */
export type Rule = (minute: Minute) => boolean

/** Twelve ticks as one minute. */
export function minuteOf(slices: readonly Slice[]): Minute {
  const sum = (armOf: (slice: Slice) => Arm) => slices.map(armOf).reduce(together, nobody)
  const fork = sum((slice) => slice.fork)
  const stable = together(
    fork,
    sum((slice) => slice.rest),
  )
  return {
    candidate: totalsOf(sum((slice) => slice.candidate)),
    stable: totalsOf(stable),
    fork: totalsOf(fork),
  }
}

function totalsOf({ requests, bad, latency }: Arm): Totals {
  const bucket = quantileBucket(latency, 0.99)
  return {
    requests,
    bad,
    p99Ms: bucket === null ? null : upperEdgeMs(bucket),
    good: requests - bad,
    slow: slowOf(latency),
  }
}
