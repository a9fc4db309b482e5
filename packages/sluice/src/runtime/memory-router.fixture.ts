import type { RouterAbilities } from '../core/capabilities.ts'
import type { ArmCounts, Cohort } from '../core/counts.ts'
import { noCounts } from '../core/counts.ts'
import { compareFences, type Fence } from '../core/fence.ts'
import { shareOf, type Weights } from '../core/weights.ts'
import { SluiceError } from '../errors.ts'
import type { Router, RouterCounts, RouterObservation, RouteSettings, Traffic } from '../routers/router.ts'
import { drawSmoothly } from '../std/smooth-round-robin.ts'
import type { Clock } from './clock.ts'

export const memoryAbilities: RouterAbilities = {
  traffic: 'weighted',
  hold: true,
  drill: true,
  preview: true,
  sticky: true,
  inFlight: true,
  counts: true,
}

interface Route {
  traffic: Traffic | null
  fence: Fence
  credits: Map<string, { weight: number; credit: number }>
  arms: Record<Cohort, Record<string, ArmCounts>>
}

/** What answers requests; it outlives the routers that are opened on it. */
export class MemoryProxy {
  readonly routes = new Map<string, Route>()
  /** Every traffic that was taken, oldest first. */
  readonly told: Traffic[] = []
  readonly inFlight: Record<string, { requests: number; tunnels: number }> = {}
  /** Calls are answered with this while it is set. */
  refusal: SluiceError | null = null
  /** Calls are held until this resolves. */
  hold: Promise<void> = Promise.resolve()

  route(environment: string): Route {
    const known = this.routes.get(environment)
    if (known !== undefined) return known
    const route: Route = {
      traffic: null,
      fence: { token: 0, effect: 0 },
      credits: new Map(),
      arms: { users: {}, synthetic: {} },
    }
    this.routes.set(environment, route)
    return route
  }

  /** A request that is answered with this status after `end` has been called on what it answers; null: 503 at once. */
  begin(environment: string): { instance: string; end(status: number): void } | null {
    const route = this.route(environment)
    const { traffic, credits } = route
    if (traffic === null) return null
    const serving = traffic.releases
      .map(({ release, instances }) => ({
        release,
        instances: instances.filter(({ state }) => state === 'serving'),
      }))
      .filter(({ release, instances }) => instances.length > 0 && shareOf(traffic.weights, release) > 0)
    const drawn =
      serving[drawSmoothly(serving.map(({ release }) => credit(credits, release, traffic.weights)))]
    if (drawn === undefined) return null
    const { id } = drawn.instances[0]!
    const counts = this.inFlight[id] ?? { requests: 0, tunnels: 0 }
    this.inFlight[id] = counts
    counts.requests += 1
    const arm = `${drawn.release}@${traffic.weightEpoch}`
    return {
      instance: id,
      end(status) {
        counts.requests -= 1
        count(route.arms.users, arm, status)
      },
    }
  }

  /** A drill's request for this release; answers its status, which is an error where the drill wants all to be. */
  drilled(environment: string, release: string): number {
    const { traffic, arms } = this.route(environment)
    const isThere = traffic?.releases.some((one) => one.release === release && one.instances.length > 0)
    if (traffic?.drill === undefined || isThere !== true) return 404
    const status = traffic.drill.release === release && traffic.drill.errorShare === 1 ? 500 : 200
    count(arms.synthetic, `${release}@${traffic.weightEpoch}`, status)
    return status
  }
}

function count(arms: Record<string, ArmCounts>, arm: string, status: number): void {
  const kept = arms[arm] ?? noCounts
  arms[arm] = {
    ...kept,
    requests: kept.requests + 1,
    bad: kept.bad + (status >= 500 ? 1 : 0),
    clientErrors: kept.clientErrors + (status >= 400 && status < 500 ? 1 : 0),
  }
}

/** A router whose workers are one map; it gives up after `patienceMs`. */
export class MemoryRouter implements Router {
  readonly can = memoryAbilities
  readonly #proxy: MemoryProxy
  readonly #clock: Clock
  readonly #patienceMs: number

  constructor(proxy: MemoryProxy, clock: Clock, patienceMs = 10_000) {
    this.#proxy = proxy
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  async route(traffic: Traffic, fence: Fence): Promise<void> {
    await this.#answer()
    const route = this.#fenced(traffic.environment, fence)
    for (const [name, other] of this.#proxy.routes)
      if (name !== traffic.environment && other.traffic !== null) refuseConflict(traffic, other.traffic)
    route.traffic = structuredClone(traffic)
    this.#proxy.told.push(route.traffic)
  }

  async observe(environment: string): Promise<RouterObservation> {
    await this.#answer()
    const { traffic } = this.#proxy.route(environment)
    const inFlight = structuredClone(this.#proxy.inFlight)
    if (traffic === null) return { weightEpoch: 0, weights: {}, reached: true, inFlight, cut: {} }
    return { weightEpoch: traffic.weightEpoch, weights: traffic.weights, reached: true, inFlight, cut: {} }
  }

  async counts(environment: string, cohort: Cohort = 'users'): Promise<RouterCounts> {
    await this.#answer()
    const arms = this.#proxy.route(environment).arms[cohort]
    const requests = Object.values(arms).reduce((sum, arm) => sum + arm.requests, 0)
    const failed = Object.values(arms).reduce((sum, arm) => sum + arm.bad, 0)
    return {
      boots: [{ boot: 'only', arms: structuredClone(arms) }],
      instances: [],
      totals: { requests, failed, retried: 0, aborted: 0 },
    }
  }

  async remove(environment: string, fence: Fence): Promise<void> {
    await this.#answer()
    this.#fenced(environment, fence).traffic = null
  }

  async warnings(): Promise<string[]> {
    return []
  }

  url({ hosts, preview }: RouteSettings): { live: string; preview: string | null } {
    return {
      live: `http://${hosts[0]}/`,
      preview: preview === null ? null : `http://${preview.hosts[0]}/?sluice_token=${preview.token}`,
    }
  }

  async close(): Promise<void> {}

  async #answer(): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    const late = () => reject(new SluiceError('PROXY_UNREACHABLE', 'no answer in time'))
    const callOff = this.#clock.at(this.#clock.now() + this.#patienceMs, late)
    await Promise.race([this.#proxy.hold, promise]).finally(callOff)
    if (this.#proxy.refusal !== null) throw this.#proxy.refusal
  }

  #fenced(environment: string, fence: Fence): Route {
    const route = this.#proxy.route(environment)
    if (compareFences(fence, route.fence) < 0)
      throw new SluiceError('FENCED', `${environment} has seen a newer effect`)
    route.fence = fence
    return route
  }
}

function credit(credits: Route['credits'], release: string, weights: Weights) {
  const kept = credits.get(release) ?? { weight: 0, credit: 0 }
  kept.weight = shareOf(weights, release)
  credits.set(release, kept)
  return kept
}

function refuseConflict(traffic: Traffic, other: Traffic): void {
  const { hosts, pathPrefix } = traffic.settings
  const isSame = other.settings.pathPrefix === pathPrefix
  const host = hosts.find((one) => other.settings.hosts.includes(one))
  if (isSame && host !== undefined) {
    const message = `${traffic.environment} wants ${host}${pathPrefix}, which is ${other.environment}'s`
    throw new SluiceError('ROUTE_CONFLICT', message)
  }
}
