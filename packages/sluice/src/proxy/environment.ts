import { HoldQueue } from './hold-queue.ts'
import { Instance } from './instance.ts'
import { Release } from './release.ts'
import type { Shared } from './shared.ts'
import type { EnvironmentRoute, ReleaseRoute } from './table.ts'
import type { Wish } from './wish.ts'

/** Fraction by which each worker is further on than the one before: the golden ratio never falls into step. */
const WORKER_PHASE = 0.618
const WHOLE = 10_000

/** One environment as one worker serves it. It outlives tables, and with it credits, pools and ejections. */
export class Environment {
  readonly name: string
  route: EnvironmentRoute
  /** Newest first. */
  releases: Release[]
  /** Those with a weight and an instance that takes requests. */
  drawable: Release[]
  readonly queue: HoldQueue
  /** What most requests ask for: whatever the weights give. */
  readonly anybody: Wish
  readonly #shared: Shared
  #instances: Map<string, Instance>

  constructor(shared: Shared, route: EnvironmentRoute) {
    this.name = route.name
    this.route = route
    this.releases = []
    this.drawable = []
    this.queue = new HoldQueue(shared, { maxRequests: 0, maxWaitMs: 0 }, () => this.route.hold !== null)
    this.anybody = { environment: this, cohort: 'users', release: null, key: null, fault: null, lines: [] }
    this.#shared = shared
    this.#instances = new Map()
  }

  get instances(): Iterable<Instance> {
    return this.#instances.values()
  }

  release(id: string): Release | null {
    return this.releases.find((release) => release.id === id) ?? null
  }

  /** False for an instance that is gone or going. */
  keeps(id: string): boolean {
    const instance = this.#instances.get(id)
    return instance !== undefined && instance.state !== 'closing'
  }

  /** Serves by this route from now on. Returns the instances of which everything has to be cut. */
  update(route: EnvironmentRoute): Instance[] {
    const isNewEpoch = route.weightEpoch !== this.route.weightEpoch
    const before = this.#instances
    this.route = route
    // Kept when the hold ends: newcomers queue until those who came before have gone.
    if (route.hold !== null) this.queue.patience = route.hold
    this.#instances = new Map()
    this.releases = route.releases.map((release, i) => this.#updateRelease(release, i, before))
    this.drawable = this.releases.filter((release) => release.weight > 0 && release.serving.length > 0)
    if (isNewEpoch) for (const instance of this.instances) instance.beginWeightEpoch()
    return this.#leaving(before)
  }

  /** The environment is gone from the table. Returns all its instances. */
  close(): Instance[] {
    const { route } = this
    this.queue.refuseAll()
    return this.update({ ...route, releases: [] })
  }

  #updateRelease(route: ReleaseRoute, index: number, before: Map<string, Instance>): Release {
    const isOldest = index === this.route.releases.length - 1
    const release =
      this.release(route.id) ?? new Release(this.#shared, route.id, this, isOldest ? 0 : this.#firstCredit())
    release.weight = route.weight
    const instances = route.instances.map((entry, i) => {
      const known = before.get(entry.id)
      const instance =
        known ?? new Instance(this.#shared, release, entry, this.#turn(i, route.instances.length))
      instance.state = entry.state
      if (entry.state !== 'serving') instance.pool.closeAll()
      this.#instances.set(entry.id, instance)
      return instance
    })
    release.serving = instances.filter((instance) => instance.state === 'serving')
    return release
  }

  /** Each worker begins elsewhere in the round, or all would send their first request to the candidate together. */
  #firstCredit(): number {
    return -WHOLE * ((this.#shared.workerIndex * WORKER_PHASE) % 1)
  }

  #turn(index: number, count: number): number {
    return -((index + this.#shared.workerIndex) % count) / count
  }

  #leaving(before: Map<string, Instance>): Instance[] {
    const vanished = [...before.values()].filter((instance) => !this.#instances.has(instance.id))
    for (const instance of vanished) instance.state = 'closing'
    const closing = [...this.instances].filter((instance) => instance.state === 'closing')
    return [...vanished, ...closing]
  }
}
