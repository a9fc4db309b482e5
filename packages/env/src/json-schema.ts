import { type Declaration, defaultIn } from './declaration.ts'
import type { Keywords } from './kinds/kind.ts'

/** One variable, with only those keywords that `sluice env` reads. */
export interface VariableSchema extends Keywords {
  description?: string
  default?: string | number | boolean
  'x-secret'?: true
  'x-phase'?: 'build'
}

/** The environment as JSON Schema: what `env.schema.yaml` holds. JSON is YAML, so it can be written there as it is. */
export interface EnvJsonSchema {
  type: 'object'
  required: string[]
  properties: Record<string, VariableSchema>
}

/** See `Env.toJsonSchema`. */
export function jsonSchema(
  declarations: ReadonlyMap<string, Declaration>,
  mode: string | undefined,
): EnvJsonSchema {
  const all = [...declarations.values()]
  return {
    type: 'object',
    required: all.filter((declaration) => isRequired(declaration, mode)).map(({ name }) => name),
    // Not by assignment, which takes __proto__ for something else.
    properties: Object.fromEntries(all.map((declaration) => [declaration.name, property(declaration, mode)])),
  }
}

/** Whether it has to be set in this mode, or where none is given, in all that are deployed. `requiredWhen` cannot be said. */
function isRequired(declaration: Declaration, mode: string | undefined): boolean {
  if (declaration.isOptional || declaration.requiredWhen !== undefined) return false
  return (mode !== undefined || !variesByMode(declaration)) && defaultIn(mode, declaration) === undefined
}

function property(declaration: Declaration, mode: string | undefined): VariableSchema {
  const { kind, isSecret, phase } = declaration
  const schema: VariableSchema = { ...kind.keywords }
  const text = mode === undefined && variesByMode(declaration) ? undefined : defaultIn(mode, declaration)
  if (text !== undefined && !isSecret) schema.default = literal(declaration, text)
  const description = describe(declaration)
  if (description !== '') schema.description = description
  if (isSecret) schema['x-secret'] = true
  if (phase === 'build') schema['x-phase'] = phase
  return schema
}

/** Tests aside: nobody deploys with NODE_ENV=test, and a secret's default for tests must not hide that it is required. */
function variesByMode({ defaults }: Declaration): boolean {
  return [...defaults.keys()].some((mode) => mode !== 'test')
}

/** A number or a boolean as such, where the schema says that it is one. */
function literal({ kind }: Declaration, text: string): string | number | boolean {
  const { type } = kind.keywords
  if (type === 'string') return text
  return type === 'boolean' ? text === 'true' : Number(text)
}

function describe({ docs, example, deprecated }: Declaration): string {
  const sentences = [
    docs,
    deprecated === undefined ? undefined : `Deprecated: ${deprecated}.`,
    example === undefined ? undefined : `Example: ${example}`,
  ]
  return sentences.filter((sentence) => sentence !== undefined).join(' ')
}
