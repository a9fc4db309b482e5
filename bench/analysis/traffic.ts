import type { LatencyHistogram } from '../../packages/sluice/src/core/analysis/latency-histogram.ts'
import { addTo } from '../../packages/sluice/src/core/analysis/latency-histogram.ts'
import type { Random } from '../../packages/sluice/src/std/random.ts'
import { poisson } from './draws.ts'
import { type Durations, drawDurations, durations, slowShare } from './durations.ts'
import type { Course, Scenario } from './scenario.ts'

/** What one arm did in some time. */
export interface Arm {
  requests: number
  bad: number
  /** Client-windows with a failure in them: each burst is one. */
  badWindows: number
  /** Of good answers. */
  latency: LatencyHistogram
}

/** What a router saw in one tick. */
export interface Slice {
  /** When it ended, in seconds. */
  at: number
  share: number
  candidate: Arm
  /** A part of stable as large as the candidate, for those who compare with a baseline of equal size. */
  fork: Arm
  /** The rest of stable. */
  rest: Arm
  /** How many more users were failed, or answered later than stable's p99, than stable would have: expected. */
  harmed: number
}

export const tickSeconds = 5

export const nobody: Arm = { requests: 0, bad: 0, badWindows: 0, latency: [] }

/** Draws the traffic of a scenario: Poisson, each request an arm by lot. */
export class Traffic {
  readonly #scenario: Scenario
  readonly #requestsPerSecond: number
  readonly #random: Random
  readonly #usual: Durations | null
  readonly #slower: Durations | null

  constructor(scenario: Scenario, requestsPerSecond: number, random: Random) {
    this.#scenario = scenario
    this.#requestsPerSecond = requestsPerSecond
    this.#random = random
    this.#usual = scenario.slower === null ? null : durations(1)
    this.#slower = scenario.slower === null ? null : durations(scenario.slower)
  }

  /** The tick that ends `at` this second. */
  slice({ share, stable, candidate }: Course, at: number): Slice {
    const from = at - tickSeconds
    const w = share(from)
    const forked = Math.min(w, 1 - w)
    const pS = stable(from, at)
    const pC = candidate(from, at)
    const slow = this.#scenario.slower === null ? 0 : slowShare(this.#scenario.slower) - slowShare(1)
    return {
      at,
      share: w,
      candidate: this.#arm(w, pC, this.#slower, tickSeconds),
      fork: this.stable(forked, pS, tickSeconds),
      rest: this.stable(1 - w - forked, pS, tickSeconds),
      harmed: w * this.#requestsPerSecond * tickSeconds * (pC - pS + slow),
    }
  }

  /** A part of the traffic that stable gets, for so many seconds. */
  stable(share: number, badShare: number, seconds: number): Arm {
    return this.#arm(share, badShare, this.#usual, seconds)
  }

  #arm(share: number, badShare: number, durations: Durations | null, seconds: number): Arm {
    const mean = share * this.#requestsPerSecond * seconds
    if (mean <= 0) return nobody
    const { longestBurst } = this.#scenario
    const badWindows = poisson((mean * badShare) / ((1 + longestBurst) / 2), this.#random)
    let bad = 0
    for (let i = 0; i < badWindows; i++) bad += longestBurst === 1 ? 1 : this.#random.between(1, longestBurst)
    const meanGood = mean * (1 - badShare)
    if (durations === null)
      return { requests: poisson(meanGood, this.#random) + bad, bad, badWindows, latency: [] }
    const latency = drawDurations(durations, meanGood, this.#random)
    return { requests: latency.reduce((sum, [, count]) => sum + count, bad), bad, badWindows, latency }
  }
}

export function together(a: Arm, b: Arm): Arm {
  if (a === nobody) return b
  return {
    requests: a.requests + b.requests,
    bad: a.bad + b.bad,
    badWindows: a.badWindows + b.badWindows,
    latency: addTo(a.latency, b.latency),
  }
}
