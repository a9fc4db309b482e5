import { type Answer, type Evidence, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import type { Start, Trial } from '../../running/trial.ts'

/** Each is a start of the app: a few show the habit. */
const MOST_STARTS = 5
/** Until it has ended: longer looks like an app that starts slowly. */
const MOST_MS = 5_000

/** Starts the app without each of its required variables: it has to end at once, and to name what is missing. */
export async function startsWithout({ schema, files, config }: Look, trial: Trial): Promise<Answer> {
  if (schema === null) return unknown('without an env schema nobody knows which variables are required')
  const file = files.at(config?.envSchema ?? 'env.schema.yaml')
  const demanded = [...schema.required].filter((name) => {
    const declaration = schema.variables.get(name)!
    return declaration['x-phase'] === 'runtime' && declaration.default === undefined
  })
  if (demanded.length === 0)
    return pass('no variable is required, so none can be missing', [{ says: 'nothing is required', file }])
  // Where it does not even start with all of them, an end says nothing.
  await trial.app()

  const evidence: Evidence[] = []
  for (const name of demanded.slice(0, MOST_STARTS)) {
    const { isRight, says } = await judged(name, trial)
    if (!isRight) return fail(says, [...evidence, { says }])
    evidence.push({ says })
  }
  const tried =
    evidence.length === 1 ? 'its required variable' : `each of ${evidence.length} required variables`
  return pass(`without ${tried} it ends at once and names it`, evidence)
}

async function judged(name: string, trial: Trial): Promise<{ isRight: boolean; says: string }> {
  const start = await trial.start({ without: [name] })
  if (!start.isReady) return ofEnd(name, start)
  await start.app.stop()
  return { isRight: false, says: `it starts without ${name}, which is required` }
}

function ofEnd(name: string, { ended, printed, afterMs }: Extract<Start, { isReady: false }>) {
  const without = `without ${name}`
  if (ended === null) return { isRight: false, says: `${without} it neither is ready nor ends` }
  if (ended.code === 0)
    return { isRight: false, says: `${without} it ends with exit code 0, as if all were well` }
  const how = ended.code === null ? `by ${ended.signal}` : `with exit code ${ended.code}`
  if (afterMs >= MOST_MS)
    return { isRight: false, says: `${without} it ends ${how} only after ${Math.round(afterMs)} ms` }
  const isNamed = printed.some(({ line }) => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(line))
  return isNamed
    ? { isRight: true, says: `${without} it ends ${how} after ${Math.round(afterMs)} ms and names it` }
    : { isRight: false, says: `${without} it ends ${how} and does not say that ${name} is missing` }
}
