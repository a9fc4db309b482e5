import type { Execution } from '../../checks/execution.ts'
import { runProgram } from '../../host/run-program.ts'

const usualTimeoutMs = 10 * 60_000
/** The reply of a scanner is one large piece of JSON. */
const mostOutputChars = 16 * 1024 * 1024

/** Runs commands of a project in its folder, with the caller's own environment: they are what the caller runs by hand. */
export function projectCommands(folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Execution {
  return {
    async run(words, { timeoutMs = usualTimeoutMs, env: more = {} } = {}) {
      const beganAt = performance.now()
      const settings = { folder, env: { ...env, CI: 'true', ...more }, timeoutMs, mostOutputChars, signal }
      const end = await runProgram({ words, ...settings })
      const run = { output: end.output, tookMs: performance.now() - beganAt }
      if (end.notStarted !== null)
        return { ...run, code: null, why: `${words[0]} could not be started: ${end.notStarted}` }
      if (end.isKilled)
        return { ...run, code: null, why: `it was not done after ${timeoutMs / 1_000} s and was ended` }
      if (end.code === null) return { ...run, code: null, why: `it was ended by ${end.signal}` }
      return { ...run, code: end.code }
    },
  }
}
