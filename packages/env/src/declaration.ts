import { definitionError } from './env-error.ts'
import { type Kind, type Reading, writeText } from './kinds/kind.ts'
import { nearest } from './nearest.ts'
import { found } from './shown.ts'
import { isStandardSchema, readByStandardSchema, type StandardSchema } from './standard-schema.ts'
import { type About, isVariable, type Mode, type Options, type Phase, type Variable } from './variable.ts'

/** A variable by a schema of another library. Its defaults and its example are text, as they would be set. */
export interface ForeignVariable extends Options<string> {
  schema: StandardSchema
}

/** What `defineEnv` takes for one variable. */
export type VariableDefinition = Variable<unknown, object> | ForeignVariable

/** One variable, checked and complete. */
export interface Declaration {
  name: string
  kind: Kind<unknown>
  isSecret: boolean
  isOptional: boolean
  phase: Phase
  docs: string | undefined
  example: string | undefined
  /** The advice that a warning gives. */
  deprecated: string | undefined
  /** The name of the variable that replaces it, where it was given. */
  replacement: string | undefined
  requiredWhen: About['requiredWhen']
  /** Text for every mode that `defaults` does not name. */
  default: string | undefined
  defaults: ReadonlyMap<string, string>
}

const modes: readonly string[] = ['development', 'test', 'production'] satisfies Mode[]

type Test = [isRight: (value: unknown) => boolean, wanted: string]

const isFlag: Test = [(value) => typeof value === 'boolean', 'true or false']
const isText: Test = [(value) => typeof value === 'string', 'text']
const isAnything: Test = [() => true, '']

const tests: { [Option in keyof Required<Options<unknown>>]: Test } = {
  secret: isFlag,
  optional: isFlag,
  phase: [(value) => value === 'build' || value === 'runtime', 'build or runtime'],
  docs: isText,
  example: isText,
  deprecated: [
    (value) => typeof value === 'string' || typeof (value as { use?: unknown } | null)?.use === 'string',
    'text, or { use: NAME }',
  ],
  requiredWhen: [(value) => typeof value === 'function', 'a function'],
  default: isAnything,
  defaults: [
    (value) =>
      value !== null && typeof value === 'object' && Object.keys(value).every((mode) => modes.includes(mode)),
    'a value for each of development, test and production',
  ],
}

/** Throws an `EnvError` that says what is wrong with the definition, without the name of the variable. */
export function declare(name: string, given: unknown): Declaration {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw definitionError('wanted the name of a variable: letters, digits and _, not a digit first')
  }
  const { kind, options, ownOptions } = take(given)
  checkOptions(options, ownOptions)
  const about = options as Options<unknown>
  checkTogether(about)

  const isSecret = about.secret ?? false
  const write = (value: unknown, what: string) => {
    const text = kind.write(value)
    if (text === null) throw definitionError(`${what} cannot be written as ${kind.wanted}`)
    return fitting(kind, { text, what, isSecret })
  }
  return {
    name,
    kind,
    isSecret,
    isOptional: about.optional ?? false,
    phase: about.phase ?? 'runtime',
    docs: about.docs,
    example:
      about.example === undefined
        ? undefined
        : fitting(kind, { text: about.example, what: 'its example', isSecret }),
    deprecated: adviceOf(about.deprecated),
    replacement: typeof about.deprecated === 'object' ? about.deprecated.use : undefined,
    requiredWhen: about.requiredWhen,
    default: about.default === undefined ? undefined : write(about.default, 'its default'),
    defaults: new Map(
      Object.entries(about.defaults ?? {})
        .filter(([, value]) => value !== undefined)
        .map(([mode, value]) => [mode, write(value, `its default for ${mode}`)]),
    ),
  }
}

/** The text that stands in for a variable that is not set; undefined where none does. */
export function defaultIn(mode: string | undefined, declaration: Declaration): string | undefined {
  return (mode === undefined ? undefined : declaration.defaults.get(mode)) ?? declaration.default
}

interface Taken {
  kind: Kind<unknown>
  options: object
  ownOptions: readonly string[]
}

function take(given: unknown): Taken {
  if (isVariable(given)) return { kind: given.kind(), options: given.options, ownOptions: given.ownOptions }
  if (isStandardSchema(given)) throw definitionError('wrap the schema: { schema: … }')
  const schema = (given as Partial<ForeignVariable> | null | undefined)?.schema
  if (!isStandardSchema(schema)) {
    throw definitionError(
      'wanted a kind such as port(), or { schema } with a Standard Schema such as one of zod',
    )
  }
  const wanted = 'what its schema takes'
  const kind: Kind<unknown> = {
    wanted,
    read: (text) => readByStandardSchema(schema, text, wanted),
    write: writeText,
    keywords: { type: 'string' },
  }
  return { kind, options: given as object, ownOptions: ['schema'] }
}

function checkOptions(options: object, ownOptions: readonly string[]): void {
  const known = [...Object.keys(tests), ...ownOptions]
  for (const [option, value] of Object.entries(options)) {
    if (!known.includes(option)) {
      const near = nearest(option, known)
      throw definitionError(
        `unknown option "${option}". ${near === null ? `Known are ${known.join(', ')}.` : `Did you mean "${near}"?`}`,
      )
    }
    if (value === undefined || ownOptions.includes(option)) continue
    const [isRight, wanted] = tests[option as keyof typeof tests]
    if (!isRight(value)) throw definitionError(`${option} is ${wanted}`)
  }
}

/** What each option allows, and the other makes meaningless or dangerous. */
function checkTogether(about: Options<unknown>): void {
  const hasDefault = about.default !== undefined
  if (about.secret && (hasDefault || Object.keys(about.defaults ?? {}).some((mode) => mode !== 'test'))) {
    throw definitionError('a secret has no default outside tests: it would stand in the repository')
  }
  if (hasDefault && about.optional) {
    throw definitionError('optional says nothing about a variable that has a default; take one of them out')
  }
  if (hasDefault && about.requiredWhen !== undefined) {
    throw definitionError(
      'requiredWhen says nothing about a variable that has a default; take one of them out',
    )
  }
  if (about.optional && about.requiredWhen !== undefined) {
    throw definitionError('requiredWhen says when it is optional; take optional out')
  }
  const isDemanded = !hasDefault && !about.optional && about.requiredWhen === undefined
  if (about.deprecated !== undefined && isDemanded) {
    throw definitionError('it is deprecated and yet has to be set; make it optional')
  }
}

function fitting(
  kind: Kind<unknown>,
  { text, what, isSecret }: { text: string; what: string; isSecret: boolean },
): string {
  const reading = kind.read(text)
  // What takes its time is checked when it is used.
  if (reading instanceof Promise || isFit(reading)) return text
  throw definitionError(
    `${what} does not fit: wanted ${reading.wanted ?? kind.wanted}; found ${found(text, isSecret)}`,
  )
}

function isFit(reading: Reading<unknown>): reading is { value: unknown } {
  return 'value' in reading
}

function adviceOf(deprecated: About['deprecated']): string | undefined {
  return typeof deprecated === 'object' ? `use ${deprecated.use}` : deprecated
}
