import type { VariablesRead, VariableUse } from '../../../detect/facts.ts'
import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { Look } from '../../look/look.ts'
import { together } from '../../look/together.ts'
import { ofExample } from './example-file.ts'
import { isToDescribe } from './given-variables.ts'
import { startsWithout } from './missing-variable.ts'

/** INF-02. */
export const envVariables: Check = {
  id: 'INF-02',
  title: 'every environment variable is described, and checked when the app starts',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static', 'probe']],
  warns: [['static']],
  fix: 'Declare what `sluice env check` names in env.schema.yaml, write .env.example by `sluice env sync`, and let the app end at once, saying which variable is missing, before it listens.',
  fixedBy: ['env-schema', 'env-example'],
  concerns: async (look) => {
    if (look.app.stack === 'static') return 'files read no variables'
    const { dynamic, unread } = await openPlaces(look)
    const isSilent = dynamic.length === 0 && unread.length === 0 && (await declarable(look)).length === 0
    return isSilent && look.schema === null && !look.files.exists(schemaPath(look))
      ? 'its code reads no variable that somebody has to set'
      : null
  },
  static: async (look) => {
    if (look.schema === null) return withoutSchema(look)
    const code = await ofCode(look)
    return together([code, ofExample(look, look.schema)], code)
  },
  probe: startsWithout,
}

function schemaPath({ config }: Look): string {
  return config?.envSchema ?? 'env.schema.yaml'
}

async function withoutSchema(look: Look): Promise<Answer> {
  const path = schemaPath(look)
  const says = look.files.exists(path)
    ? `${path} is no env schema: \`sluice env check\` says why`
    : 'there is no env schema, so nobody knows which variables are needed'
  const uses = await declarable(look)
  if (uses.length > 0) return fail(says, placesOf(look, uses))
  return unknown(`which variables are read cannot be told, and ${says}`, await doubtsOf(look))
}

async function ofCode(look: Look): Promise<Answer> {
  const uses = await declarable(look)
  const undeclared = uses.filter(({ name }) => !look.schema!.variables.has(name))
  if (undeclared.length > 0) {
    const names = undeclared.map(({ name }) => name)
    return fail(`read and not declared: ${names.join(', ')}`, placesOf(look, undeclared))
  }
  const { dynamic, unread } = await openPlaces(look)
  const doubts = await doubtsOf(look)
  if (unread.length > 0 || dynamic.some(({ code }) => keyed.test(code)))
    return unknown('which variables are read cannot be told everywhere: write their names out', doubts)
  if (doubts.length > 0)
    return warn(
      'the environment is handed on as a whole, and what is read of it there cannot be told',
      doubts,
    )
  const says = `all ${uses.length} variables that are read are declared`
  return pass(says, [{ says, file: look.files.at(schemaPath(look)) }])
}

/** A name that is made up while it runs. A whole environment that is handed on is what those do who read it by a schema. */
const keyed = /env(?:iron)?\s*(?:\?\.)?\[|(?:getenv|lookupenv|environ\.get)\s*\(/i

async function doubtsOf(look: Look): Promise<Evidence[]> {
  const { dynamic, unread } = await openPlaces(look)
  return [
    ...dynamic.map(({ file, line, code }) => ({ says: code, file: look.files.at(file), line })),
    ...unread.map(({ file, why }) => ({ says: why, file: look.files.at(file) })),
  ].slice(0, 5)
}

/** Where nobody can tell by reading, but for tests. */
async function openPlaces(look: Look): Promise<Pick<VariablesRead, 'dynamic' | 'unread'>> {
  const { dynamic, unread } = await look.variables()
  return {
    dynamic: dynamic.filter(({ file }) => !isForTests(file)),
    unread: unread.filter(({ file }) => !isForTests(file)),
  }
}

/** What the app's owner has to know of, and not its tests alone. */
async function declarable(look: Look): Promise<VariableUse[]> {
  const { variables } = await look.variables()
  return variables.filter(
    ({ name, places }) => isToDescribe(name) && places.some(({ file }) => !isForTests(file)),
  )
}

function placesOf(look: Look, uses: VariableUse[]): Evidence[] {
  return uses.slice(0, 10).map(({ name, places: [first] }) => ({
    says: name,
    ...(first === undefined ? {} : { file: look.files.at(first.file), line: first.line }),
  }))
}
