import {
  BUCKETS_PER_DOUBLING,
  countDuration,
  createHistogram,
  type Histogram,
  sparse,
} from '../../std/histogram.ts'
import type { LoadAnswer, LoadFailureKind, LoadMethod } from './load-exchange.ts'

export interface LoadFailure {
  /** Milliseconds since the Unix epoch, when it was known. */
  at: number
  kind: LoadFailureKind
  method: LoadMethod
  detail: string
}

/** How long one release was met, and what it answered. */
export interface ReleaseSeen {
  byStatus: Record<number, number>
  /** Of its first and newest answer, in milliseconds since the Unix epoch. */
  firstAt: number
  lastAt: number
}

export interface LoadMark {
  label: string
  /** Milliseconds since the Unix epoch. */
  at: number
  /** Counted from the start up to here. */
  sent: number
  answered: number
  failed: number
  /** Since the mark before, or the start. */
  longestGapMs: number
}

/** `sent` = `answered` + `failedCount` + `inFlight`. */
export interface LoadReport {
  sent: number
  /** Whole answers of any status. */
  answered: number
  inFlight: number
  byStatus: Record<number, number>
  failedCount: number
  /** The first 1,000 of them. */
  failed: LoadFailure[]
  /** Answers per release, where they name it. */
  byRelease: Record<string, number>
  releases: Record<string, ReleaseSeen>
  /** GETs sent again, since the server had closed their idle connection; each is in `sent` once. */
  staleRetries: number
  /** Attempts that this machine could not make for want of a port or descriptor; made again, no fault of the server. */
  notSent: number
  /** Upper edges of histogram buckets 2.2 % wide. At a given rate from when a request was due, else from when it was sent. */
  latency: { p50Ms: number; p99Ms: number; maxMs: number }
  /** The longest time without any answer, the one that still lasts included. */
  longestGapMs: number
  durationMs: number
  marks: LoadMark[]
}

const MAX_FAILURES = 1000

/** Counts of one load, as it goes. */
export interface Tally {
  sent: number
  answered: number
  byStatus: Record<number, number>
  failedCount: number
  failed: LoadFailure[]
  releases: Record<string, ReleaseSeen>
  staleRetries: number
  notSent: number
  latency: Histogram
  maxMs: number
  marks: LoadMark[]
  /** Monotonic milliseconds, as are those below. */
  startedMs: number
  lastAnswerMs: number
  longestGapMs: number
  longestGapSinceMarkMs: number
}

export function createTally(nowMs: number): Tally {
  return {
    sent: 0,
    answered: 0,
    byStatus: {},
    failedCount: 0,
    failed: [],
    releases: {},
    staleRetries: 0,
    notSent: 0,
    latency: createHistogram(),
    maxMs: 0,
    marks: [],
    startedMs: nowMs,
    lastAnswerMs: nowMs,
    longestGapMs: 0,
    longestGapSinceMarkMs: 0,
  }
}

export function countAnswer(tally: Tally, answer: LoadAnswer, latencyMs: number, nowMs: number): void {
  tally.answered++
  countStatus(tally.byStatus, answer.status)
  countDuration(tally.latency, latencyMs)
  tally.maxMs = Math.max(tally.maxMs, latencyMs)
  noteGap(tally, nowMs)
  tally.lastAnswerMs = nowMs

  const release = releaseOf(answer)
  if (release === undefined) return
  const at = Date.now()
  tally.releases[release] ??= { byStatus: {}, firstAt: at, lastAt: at }
  tally.releases[release].lastAt = at
  countStatus(tally.releases[release].byStatus, answer.status)
}

export function countFailure(tally: Tally, failure: LoadFailure): void {
  tally.failedCount++
  if (tally.failed.length < MAX_FAILURES) tally.failed.push(failure)
}

export function addMark(tally: Tally, label: string, nowMs: number): void {
  noteGap(tally, nowMs)
  const { sent, answered, failedCount: failed, longestGapSinceMarkMs: longestGapMs } = tally
  tally.marks.push({ label, at: Date.now(), sent, answered, failed, longestGapMs })
  tally.longestGapSinceMarkMs = 0
}

/** A copy: it does not change when the load goes on. */
export function reportOf(tally: Tally, nowMs: number): LoadReport {
  const { sent, answered, byStatus, failedCount, failed, releases, staleRetries, notSent, marks } = tally
  return structuredClone({
    sent,
    answered,
    inFlight: sent - answered - failedCount,
    byStatus,
    failedCount,
    failed,
    byRelease: Object.fromEntries(
      Object.entries(releases).map(([name, seen]) => [name, sumOf(seen.byStatus)]),
    ),
    releases,
    staleRetries,
    notSent,
    latency: {
      p50Ms: quantileMs(tally.latency, 0.5),
      p99Ms: quantileMs(tally.latency, 0.99),
      maxMs: tally.maxMs,
    },
    longestGapMs: Math.max(tally.longestGapMs, nowMs - tally.lastAnswerMs),
    durationMs: nowMs - tally.startedMs,
    marks,
  })
}

function countStatus(byStatus: Record<number, number>, status: number): void {
  byStatus[status] = (byStatus[status] ?? 0) + 1
}

// A gap that a mark interrupts counts on both sides of it with its whole length so far.
function noteGap(tally: Tally, nowMs: number): void {
  const gapMs = nowMs - tally.lastAnswerMs
  tally.longestGapMs = Math.max(tally.longestGapMs, gapMs)
  tally.longestGapSinceMarkMs = Math.max(tally.longestGapSinceMarkMs, gapMs)
}

function releaseOf({ headers, body }: LoadAnswer): string | undefined {
  const named = headers['x-release']
  return typeof named === 'string' ? named : /"release":\s?"([^"]+)"/.exec(body)?.[1]
}

function sumOf(counts: Record<number, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** The upper edge of the bucket that holds the quantile; 0 when nothing was counted. */
function quantileMs(histogram: Histogram, quantile: number): number {
  const buckets = sparse(histogram)
  let left = quantile * buckets.reduce((sum, [, count]) => sum + count, 0)
  for (const [index, count] of buckets) {
    left -= count
    if (left <= 0) return 2 ** ((index + 1) / BUCKETS_PER_DOUBLING)
  }
  return 0
}
