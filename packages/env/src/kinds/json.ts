import { definitionError } from '../env-error.ts'
import {
  isStandardSchema,
  type OutputOf,
  readByStandardSchema,
  type StandardSchema,
} from '../standard-schema.ts'
import { type Exactly, type Options, type Variable, variable } from '../variable.ts'
import { type Kind, type Reading, unfit } from './kind.ts'

export interface JsonOptions extends Options<unknown> {
  /** A Standard Schema, such as zod's, for the parsed value. Without one the value is `unknown`. */
  schema?: StandardSchema
}

/** JSON on one line. The value is frozen all the way down, unless a schema made it. */
export function json<const O extends JsonOptions = Record<never, never>>(
  options?: Exactly<O, JsonOptions>,
): Variable<ParsedOf<O>, O> {
  return variable((given: JsonOptions) => kind<ParsedOf<O>>(given), options, ['schema'])
}

type ParsedOf<O> = O extends { readonly schema: infer Schema extends StandardSchema }
  ? OutputOf<Schema>
  : unknown

function kind<Value>({ schema }: JsonOptions): Kind<Value> {
  if (schema !== undefined && !isStandardSchema(schema)) throw definitionError('schema is a Standard Schema')
  return {
    wanted: 'JSON',
    read: (text) => {
      const parsed = parse(text, schema === undefined)
      if (schema === undefined || !('value' in parsed)) return parsed as Reading<Value>
      return readByStandardSchema(schema, parsed.value, 'JSON that its schema takes') as Reading<Value>
    },
    write: (value) => {
      try {
        return JSON.stringify(value) ?? null
      } catch {
        return null
      }
    },
    keywords: { type: 'string' },
  }
}

/** What the parser says is not passed on: it quotes the text. */
function parse(text: string, isFrozen: boolean): Reading<unknown> {
  try {
    return { value: isFrozen ? JSON.parse(text, (_key, value) => Object.freeze(value)) : JSON.parse(text) }
  } catch {
    return unfit
  }
}
