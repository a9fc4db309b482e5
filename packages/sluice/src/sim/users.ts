import { type BootCounts, noCounts } from '../core/counts.ts'
import type { ReleaseId } from '../core/release.ts'
import type { Random } from '../std/random.ts'
import type { Fleet } from './fleet.ts'
import type { Scenario } from './scenario.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { Workers } from './workers.ts'

/** The simulated users: they arrive evenly, and each release fails its share of them as the scenario says. */
export class Users {
  readonly #scenario: Scenario
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #fleet: Fleet
  readonly #workers: Workers
  readonly #beganAt: number
  #boot: number
  #counts: Record<string, { requests: number; bad: number }> = {}
  #arriving = 0
  #countedTo: number

  constructor(scenario: Scenario, clock: VirtualClock, random: Random, fleet: Fleet, workers: Workers) {
    this.#scenario = scenario
    this.#clock = clock
    this.#random = random
    this.#fleet = fleet
    this.#workers = workers
    this.#boot = workers.boot
    this.#beganAt = clock.now
    this.#countedTo = clock.now
  }

  /** Counts who came since the last time. Called before anything changes that decides where they go. */
  count(): void {
    const { routing, boot } = this.#workers
    const elapsedMs = this.#clock.now - this.#countedTo
    this.#countedTo = this.#clock.now
    if (boot !== this.#boot) this.#counts = {}
    this.#boot = boot
    if (routing === null) return
    this.#arriving += (elapsedMs * this.#scenario.requestsPerSecond) / 1_000
    const arrived = Math.floor(this.#arriving)
    this.#arriving -= arrived
    for (const [release, share] of Object.entries(routing.weights)) {
      if (share === 0) continue
      const key = `${release}@${routing.weightEpoch}`
      this.#counts[key] ??= { requests: 0, bad: 0 }
      const counts = this.#counts[key]
      const requests = this.#rounded((arrived * share) / 10_000)
      counts.requests += requests
      counts.bad += this.#failed(requests, this.#badShare(release))
    }
  }

  /** The router's counters. */
  boots(): BootCounts[] {
    this.count()
    const arms: BootCounts['arms'] = {}
    for (const [key, { requests, bad }] of Object.entries(this.#counts)) {
      arms[key as keyof BootCounts['arms']] = { ...noCounts, requests, bad }
    }
    return [{ boot: `w${this.#boot}`, arms }]
  }

  // What fails always does so by chance, as in life; else chance would have nothing to say in the evidence.
  #failed(requests: number, share: number): number {
    const { background } = this.#scenario
    const failed = Math.min(requests, this.#rounded(requests * share))
    if (background === 0) return failed
    let others = 0
    for (let left = requests - failed; left > 0; left -= 1) if (this.#random.chance(background)) others += 1
    return failed + others
  }

  #badShare(release: ReleaseId): number {
    if (this.#fleet.readyOf(release) === 0) return 1
    const { candidate, candidateIs } = this.#scenario
    const own = release === candidate.release && candidateIs.kind === 'fails' ? candidateIs.share : 0
    return Math.max(own, this.#outageShare())
  }

  #outageShare(): number {
    const { outage } = this.#scenario
    const sinceMs = this.#clock.now - this.#beganAt
    return outage !== null && sinceMs >= outage.fromMs && sinceMs < outage.untilMs ? outage.share : 0
  }

  #rounded(exact: number): number {
    return Math.floor(exact) + (this.#random.chance(exact - Math.floor(exact)) ? 1 : 0)
  }
}
