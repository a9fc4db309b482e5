import type { Server } from 'node:net'
import { SluiceError } from '../errors.ts'
import { writeDurably } from '../host/durable-file.ts'
import { ownIdentity } from '../host/process-identity.ts'
import { type BirthOrder, beget } from './birth.ts'
import { type Handlers, serveControl } from './control-server.ts'
import { type ProxyHome, workerFiles } from './home.ts'
import { openListener } from './listener.ts'
import type { createProxy } from './proxy.ts'
import { noCounters } from './readings.ts'
import type { Table } from './table.ts'
import { removeCard, writeCard } from './worker-card.ts'
import type {
  DrainTimes,
  ListenAddress,
  WorkerCounters,
  WorkerMethods,
  WorkerStatus,
} from './worker-control.ts'

export interface WorkerOptions {
  home: ProxyHome
  boot: string
  /** Offset of its choices against those of the other workers. */
  index: number
  listen: ListenAddress
  createProxy: typeof createProxy
  /** Now, in ms since the Unix epoch. */
  now: number
}

/** What a parent gives to the worker it has begotten. */
export interface Start {
  table: Table
  /** Absent: the worker binds its address itself. */
  listener?: Server
}

/** The processes' own default, where nobody says how long: an operator's SIGTERM, an upgrade. */
export const defaultDrain: DrainTimes = { idleAfterMs: 30_000, cutAfterMs: 60_000 }

/** A worker process around one proxy: from its card in the home until its last words there. */
export interface Worker {
  /** Accepts with this table. Throws PORT_TAKEN. */
  start(start: Start): Promise<void>
  drain(times: DrainTimes): void
  /** Resolves when the last connection is gone and the last words are written. */
  readonly ended: Promise<void>
  /** Takes the worker out of the home without last words: it has never accepted. */
  abandon(): void
}

/**
 * Announces the worker in the home before it asks for a listener, so that a supervisor finds it
 * even when its parent dies while handing over.
 */
export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const { home, boot, index } = options
  const files = workerFiles(home, boot)
  const ended = Promise.withResolvers<void>()
  let listen = options.listen
  let table: Table | null = null
  let running: { proxy: ReturnType<typeof createProxy>; server: Server } | null = null
  let drainTimers: NodeJS.Timeout[] | null = null

  const control = await serveControl<WorkerMethods>(files.socket, {
    status: (params) => status(params.table === true),
    apply: (params) => apply(params.table),
    read: (params) => counters(params.environment),
    beget: (params) => begetSibling(params),
    drain: (params) => {
      drain(params)
      return {}
    },
  } satisfies Handlers<WorkerMethods>)
  writeCard(home, { boot, identity: ownIdentity(), startedAt: options.now })

  function status(withTable: boolean): WorkerStatus {
    const phase = drainTimers !== null ? 'draining' : running !== null ? 'serving' : 'starting'
    const connections = running?.proxy.connections ?? 0
    const base = { boot, epoch: table?.epoch ?? 0, index, phase, connections, listen } as const
    return withTable && table !== null ? { ...base, table } : base
  }

  function apply(newer: Table): { epoch: number } {
    if (table !== null && newer.epoch < table.epoch) throw olderTable(newer.epoch, table.epoch)
    table = newer
    running?.proxy.apply(newer)
    return { epoch: newer.epoch }
  }

  function counters(environment: string | undefined): WorkerCounters {
    return running?.proxy.read(environment) ?? noCounters
  }

  async function start(given: Start): Promise<void> {
    if (table === null || given.table.epoch > table.epoch) table = given.table
    await openListener(listen, given.listener, (server, port) => {
      listen = { host: listen.host, port }
      const proxy = options.createProxy({ boot, workerIndex: index, listenPort: port })
      if (table !== null) proxy.apply(table)
      server.on('connection', (socket) => proxy.accept(socket))
      running = { proxy, server }
    })
  }

  async function begetSibling(order: Omit<BirthOrder, 'listen'>): Promise<Record<string, never>> {
    if (running === null || table === null || drainTimers !== null) {
      throw new SluiceError('BUG', `worker ${boot} has no listener to share: it is ${status(false).phase}`)
    }
    const begun = table
    await beget(home, { ...order, listen }, () => table ?? begun, running.server)
    return {}
  }

  function drain(times: DrainTimes): void {
    if (drainTimers === null) leave()
    for (const timer of drainTimers ?? []) clearTimeout(timer)
    drainTimers = [
      setTimeout(() => running?.proxy.closeIdle(), times.idleAfterMs),
      setTimeout(() => running?.proxy.destroy(), times.cutAfterMs),
    ]
  }

  // Closes only our own descriptor of the listener; the siblings go on accepting from the same queue.
  function leave(): void {
    if (running === null) return void end()
    running.server.close(() => void end())
    running.proxy.drain()
  }

  async function end(): Promise<void> {
    for (const timer of drainTimers ?? []) clearTimeout(timer)
    try {
      await writeDurably(files.lastWords, JSON.stringify({ boot, ...counters(undefined) }))
      removeCard(home, boot)
      await control.close()
      ended.resolve()
    } catch (error) {
      ended.reject(error)
    }
  }

  return { start, drain, ended: ended.promise, abandon: () => removeCard(home, boot) }
}

function olderTable(epoch: number, held: number): SluiceError {
  return new SluiceError('FENCED', `the worker serves epoch ${held}; epoch ${epoch} is older`)
}
