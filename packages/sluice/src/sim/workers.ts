import type { Routing } from '../core/effect.ts'
import type { RouterSeen } from '../core/event.ts'
import { compareFences, type Fence } from '../core/fence.ts'
import type { ReleaseId } from '../core/release.ts'
import { shareOf } from '../core/weights.ts'
import type { Random } from '../std/random.ts'
import type { Fleet, SimInstance } from './fleet.ts'
import type { Scenario } from './scenario.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The simulated router: two workers, of which the second follows the first after a while. */
export class Workers {
  /** What the first worker serves; null: it knows nothing of this environment. */
  routing: Routing | null = null
  /** Since when some users have been sent to a release with nothing ready while another could serve. */
  misroutedSince: number | null = null
  /** Since when it has served an older table that nobody told it to serve. */
  lostSince: number | null = null
  /** Grows with each restart: counters begin anew. */
  boot = 1
  readonly #scenario: Scenario
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #fleet: Fleet
  readonly #past: Routing[] = []
  #second: Routing | null = null
  #fence: Fence = { token: 0, effect: 0 }

  constructor(scenario: Scenario, clock: VirtualClock, random: Random, fleet: Fleet) {
    this.#scenario = scenario
    this.#clock = clock
    this.#random = random
    this.#fleet = fleet
    if (scenario.stable !== null) this.#install(allTo(scenario.stable.release))
    this.#second = this.routing
    this.serve()
  }

  /** Takes a table; false when a newer fence has been seen. */
  route(routing: Routing, fence: Fence): boolean {
    if (compareFences(fence, this.#fence) < 0) return false
    this.#fence = fence
    this.#install(routing)
    this.lostSince = null
    this.#clock.after(this.#scenario.workerLagMs, () => this.#follow(routing))
    return true
  }

  /** The workers restart with an older table, of other weights: what else is in a table its driver tells again. */
  loseTable(): void {
    const older = this.#past.findLast(({ weightEpoch }) => weightEpoch !== this.routing?.weightEpoch)
    if (older === undefined) return
    this.routing = older
    this.#second = older
    this.boot += 1
    this.lostSince = this.#clock.now
  }

  /** Makes the instances serve, or finish, as the tables say. */
  serve(): void {
    for (const instance of this.#fleet.instances) {
      const serves = this.#shouldServe(instance, this.routing) || this.#shouldServe(instance, this.#second)
      if (serves && !instance.isServing) instance.requests = 1
      if (!serves && instance.isServing) this.#letFinish(instance)
      instance.isServing = serves
      if (!serves && this.routing?.cut.includes(instance.release) && isLeaving(instance, this.routing)) {
        instance.requests = 0
        instance.tunnels = 0
      }
    }
    this.#noteMisrouting()
  }

  /** Instances that take new requests now. */
  servingCount(): number {
    return this.#fleet.instances.filter((one) => one.isServing).length
  }

  seen(): RouterSeen | null {
    const { routing } = this
    if (routing === null) return null
    const { weightEpoch, weights } = routing
    const reached = this.#second === routing
    if (this.#scenario.traffic === 'instances') return { weightEpoch, weights, reached, leaving: null }
    const leaving: NonNullable<RouterSeen['leaving']> = {}
    for (const { release } of this.#fleet.instances) leaving[release] ??= { requests: 0, tunnels: 0 }
    for (const instance of this.#fleet.instances.filter((one) => isLeaving(one, routing))) {
      leaving[instance.release]!.requests += instance.requests
      leaving[instance.release]!.tunnels += instance.tunnels
    }
    return { weightEpoch, weights, reached, leaving }
  }

  #install(routing: Routing): void {
    this.routing = routing
    this.#past.push(routing)
  }

  #follow(routing: Routing): void {
    if (this.routing !== routing) return
    this.#second = routing
    this.serve()
  }

  #shouldServe(instance: SimInstance, routing: Routing | null): boolean {
    if (routing === null || instance.state !== 'ready') return false
    return shareOf(routing.weights, instance.release) > 0 && !isLeaving(instance, routing)
  }

  // Most finish soon; tunnels stay until they are cut.
  #letFinish(instance: SimInstance): void {
    if (this.#random.chance(this.#scenario.tunnels)) instance.tunnels = 1
    this.#clock.after(this.#random.between(5, 300), () => {
      if (!instance.isServing) instance.requests = 0
    })
  }

  #noteMisrouting(): void {
    const weights = this.routing?.weights ?? {}
    const toNobody = Object.keys(weights).some(
      (release) => shareOf(weights, release) > 0 && this.#fleet.readyOf(release) === 0,
    )
    if (!toNobody || !this.#couldServe()) this.misroutedSince = null
    else this.misroutedSince ??= this.#clock.now
  }

  // Releases that are left from an earlier rollout are not asked to serve.
  #couldServe(): boolean {
    const { stable, candidate } = this.#scenario
    return [stable?.release, candidate.release].some(
      (release) => release !== undefined && this.#fleet.readyOf(release) > 0,
    )
  }
}

function allTo(release: ReleaseId): Routing {
  return { weightEpoch: 0, weights: { [release]: 10_000 }, keep: {}, cut: [], hold: false, preview: null }
}

function isLeaving(instance: SimInstance, routing: Routing): boolean {
  const keep = routing.keep[instance.release]
  return keep !== undefined && instance.slot >= keep
}
