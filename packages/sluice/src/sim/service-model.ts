import type { LatencyHistogram } from '../core/analysis/latency-histogram.ts'
import { bucketOf } from '../std/histogram.ts'
import { normalQuantile } from '../std/normal-quantile.ts'

/** A service as it is modelled: requests come by chance, fail by chance, and take lognormal times. */
export interface Service {
  requestsPerSecond: number
  /** Bad requests per request. */
  failedShare: number
  /** 4xx answers per request. */
  clientErrorShare: number
  /** Time to first byte. */
  medianMs: number
  p99Ms: number
}

/** How a candidate differs from stable. Both factors are 1 where it does not. */
export interface Change {
  /** So many times as many requests fail. */
  failures: number
  /** The slowest twentieth of the answers take so many times as long. */
  slowest: number
}

/** A service and a change of it, worked out for many runs. */
export interface ServiceModel {
  service: Service
  stable: ArmModel
  candidate: ArmModel
  /** The part of the candidate's requests that suffer: that fail beyond stable's share, or are slow beyond stable's p99. */
  harmed: number
}

/** What becomes of each request to a release. The shares sum to 1. */
export interface ArmModel {
  failed: number
  clientErrors: number
  /** All other answers, by bucket of their time to first byte. */
  answers: LatencyHistogram
}

/** A candidate like stable. */
export const unchanged: Change = { failures: 1, slowest: 1 }

/** The part of the answers that a change of `slowest` makes slower. */
const slowestPart = 0.05
/** So many answers, evenly spread over the distribution, stand for all of them. */
const points = 10_000
/** The standard normal distribution's quantile of 0.99. */
const zOf99 = normalQuantile(0.99)

/** Works out what becomes of the requests to stable and to a candidate with this change. */
export function serviceModel(service: Service, change: Change): ServiceModel {
  const [before, after] = [answerTimes(service, unchanged), answerTimes(service, change)]
  const stable = armModel(service, service.failedShare, before)
  const candidate = armModel(service, service.failedShare * change.failures, after)
  const slow = after.filter((ms) => ms > service.p99Ms).length / points - 0.01
  const harmed = Math.max(0, candidate.failed - stable.failed) + Math.max(0, slow) * (1 - candidate.failed)
  return { service, stable, candidate, harmed }
}

function armModel({ clientErrorShare }: Service, failedShare: number, times: number[]): ArmModel {
  const failed = Math.min(1 - clientErrorShare, failedShare)
  const each = (1 - failed - clientErrorShare) / points
  const answers = new Map<number, number>()
  for (const ms of times) answers.set(cellOf(ms), (answers.get(cellOf(ms)) ?? 0) + each)
  return { failed, clientErrors: clientErrorShare, answers: [...answers].sort(([a], [b]) => a - b) }
}

function answerTimes({ medianMs, p99Ms }: Service, { slowest }: Change): number[] {
  const sigma = Math.log(p99Ms / medianMs) / zOf99
  return Array.from({ length: points }, (_, i) => {
    const rank = (i + 0.5) / points
    return medianMs * Math.exp(sigma * normalQuantile(rank)) * (rank > 1 - slowestPart ? slowest : 1)
  })
}

// Two buckets as one, 4.4 % wide: half the work for each tick, and the usual margins are whole numbers of them.
function cellOf(ms: number): number {
  return bucketOf(ms) | 1
}
