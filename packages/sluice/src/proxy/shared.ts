import { TimerWheel } from '../std/timer-wheel.ts'
import type { ClientConnection } from './client-connection.ts'
import { CounterBook } from './counters.ts'
import type { Limits } from './limits.ts'
import { Outbox } from './outbox.ts'
import { Routes } from './routes.ts'

/** What all connections of one worker share. */
export class Shared {
  readonly workerIndex: number
  readonly listenPort: number
  readonly limits: Limits
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  readonly uid: () => string
  readonly requestId: () => string
  /** Whether what this peer says of clients behind it is believed. */
  readonly isTrusted: (address: string) => boolean
  readonly wheel: TimerWheel
  readonly counters: CounterBook
  readonly outbox: Outbox
  routes: Routes
  /** Every client connection is told to close with its next response. */
  isDraining: boolean
  /** Requests without an environment, and connections refused at a cap. */
  unrouted: number
  readonly clients: Set<ClientConnection>
  /** Clients in the middle of a head, the oldest first. */
  readonly heads: Set<ClientConnection>
  replayBytes: number
  heldBytes: number

  constructor(options: {
    workerIndex: number
    listenPort: number
    limits: Limits
    now: () => number
    random: () => number
    uid: () => string
    requestId: () => string
    isTrusted: (address: string) => boolean
  }) {
    this.workerIndex = options.workerIndex
    this.listenPort = options.listenPort
    this.limits = options.limits
    this.now = options.now
    this.random = options.random
    this.uid = options.uid
    this.requestId = options.requestId
    this.isTrusted = options.isTrusted
    this.wheel = new TimerWheel(options.now(), options.limits.tickMs)
    this.counters = new CounterBook()
    this.outbox = new Outbox()
    this.routes = new Routes([])
    this.isDraining = false
    this.unrouted = 0
    this.clients = new Set()
    this.heads = new Set()
    this.replayBytes = 0
    this.heldBytes = 0
  }
}
