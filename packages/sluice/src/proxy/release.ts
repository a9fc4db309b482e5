import type { Weighted } from '../std/smooth-round-robin.ts'
import type { Environment } from './environment.ts'
import { HoldQueue } from './hold-queue.ts'
import type { Instance } from './instance.ts'
import type { Shared } from './shared.ts'

/** A release as one worker serves it. */
export class Release implements Weighted {
  readonly id: string
  readonly environment: Environment
  weight: number
  credit: number
  /** Those that take new requests. */
  serving: Instance[]
  /** Requests at its instances that have not ended, without tunnels and event streams. */
  inFlight: number
  /** Those for which it has no room. */
  readonly queue: HoldQueue

  constructor(shared: Shared, id: string, environment: Environment, credit: number) {
    this.id = id
    this.environment = environment
    this.weight = 0
    this.credit = credit
    this.serving = []
    this.inFlight = 0
    const { inFlightPerRelease, overflow } = shared.limits
    this.queue = new HoldQueue(shared, overflow, () => this.inFlight >= inFlightPerRelease)
  }

  /** True while some instance can be tried that has not refused its last connection. */
  isAvailable(now: number): boolean {
    return this.serving.some((instance) => instance.isAvailable(now))
  }
}
