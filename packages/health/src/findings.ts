import type { CheckResult } from './check.ts'
import type { WatchedCheck } from './watched-check.ts'

export type Status = 'ok' | 'degraded' | 'error'

/** What all checks have shown, and what follows from it. */
export interface Findings {
  /** `error`: do not send traffic. `degraded`: something is wrong and the app can serve without it. */
  status: Status
  isDraining: boolean
  checks: { check: WatchedCheck; result: CheckResult }[]
}

/** Asks all checks side by side, so that one that hangs costs the others nothing. */
export async function findOut(checks: WatchedCheck[], isDraining: () => boolean): Promise<Findings> {
  const asked = await Promise.all(checks.map(async (check) => ({ check, result: await check.ask() })))
  // Asked after the checks: a drain may have begun while they ran, and no probe may call the app ready then.
  const leaves = isDraining()
  return {
    status: leaves ? 'error' : statusOf(asked.map(({ result }) => result)),
    isDraining: leaves,
    checks: asked,
  }
}

function statusOf(results: CheckResult[]): Status {
  if (results.some(({ status }) => status === 'error')) return 'error'
  return results.some(({ status }) => status === 'warn') ? 'degraded' : 'ok'
}
