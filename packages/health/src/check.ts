/** Something the app needs, and how to ask whether it is there. */
export interface Check {
  name: string
  /** What it is, in the words of the draft's `componentType`: `datastore`, `component`, `system`, or your own. */
  kind?: string
  /** What `observedValue` measures, `connections` or `utilization` for instance; it names the value in health+json. */
  measurement?: string
  /** Without it the app cannot serve, so readiness fails with it. Default true. */
  critical?: boolean
  /** Default 1000. */
  timeoutMs?: number
  /** How long an answer is good for other probes as well. Default 1000. */
  cacheMs?: number
  /** Throwing is failing. The signal is aborted at the time limit. */
  run(context: CheckContext): Observation | Promise<Observation>
}

export interface CheckContext {
  signal: AbortSignal
}

// biome-ignore lint/suspicious/noConfusingVoidType: a check that has nothing to tell returns nothing.
export type Observation = Observed | undefined | void

export interface Observed {
  /** `warn` for what works and yet should be looked at. Default `ok`. */
  status?: 'ok' | 'warn'
  observedValue?: string | number | boolean | null
  observedUnit?: string
  output?: string
}

export type CheckStatus = 'ok' | 'warn' | 'error'

/** What one run of a check has shown. */
export interface CheckResult {
  /** A failed check is an `error` when it is critical, and else a `warn`. */
  status: CheckStatus
  latencyMs: number
  /** When it was asked, ISO 8601. */
  time: string
  output?: string
  observedValue?: string | number | boolean | null
  observedUnit?: string
}
