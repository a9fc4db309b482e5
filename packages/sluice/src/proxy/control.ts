import type { Table } from './table.ts'

/** Spoken over the supervisor's unix socket: newline-separated JSON, `{ id, method, params }` answered by `{ id, result }` or `{ id, error }`. */
export interface ControlMethods {
  /** Epoch and workers as they are; `table` only when asked for. */
  status: { params: { table?: boolean }; result: ProxyStatus }
  /**
   * Validates, writes last-good, hands to every worker, answers when all live workers acknowledged.
   * Refuses a lower epoch, or an equal one with other content; equal and same is a no-op that is acknowledged.
   */
  apply: { params: { table: Table }; result: { epoch: number; workers: number } }
  /** Counters and gauges of every worker, cumulative per boot; those of ended workers are kept until the supervisor ends. */
  read: { params: { environment?: string }; result: ProxyReading }
  /** A new generation of workers from the code at `code` (default: the same), without losing a connection. */
  upgrade: { params: { code?: string }; result: { workers: number } }
  /** Stops accepting, drains for `drainMs`, ends workers and supervisor. */
  stop: { params: { drainMs: number }; result: Record<string, never> }
}

export interface ProxyStatus {
  /** Of this protocol; 1. */
  protocol: 1
  version: string
  pid: number
  epoch: number
  listen: { host: string; port: number }
  workers: {
    boot: string
    pid: number
    epoch: number
    startedAt: number
    draining: boolean
    connections: number
  }[]
  table?: Table
  /** Loud things: a last-good table that could not be read, counters lost with a worker. */
  warnings: string[]
}

export interface ProxyReading {
  epoch: number
  boots: WorkerReading[]
}

/** One worker's counters since its boot. */
export interface WorkerReading {
  boot: string
  /** True for a worker that is gone; `lost`: it ended without a last word, so its newest counts are missing. */
  ended: boolean
  lost: boolean
  epoch: number
  rows: CounterRow[]
  gauges: GaugeRow[]
  /** Requests that matched no environment, and connections refused at a cap. */
  unrouted: number
}

/** Kept per (environment, release, instance, weightEpoch, cohort); the last 8 weight epochs, older ones folded into 0. */
export interface CounterRow {
  environment: string
  release: string
  instance: string
  weightEpoch: number
  cohort: 'users' | 'synthetic'
  /** First attempts that completed: booked under the release and instance first chosen, whoever answered in the end. */
  requests: number
  /** By class, from the app: index 1..5 (0 unused), of the first attempt. */
  status: [number, number, number, number, number, number]
  /** First attempts that got no answer from the app, by cause. */
  failures: Partial<Record<FailureCause, number>>
  aborted: number
  retried: number
  /** Final answers to users that were 5xx made by the proxy, or cut. */
  failedForUser: number
  /** Cut at a drain deadline. */
  cut: number
  /** Sparse [index, count], ms to first byte, and to last byte handed to the socket; scale 5 (data-plane reference, section 3). */
  firstByte: [number, number][]
  lastByte: [number, number][]
  /** Completed while the instance was cold (first `warmupSeconds` = 120 or 500 requests). Not in the histograms. */
  cold: number
  bytesIn: number
  bytesOut: number
}

export type FailureCause =
  | 'refused'
  | 'reset'
  | 'badHead'
  | 'timeout'
  | 'truncated'
  | 'noInstance'
  | 'queueFull'

export interface GaugeRow {
  environment: string
  release: string
  instance: string
  inFlight: number
  tunnels: number
}
