import type { CheckResult, CheckStatus } from './check.ts'
import type { Clock } from './clock.ts'
import { type RunnableCheck, runCheck } from './run-check.ts'

/** A check that many may ask and few bother: one run at a time, and its result is shared while it is fresh. */
export interface WatchedCheck {
  name: string
  kind: string | undefined
  measurement: string | undefined
  critical: boolean
  ask(): Promise<CheckResult>
  /** The last result, null before the first. */
  latest(): CheckResult | null
  runs: Record<CheckStatus, number>
}

export interface WatchableCheck extends RunnableCheck {
  kind?: string
  measurement?: string
  cacheMs: number
}

export function watchCheck(check: WatchableCheck, clock: Clock): WatchedCheck {
  const runs = { ok: 0, warn: 0, error: 0 }
  let latest: CheckResult | null = null
  let freshUntil = Number.NEGATIVE_INFINITY
  let running: Promise<CheckResult> | null = null

  function ask(): Promise<CheckResult> {
    if (running !== null) return running
    if (latest !== null && clock.now() < freshUntil) return Promise.resolve(latest)
    running = run()
    return running
  }

  async function run(): Promise<CheckResult> {
    const result = await runCheck(check, clock)
    runs[result.status]++
    latest = result
    // From its end, or what takes as long as its limit would never be cached at all.
    freshUntil = clock.now() + check.cacheMs
    running = null
    return result
  }

  const { name, kind, measurement, critical } = check
  return { name, kind, measurement, critical, ask, latest: () => latest, runs }
}
