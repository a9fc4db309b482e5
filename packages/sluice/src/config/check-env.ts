import { readFile } from 'node:fs/promises'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { SluiceError } from '../errors.ts'
import { nearest } from '../std/nearest.ts'
import type { EnvValues } from './config.ts'
import { type Declaration, type EnvSchema, type Phase, readEnvSchema } from './env-schema.ts'

export interface EnvCheck {
  /** Absolute path of the env schema. */
  schemaFile: string
  /** What the app will be given; an empty value counts as not set. */
  values: EnvValues
  phase: Phase
  /** Names that Sluice sets itself, such as PORT: they are neither demanded nor given their defaults. */
  given?: readonly string[]
}

/**
 * Checks variables before anything is started, and fills in the defaults of those that are not set.
 * Values come back as text, and secrets as the references that they were.
 * @throws ENV_INVALID with one line for each problem, which names the variable, what was wanted and what was found, but
 * never the value of a secret; CONFIG_MISSING or CONFIG_INVALID where the schema itself is wrong.
 */
export async function checkEnv({ schemaFile, values, phase, given = [] }: EnvCheck): Promise<EnvValues> {
  const schema = await readEnvSchema(schemaFile)
  for (const name of given) schema.variables.delete(name)

  const env = new Map(Object.entries(values))
  const problems = new Map<string, string>()
  const texts = new Map<string, string>()
  const defaults: Record<string, string> = {}
  for (const [name, declaration] of schema.variables) {
    const text = await textOf(env.get(name))
    if (text instanceof SluiceError) problems.set(name, text.message)
    else if (text !== '') texts.set(name, text)
    else if (declaration.default !== undefined) defaults[name] = String(declaration.default)
    else if (isDemanded(name, declaration, schema, phase)) problems.set(name, missing(name, schema, env))
  }
  for (const [name, text] of Object.entries(defaults)) texts.set(name, text)
  for (const [name, problem] of await wrongTexts(schema, texts, env)) problems.set(name, problem)
  if (problems.size > 0) throw refusal(schema, problems)
  return { ...values, ...defaults }
}

/** A variable of the other phase is checked where it is set, and not demanded where it is not. */
function isDemanded(name: string, declaration: Declaration, { required }: EnvSchema, phase: Phase): boolean {
  return required.has(name) && declaration['x-phase'] === phase
}

/** Empty for what is not set. A file's last line break is its editor's and not part of the secret. */
async function textOf(value: EnvValues[string] | undefined): Promise<string | SluiceError> {
  if (value === undefined || typeof value === 'string') return value ?? ''
  try {
    return (await readFile(value.file, 'utf8')).replace(/\r?\n$/, '')
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : cause
    return new SluiceError('SECRET_UNREADABLE', `its file ${value.file} cannot be read: ${reason}`, { cause })
  }
}

function missing(name: string, { variables }: EnvSchema, env: Map<string, unknown>): string {
  const strangers = [...env.keys()].filter((given) => !variables.has(given))
  const near = nearest(name, strangers)
  const misspelt = near === null ? '' : `. ${near} is set: is it misspelt?`
  return `wanted ${kindWanted(variables.get(name)!)}; it is ${env.has(name) ? 'empty' : 'not set'}${misspelt}`
}

/** One sentence for each variable whose text, given or default, does not fit. */
async function wrongTexts(
  { variables }: EnvSchema,
  texts: Map<string, string>,
  env: Map<string, EnvValues[string]>,
): Promise<Map<string, string>> {
  const fits = await validator(variables)
  const read = [...texts].map(([name, text]) => [name, meaningOf(text, variables.get(name)!.type)] as const)
  if (fits(Object.fromEntries(read))) return new Map()
  const errorsOf = Map.groupBy(fits.errors ?? [], ({ instancePath }) => instancePath.slice(1))
  const sentences = [...errorsOf].map(([name, errors]) => {
    const declaration = variables.get(name)!
    const isSecret = declaration['x-secret'] || typeof env.get(name) === 'object'
    const wanted = new Set(errors.map((error) => phrase(error, declaration)))
    return [name, `wanted ${[...wanted].join(' and ')}; found ${found(texts.get(name)!, isSecret)}`] as const
  })
  return new Map(sentences)
}

/** Loaded on use: most commands never validate, and should not wait for it. */
async function validator(variables: Map<string, Declaration>): Promise<ValidateFunction> {
  const [{ Ajv }, { default: formats }] = await Promise.all([import('ajv'), import('ajv-formats')])
  const ajv = new Ajv({ strict: true, allErrors: true, validateFormats: true })
  formats.default(ajv)
  const properties = [...variables].map(([name, declaration]) => {
    const { 'x-secret': _secret, 'x-phase': _phase, default: _default, ...keywords } = declaration
    return [name, keywords] as const
  })
  return ajv.compile({ type: 'object', properties: Object.fromEntries(properties) })
}

/** What the text stands for; the text itself where it is not of that type, so that the validator says so. */
function meaningOf(text: string, type: Declaration['type']): string | number | boolean {
  if (type === 'integer' && /^[+-]?\d+$/.test(text)) return Number(text)
  if (type === 'number' && /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|1)$/.test(text)) return true
  if (type === 'boolean' && /^(false|0)$/.test(text)) return false
  return text
}

function phrase({ keyword, params }: ErrorObject, declaration: Declaration): string {
  switch (keyword) {
    case 'enum':
      return `one of ${declaration.enum?.join(', ')}`
    case 'const':
      return `${declaration.const}`
    case 'minLength':
      return `at least ${params.limit} characters`
    case 'maxLength':
      return `at most ${params.limit} characters`
    case 'minimum':
      return `at least ${params.limit}`
    case 'maximum':
      return `at most ${params.limit}`
    case 'pattern':
      return `text that matches ${params.pattern}`
    default:
      return kindWanted(declaration)
  }
}

function kindWanted({ type, format }: Declaration): string {
  if (type === 'string') return format === undefined ? 'text' : `text of the format ${format}`
  return { integer: 'a whole number', number: 'a number', boolean: 'true or false' }[type]
}

function found(text: string, isSecret: boolean): string {
  if (isSecret) return `a secret of ${text.length} characters`
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
}

function refusal({ variables }: EnvSchema, problems: Map<string, string>): SluiceError {
  const details = [...variables].flatMap(([name, { description }]) => {
    const problem = problems.get(name)
    if (problem === undefined) return []
    return [`${name}: ${problem}${description === undefined ? '' : `   (${description})`}`]
  })
  const count =
    problems.size === 1
      ? 'a variable that the app needs is'
      : `${problems.size} variables that the app needs are`
  return new SluiceError('ENV_INVALID', `${count} missing or wrong`, {
    details,
    todo: 'Set them under env in sluice.yaml, for all environments or for one.',
  })
}
