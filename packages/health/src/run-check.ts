import type { Check, CheckResult, CheckStatus, Observation, Observed } from './check.ts'
import type { Clock } from './clock.ts'
import { outputText, thrownText } from './output-text.ts'

/** What a run needs to know of its check, with the defaults filled in. */
export type RunnableCheck = Required<Pick<Check, 'name' | 'critical' | 'timeoutMs' | 'run'>>

type Shown = Omit<CheckResult, 'latencyMs' | 'time'>

/** Runs a check once, within its own limit. It never rejects: whatever goes wrong is a failed check. */
export async function runCheck(check: RunnableCheck, clock: Clock): Promise<CheckResult> {
  const startedAt = clock.now()
  const time = clock.date().toISOString()
  const shown = await withinLimit(check, clock)
  return { ...shown, latencyMs: Math.round((clock.now() - startedAt) * 10) / 10, time }
}

function withinLimit(check: RunnableCheck, clock: Clock): Promise<Shown> {
  const limit = new AbortController()
  return new Promise((resolve) => {
    const takeBack = clock.after(check.timeoutMs, () => {
      const reason = `timeout after ${check.timeoutMs} ms`
      // Before the abort, or the check's own error about being aborted would be the one that is told.
      resolve(failed(check, reason))
      limit.abort(new Error(reason))
    })
    attempt(check, limit.signal).then((shown) => {
      takeBack()
      resolve(shown)
    })
  })
}

async function attempt(check: RunnableCheck, signal: AbortSignal): Promise<Shown> {
  try {
    return passed(await check.run({ signal }))
  } catch (thrown) {
    return failed(check, thrownText(thrown))
  }
}

function passed(observation: Observation): Shown {
  const { status, observedValue, observedUnit, output }: Observed = observation ?? {}
  return {
    status: status === 'warn' ? 'warn' : 'ok',
    ...(observedValue === undefined ? {} : { observedValue: plain(observedValue) }),
    ...(observedUnit === undefined ? {} : { observedUnit: outputText(String(observedUnit)) }),
    ...(output === undefined ? {} : { output: outputText(String(output)) }),
  }
}

function failed({ critical }: RunnableCheck, output: string): Shown {
  const status: CheckStatus = critical ? 'error' : 'warn'
  return { status, output }
}

/** A value that JSON can carry, whatever a check written without types has handed over. */
function plain(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  return outputText(String(value))
}
