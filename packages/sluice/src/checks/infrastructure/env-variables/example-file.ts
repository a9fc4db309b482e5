import type { EnvSchema } from '../../../config/env-schema.ts'
import { type Answer, fail, pass } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { isToDescribe } from './given-variables.ts'

const names = ['.env.example', '.env.sample', '.env.template', '.env.dist', 'env.example']

/** Whether the example names the variables of the schema and no others but what the system gives; a line that is commented out names one too. */
export function ofExample({ files }: Look, { variables }: EnvSchema): Answer | null {
  if (variables.size === 0) return null
  const path = names.find((name) => files.exists(name))
  if (path === undefined) return fail('there is no .env.example for those who begin to work on it')
  const named = namesIn(files.read(path) ?? '')
  const missing = [...variables.keys()].filter((name) => !named.has(name))
  const strange = [...named.keys()].filter((name) => !variables.has(name) && isToDescribe(name))
  const file = files.at(path)
  if (missing.length === 0 && strange.length === 0)
    return pass(`${path} is in step with the schema`, [{ says: `names ${variables.size} variables`, file }])
  const says = [
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
    ...(strange.length === 0 ? [] : [`the schema does not know ${strange.join(', ')}`]),
  ]
  const evidence = [
    ...missing.map((name) => ({ says: `${name} is missing`, file })),
    ...strange.map((name) => ({ says: `${name} is not declared`, file, line: named.get(name)! })),
  ]
  return fail(`${path} is out of step: ${says.join('; ')}`, evidence.slice(0, 10))
}

/** With their lines. What is commented out has to look like an assignment of upper case, as no sentence does. */
function namesIn(text: string): Map<string, number> {
  const found = text.split('\n').flatMap((line, index): [string, number][] => {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=|^\s*#\s*([A-Z_][A-Z0-9_]*)=/.exec(line)
    return name === null ? [] : [[(name[1] ?? name[2])!, index + 1]]
  })
  return new Map(found)
}
