import { randomBytes } from 'node:crypto'
import { BlockList, isIPv6, type Socket } from 'node:net'
import { ClientConnection } from './client-connection.ts'
import type { CounterRow, GaugeRow } from './control.ts'
import { Environment } from './environment.ts'
import type { Instance } from './instance.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { Routes } from './routes.ts'
import { Shared } from './shared.ts'
import type { Table } from './table.ts'

export { validateTable } from './table-check.ts'

/** The data path inside one worker: sockets in, requests to instances, counters out. */
export interface Proxy {
  /** Takes over a connection in the same turn, so that nothing it says is missed. */
  accept(socket: Socket): void
  /** Serves by this table from now on; no request sees half of it. It must have passed `validateTable`. */
  apply(table: Table): void
  /** Cumulative since the boot; of one environment, or of all. */
  read(environment?: string): { epoch: number; rows: CounterRow[]; gauges: GaugeRow[]; unrouted: number }
  /**
   * The next response on each client connection says `Connection: close`. Idle ones are left until they speak: closing
   * one would race with the client's next request.
   */
  drain(): void
  /** At the drain deadline: closes what is idle. */
  closeIdle(): void
  /** Closes everything. */
  destroy(): void
  /** Of clients, open now. */
  readonly connections: number
}

export interface ProxyOptions {
  /** Never the same twice; begins the request ids that are made here. */
  boot: string
  /** From 0; workers of different index begin their rounds at different places. */
  workerIndex: number
  /** Where clients connect to, for `X-Forwarded-Port`. */
  listenPort: number
  limits?: Partial<Limits>
  /** Addresses and CIDRs of proxies in front, whose forwarded fields are believed. Default: none. */
  trusted?: readonly string[]
  /** Milliseconds that never go back. */
  now?: () => number
  /** In [0, 1). */
  random?: () => number
}

/** A proxy that serves nothing until its first table. */
export function createProxy(options: ProxyOptions): Proxy {
  return new WorkerProxy(options)
}

class WorkerProxy implements Proxy {
  readonly #shared: Shared
  readonly #environments: Map<string, Environment>
  readonly #perAddress: Map<string, number>
  /** Instances of which something is still to be cut; they show in the gauges until it is. */
  readonly #leaving: Set<Instance>
  readonly #gone: { environment: string; instance: string; at: number }[]
  readonly #ticking: NodeJS.Timeout
  #epoch: number

  constructor(options: ProxyOptions) {
    const limits = { ...defaultLimits, ...options.limits }
    let requests = 0
    this.#shared = new Shared({
      workerIndex: options.workerIndex,
      listenPort: options.listenPort,
      limits,
      now: options.now ?? (() => performance.now()),
      random: options.random ?? Math.random,
      uid: () => randomBytes(16).toString('hex'),
      requestId: () => `${options.boot}-${(requests++).toString(36)}`,
      isTrusted: trustOf(options.trusted ?? []),
    })
    this.#environments = new Map()
    this.#perAddress = new Map()
    this.#leaving = new Set()
    this.#gone = []
    this.#epoch = 0
    this.#ticking = setInterval(() => this.#shared.wheel.turn(this.#shared.now()), limits.tickMs)
    this.#ticking.unref()
  }

  get connections(): number {
    return this.#shared.clients.size
  }

  accept(socket: Socket): void {
    const { clients, limits } = this.#shared
    const address = plainAddress(socket.remoteAddress ?? '')
    const count = this.#perAddress.get(address) ?? 0
    if (clients.size >= limits.connections || count >= limits.connectionsPerAddress) {
      this.#shared.unrouted++
      socket.destroy()
      return
    }
    this.#perAddress.set(address, count + 1)
    socket.once('close', () => this.#forgetAddress(address))
    clients.add(new ClientConnection(this.#shared, socket, address))
  }

  apply(table: Table): void {
    const leaving: Instance[] = []
    const named = new Set(table.environments.map(({ name }) => name))
    for (const [name, environment] of this.#environments) {
      if (named.has(name)) continue
      leaving.push(...environment.close())
      this.#environments.delete(name)
    }
    for (const route of table.environments) {
      const environment = this.#environments.get(route.name) ?? new Environment(this.#shared, route)
      this.#environments.set(route.name, environment)
      leaving.push(...environment.update(route))
    }
    this.#shared.routes = new Routes([...this.#environments.values()])
    this.#epoch = table.epoch
    for (const instance of leaving) this.#cut(instance)
    for (const environment of this.#environments.values()) environment.queue.open()
    this.#foldCounters()
  }

  read(environment?: string): ReturnType<Proxy['read']> {
    this.#foldCounters()
    return {
      epoch: this.#epoch,
      rows: this.#shared.counters.rows(environment),
      gauges: this.#gauges(environment),
      unrouted: this.#shared.unrouted,
    }
  }

  drain(): void {
    this.#shared.isDraining = true
  }

  closeIdle(): void {
    for (const client of [...this.#shared.clients]) if (client.isIdle) client.destroy()
  }

  destroy(): void {
    clearInterval(this.#ticking)
    for (const client of [...this.#shared.clients]) client.destroy()
    for (const instance of this.#instances()) {
      instance.pool.closeAll()
      for (const exchange of instance.exchanges) exchange.clientGone()
    }
  }

  /** Everything at this instance is cut within the next moments; its counters stay apart for a while. */
  #cut(instance: Instance): void {
    instance.pool.closeAll()
    if (!this.#leaving.has(instance)) {
      this.#leaving.add(instance)
      const { environment } = instance.release
      this.#gone.push({ environment: environment.name, instance: instance.id, at: this.#shared.now() })
    }
    for (const exchange of instance.exchanges) exchange.cutSoon()
  }

  #foldCounters(): void {
    const { counters, limits, now } = this.#shared
    for (const name of this.#environments.keys()) counters.foldEpochs(name)
    const before = now() - limits.goneCountersMs
    while (this.#gone.length > 0 && this.#gone[0]!.at <= before) {
      const { environment, instance } = this.#gone.shift()!
      if (!this.#environments.get(environment)?.keeps(instance)) counters.foldInstance(environment, instance)
    }
    for (const instance of this.#leaving) if (instance.exchanges.size === 0) this.#leaving.delete(instance)
  }

  #gauges(environment?: string): GaugeRow[] {
    const rows: GaugeRow[] = []
    for (const { id, inFlight, release, tunnels } of this.#instances()) {
      const { name } = release.environment
      if (environment !== undefined && environment !== name) continue
      rows.push({ environment: name, release: release.id, instance: id, inFlight, tunnels })
    }
    return rows
  }

  #instances(): Set<Instance> {
    const known = [...this.#environments.values()].flatMap((environment) => [...environment.instances])
    return new Set([...known, ...this.#leaving])
  }

  #forgetAddress(address: string): void {
    const count = this.#perAddress.get(address) ?? 1
    if (count === 1) this.#perAddress.delete(address)
    else this.#perAddress.set(address, count - 1)
  }
}

/** An IPv4 client of a dual-stack listener appears as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function trustOf(trusted: readonly string[]): (address: string) => boolean {
  if (trusted.length === 0) return () => false
  const list = new BlockList()
  for (const entry of trusted) {
    const [address, bits] = entry.split('/') as [string, string | undefined]
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
