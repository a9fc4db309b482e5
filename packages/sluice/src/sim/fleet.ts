import type { ReleaseSeen } from '../core/event.ts'
import { compareFences, type Fence } from '../core/fence.ts'
import type { ReleaseId } from '../core/release.ts'
import type { Random } from '../std/random.ts'
import type { Behaviour, Scenario } from './scenario.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface SimInstance {
  release: ReleaseId
  slot: number
  state: 'starting' | 'ready' | 'sick' | 'gone'
  /** Takes new requests from some worker of the router. */
  isServing: boolean
  /** What it has in flight; at least one request while it serves. */
  requests: number
  tunnels: number
}

interface SimRelease {
  wanted: number
  instances: SimInstance[]
  exitsBeforeReady: number
  exitsAfterReady: number
  neverReady: number
}

const startupBudgetMs = 20_000
const restartMs = 500

/** The simulated target: instances that start, die and fall sick as the scenario says. */
export class Fleet {
  readonly releases: Record<ReleaseId, SimRelease> = {}
  /** Wrongs that only the target can see. */
  readonly wrongs: string[] = []
  readonly #scenario: Scenario
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #changed: () => void
  #fence: Fence = { token: 0, effect: 0 }
  #isStableLost = false

  constructor(scenario: Scenario, clock: VirtualClock, random: Random, changed: () => void) {
    this.#scenario = scenario
    this.#clock = clock
    this.#random = random
    this.#changed = changed
    const { stable, candidate, isWarm, warm } = scenario
    for (const party of [...(stable === null ? [] : [stable]), ...(isWarm ? [candidate] : []), ...warm]) {
      this.#release(party.release).wanted = party.count
      for (let slot = 0; slot < party.count; slot += 1) this.#becomeReady(this.#add(party.release, slot))
    }
    this.#troubleStable()
  }

  get instances(): SimInstance[] {
    return Object.values(this.releases).flatMap((release) => release.instances)
  }

  wantedOf(release: ReleaseId): number {
    return this.releases[release]?.wanted ?? 0
  }

  readyOf(release: ReleaseId): number {
    return this.releases[release]?.instances.filter((one) => one.state === 'ready').length ?? 0
  }

  /** Exactly `count` instances; false when a newer fence has been seen. */
  scale(release: ReleaseId, count: number, fence: Fence): boolean {
    if (compareFences(fence, this.#fence) < 0) return false
    this.#fence = fence
    const known = this.#release(release)
    known.wanted = count
    for (const instance of known.instances.filter((one) => one.slot >= count)) this.#end(instance)
    known.instances = known.instances.filter((one) => one.slot < count)
    for (let slot = 0; slot < count; slot += 1) {
      if (!known.instances.some((one) => one.slot === slot)) this.#start(release, slot, 0)
    }
    this.#changed()
    return true
  }

  seen(): Record<ReleaseId, ReleaseSeen> {
    const releases: Record<ReleaseId, ReleaseSeen> = {}
    for (const [name, release] of Object.entries(this.releases)) {
      releases[name] = {
        instances: release.instances.length,
        ready: this.readyOf(name),
        exitsBeforeReady: release.exitsBeforeReady,
        exitsAfterReady: release.exitsAfterReady,
        neverReady: release.neverReady,
        trouble: null,
      }
    }
    return releases
  }

  /** One of this release's ready instances ends by itself. */
  loseOne(release: ReleaseId): void {
    const instance = this.#release(release).instances.find((one) => one.state === 'ready')
    if (instance !== undefined) this.#exit(instance, restartMs)
  }

  // Users come back to what is about to end when a table is lost meanwhile, and a clock that jumps takes the time from a drain.
  // Tunnels last until somebody cuts them, and a router that does not see them cannot.
  #end(instance: SimInstance): void {
    const { losesTableAtMs, clockBack, traffic } = this.#scenario
    const isExcused = losesTableAtMs.length > 0 || clockBack !== null
    const tunnels = traffic === 'instances' ? 0 : instance.tunnels
    if (!isExcused && instance.requests + tunnels > 0) {
      this.wrongs.push(`${instance.release}/${instance.slot} was ended with requests in flight`)
    }
    instance.state = 'gone'
  }

  #add(release: ReleaseId, slot: number): SimInstance {
    const instance: SimInstance = {
      release,
      slot,
      state: 'starting',
      isServing: false,
      requests: 0,
      tunnels: 0,
    }
    this.#release(release).instances.push(instance)
    return instance
  }

  #start(release: ReleaseId, slot: number, delayMs: number): void {
    const instance = this.#add(release, slot)
    const readyInMs = delayMs + this.#scenario.startMs + this.#random.between(0, 20)
    const { kind } = this.#behaviourOf(release)
    if (kind === 'neverReady') {
      this.#clock.after(delayMs + startupBudgetMs, () => this.#giveUp(instance))
    } else if (kind === 'exitsAtOnce') {
      this.#clock.after(readyInMs, () => this.#exit(instance, restartMs))
    } else {
      this.#clock.after(readyInMs, () => {
        this.#becomeReady(instance)
        this.#changed()
      })
    }
  }

  #becomeReady(instance: SimInstance): void {
    if (instance.state === 'gone') return
    const behaviour = this.#behaviourOf(instance.release)
    instance.state = this.#isLost(instance.release) ? 'sick' : 'ready'
    if (behaviour.kind === 'dies') this.#clock.after(behaviour.afterMs, () => this.#exit(instance, restartMs))
    if (behaviour.kind === 'fallsSick') this.#clock.after(behaviour.afterMs, () => this.#fallSick(instance))
  }

  #fallSick(instance: SimInstance): void {
    if (instance.state !== 'ready') return
    instance.state = 'sick'
    this.#changed()
  }

  #giveUp(instance: SimInstance): void {
    if (instance.state !== 'starting') return
    this.#release(instance.release).neverReady += 1
    this.#startAgain(instance, restartMs)
  }

  #exit(instance: SimInstance, backAfterMs: number): void {
    if (instance.state === 'gone') return
    const release = this.#release(instance.release)
    if (instance.state === 'starting') release.exitsBeforeReady += 1
    else release.exitsAfterReady += 1
    this.#startAgain(instance, backAfterMs)
  }

  #startAgain(instance: SimInstance, delayMs: number): void {
    const release = this.#release(instance.release)
    instance.state = 'gone'
    instance.requests = 0
    instance.tunnels = 0
    release.instances = release.instances.filter((one) => one !== instance)
    if (instance.slot < release.wanted) this.#start(instance.release, instance.slot, delayMs)
    this.#changed()
  }

  #troubleStable(): void {
    const { stable, stableIs } = this.#scenario
    if (stable === null || stableIs.kind === 'good') return
    this.#clock.after(stableIs.atMs, () => {
      const { instances } = this.#release(stable.release)
      if (stableIs.kind === 'diesWholly') {
        for (const instance of [...instances]) this.#exit(instance, stableIs.backAfterMs)
      } else {
        this.#isStableLost = true
        for (const instance of instances) this.#fallSick(instance)
      }
    })
  }

  #isLost(release: ReleaseId): boolean {
    return this.#isStableLost && release === this.#scenario.stable?.release
  }

  #behaviourOf(release: ReleaseId): Behaviour {
    return release === this.#scenario.candidate.release ? this.#scenario.candidateIs : { kind: 'good' }
  }

  #release(release: ReleaseId): SimRelease {
    this.releases[release] ??= {
      wanted: 0,
      instances: [],
      exitsBeforeReady: 0,
      exitsAfterReady: 0,
      neverReady: 0,
    }
    return this.releases[release]
  }
}
