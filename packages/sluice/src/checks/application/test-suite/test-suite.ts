import { type Answer, type Check, type Evidence, fail, pass, unknown } from '../../check.ts'
import type { Execution, Run } from '../../execution.ts'
import type { Look } from '../../look/look.ts'
import { masked } from '../../look/secret-patterns.ts'
import { declaredTasks, type Task } from './declared-tasks.ts'

const TIMEOUT_MS = 10 * 60_000

/** APP-01. What is not declared is not demanded, but for tests. */
export const testSuite: Check = {
  id: 'APP-01',
  title: 'tests, lint and type check are green',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static', 'executed']],
  fix: 'Declare scripts named test, lint and typecheck (test:integration and test:e2e where there are such tests), and make each of them end with 0.',
  concerns: ({ app }) =>
    app.stack === 'static' ? 'files are served as they are: there is no code to test' : null,
  static(look) {
    const tasks = declaredTasks(look)
    const evidence = tasks.map(({ purpose, command, from }) => ({
      ...from,
      says: `${purpose}: ${command.join(' ')} (${from.says})`,
    }))
    if (!tasks.some(({ isTest }) => isTest)) return fail('no tests are declared', evidence)
    return pass(`${tasks.length} tasks are declared`, evidence)
  },
  executed: runAll,
}

async function runAll(look: Look, execution: Execution): Promise<Answer> {
  const tasks = declaredTasks(look)
  if (tasks.length === 0) return fail('nothing is declared that could be run')
  const evidence: Evidence[] = []
  const red: string[] = []
  const open: string[] = []
  for (const task of tasks) {
    const run = await execution.run(task.command, { timeoutMs: TIMEOUT_MS })
    const doubt = doubtOf(task, run)
    const line = task.command.join(' ')
    evidence.push({ says: told(line, run) })
    if (doubt !== null) open.push(`${line}: ${doubt}`)
    else if (run.code !== 0) red.push(`${line} ended with ${run.code}`)
  }
  if (red.length > 0) return fail(red.join('; '), evidence)
  if (open.length > 0) return unknown(open.join('; '), evidence)
  return pass(`all ${tasks.length} tasks ended with 0`, evidence)
}

/** Why a run says nothing of the code; null where it does. */
function doubtOf({ command }: Task, { code, why, output }: Run): string | null {
  if (code === null) return why ?? 'it did not run'
  // What a shell ends with where there is no such program.
  if (code === 127) return 'a program that it needs is not installed'
  const isMissing =
    code !== 0 &&
    (/node_modules state file|but node_modules missing|Cannot find (?:package|module) '[^'./]/.test(output) ||
      new RegExp(`No module named '?(?:${command.join('|').replaceAll(/[^\w|]/g, '.')}|django)'?`, 'i').test(
        output,
      ))
  return isMissing ? 'its dependencies are not installed' : null
}

function told(line: string, { code, tookMs, why, output }: Run): string {
  if (code === null) return `${line}: ${why ?? 'did not run'}`
  const seconds = (tookMs / 1000).toFixed(1)
  const last = output
    .split('\n')
    .map((one) => one.trim())
    .findLast((one) => one !== '' && !/^npm (?:error|ERR!)|ELIFECYCLE|^error: script/.test(one))
  const words = code === 0 || last === undefined ? '' : `: ${masked(last).slice(0, 160)}`
  return `${line}: exit code ${code} after ${seconds} s${words}`
}
