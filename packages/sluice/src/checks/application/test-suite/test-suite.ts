import { type Answer, type Check, type Evidence, fail, pass, unknown } from '../../check.ts'
import type { Execution } from '../../execution.ts'
import type { Look } from '../../look/look.ts'
import { doubtOf, told } from '../../running/ended-command.ts'
import { declaredTasks } from './declared-tasks.ts'

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
    const doubt = doubtOf(task.command, run)
    const line = task.command.join(' ')
    evidence.push({ says: told(line, run) })
    if (doubt !== null) open.push(`${line}: ${doubt}`)
    else if (run.code !== 0) red.push(`${line} ended with ${run.code}`)
  }
  if (red.length > 0) return fail(red.join('; '), evidence)
  if (open.length > 0) return unknown(open.join('; '), evidence)
  return pass(`all ${tasks.length} tasks ended with 0`, evidence)
}
