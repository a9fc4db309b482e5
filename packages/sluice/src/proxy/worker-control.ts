import type { CounterRow, GaugeRow } from './control.ts'
import type { Table } from './table.ts'

/** `starting`: has no listener yet. `draining`: accepts no more, finishes what it has, then ends. */
export type WorkerPhase = 'starting' | 'serving' | 'draining'

export interface ListenAddress {
  host: string
  /** 0: any free one. */
  port: number
}

/** What the supervisor says to one worker, over that worker's own unix socket. */
export interface WorkerMethods {
  status: { params: { table?: boolean }; result: WorkerStatus }
  /** Refuses an epoch lower than its own. An equal one is taken: only the supervisor may say that it has another content. */
  apply: { params: { table: Table }; result: { epoch: number } }
  read: { params: { environment?: string }; result: WorkerCounters }
  /** Starts a worker and hands it this one's listener. Answers when the new one accepts. */
  beget: { params: { boot: string; code: string; index: number }; result: Record<string, never> }
  /**
   * Stops accepting and answers at once. Idle connections are closed after `idleAfterMs`, all others after `cutAfterMs`;
   * the worker ends when none is left. Said again, the newer times count.
   */
  drain: { params: DrainTimes; result: Record<string, never> }
}

/** From the order to drain, in ms. */
export interface DrainTimes {
  idleAfterMs: number
  cutAfterMs: number
}

export interface WorkerStatus {
  boot: string
  epoch: number
  index: number
  phase: WorkerPhase
  connections: number
  listen: ListenAddress
  table?: Table
}

export interface WorkerCounters {
  epoch: number
  rows: CounterRow[]
  gauges: GaugeRow[]
  unrouted: number
}
