import { Bag } from '../std/bag.ts'
import type { Weighted } from '../std/smooth-round-robin.ts'
import type { Cohort, Counter } from './counters.ts'
import type { Exchange } from './exchange.ts'
import type { Release } from './release.ts'
import type { Shared } from './shared.ts'
import type { InstanceRoute } from './table.ts'
import { UpstreamPool } from './upstream-pool.ts'

/** One running copy of a release as one worker sees it: what is under way there, and whether it can be reached. */
export class Instance implements Weighted {
  readonly id: string
  readonly host: string
  readonly port: number
  readonly release: Release
  readonly weight: number
  credit: number
  state: InstanceRoute['state']
  /** Requests that were given to it and have not ended. */
  inFlight: number
  /** Open tunnels and event streams; they are not in `inFlight`. */
  tunnels: number
  /** Whatever is counted in the two above. */
  readonly exchanges: Bag<Exchange>
  readonly pool: UpstreamPool
  readonly #shared: Shared
  /** Null while nothing was counted in the weight epoch in force. */
  #users: Counter | null
  #synthetic: Counter | null
  #coldUntil: number
  #coldRequestsLeft: number
  #ejectedUntil: number
  #probe: Exchange | null

  constructor(shared: Shared, release: Release, route: InstanceRoute, credit: number) {
    this.id = route.id
    this.host = route.host
    this.port = route.port
    this.release = release
    this.weight = 1
    this.credit = credit
    this.state = route.state
    this.inFlight = 0
    this.tunnels = 0
    this.exchanges = new Bag()
    this.pool = new UpstreamPool(shared.limits)
    this.#shared = shared
    this.#users = null
    this.#synthetic = null
    this.#coldUntil = shared.now() + shared.limits.coldMs
    this.#coldRequestsLeft = shared.limits.coldRequests
    this.#ejectedUntil = 0
    this.#probe = null
  }

  /** In the same synchronous step as the choice, so that an instance counted as empty is never chosen afterwards. */
  claim(exchange: Exchange): void {
    this.inFlight++
    this.release.inFlight++
    this.exchanges.add(exchange)
    if (this.#ejectedUntil !== 0) this.#probe ??= exchange
  }

  /** The request has become a tunnel or an event stream, which nobody waits for when the instance drains. */
  becameTunnel(): void {
    this.inFlight--
    this.tunnels++
    this.release.inFlight--
    this.release.queue.next()
  }

  letGo(exchange: Exchange, isTunnel: boolean): void {
    this.exchanges.remove(exchange)
    if (this.#probe === exchange) this.#probe = null
    if (isTunnel) {
      this.tunnels--
      return
    }
    this.inFlight--
    this.release.inFlight--
    this.release.queue.next()
  }

  /** False while it is ejected; when that time is over, true for the one request that probes it. */
  isAvailable(now: number): boolean {
    return this.#ejectedUntil === 0 || (now >= this.#ejectedUntil && this.#probe === null)
  }

  eject(): void {
    this.#ejectedUntil = this.#shared.now() + this.#shared.limits.ejectMs
    this.pool.closeAll()
  }

  /** A connection to it was established. */
  reached(): void {
    this.#ejectedUntil = 0
    this.#probe = null
  }

  /** Whether the request that completes now was served by a cold instance. */
  completesCold(now: number): boolean {
    if (this.#coldRequestsLeft === 0) return false
    const isCold = now < this.#coldUntil
    this.#coldRequestsLeft = isCold ? this.#coldRequestsLeft - 1 : 0
    return isCold
  }

  /** The row for requests that begin now. */
  counter(cohort: Cohort): Counter {
    if (cohort === 'users') {
      this.#users ??= this.#newCounter(cohort)
      return this.#users
    }
    this.#synthetic ??= this.#newCounter(cohort)
    return this.#synthetic
  }

  /** A new weight epoch: requests that begin from now on are counted in other rows. */
  beginWeightEpoch(): void {
    this.#users = null
    this.#synthetic = null
  }

  #newCounter(cohort: Cohort): Counter {
    const { environment } = this.release
    return this.#shared.counters.row(
      environment.name,
      this.release.id,
      this.id,
      environment.route.weightEpoch,
      cohort,
    )
  }
}
