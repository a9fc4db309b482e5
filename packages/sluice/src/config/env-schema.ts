import { basename } from 'node:path'
import { z } from 'zod'
import { readConfigFile, refusal } from './file.ts'
import type { JsonSchema } from './keys.ts'
import { readText } from './problems.ts'
import { oneOf, text, whole, yesNo } from './values.ts'

/** When a variable is needed: while a release is built, or while it runs. */
export type Phase = 'build' | 'runtime'

export type VariableType = 'string' | 'integer' | 'number' | 'boolean'

/** Those of JSON Schema that can be said of one line of text. */
const formats = [
  'uri',
  'uri-reference',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
  'date',
  'date-time',
  'time',
  'duration',
  'regex',
] as const

/** Keywords that say something about one kind of value only. */
const belongsTo: { [Keyword in keyof Declaration]?: VariableType[] } = {
  minLength: ['string'],
  maxLength: ['string'],
  pattern: ['string'],
  format: ['string'],
  minimum: ['integer', 'number'],
  maximum: ['integer', 'number'],
}

const literal = z.union([z.string(), z.number(), z.boolean()], { error: 'text, a number, true or false' })
const bound = z.number({ error: 'a number' })

const declaration = z
  .strictObject(
    {
      type: oneOf(['string', 'integer', 'number', 'boolean'])
        .prefault('string')
        .describe('What the text stands for.'),
      description: z.string({ error: 'text' }).optional().describe('What it is for.'),
      enum: z
        .array(literal, { error: 'a list of values' })
        .min(1, { error: 'at least one value' })
        .optional()
        .describe('All values that it may have.'),
      const: literal.optional().describe('The only value that it may have.'),
      minLength: whole(0, 1_000_000).optional().describe('Least number of characters.'),
      maxLength: whole(0, 1_000_000).optional().describe('Greatest number of characters.'),
      minimum: bound.optional().describe('Least number.'),
      maximum: bound.optional().describe('Greatest number.'),
      pattern: z
        .string({ error: 'a regular expression' })
        .refine(isRegExp, { error: 'a regular expression', params: { wanted: true } })
        .optional()
        .describe('Regular expression that is found in the value.'),
      format: oneOf(formats).optional().describe('What the text looks like.'),
      default: literal.optional().describe('Given to the app when the variable is not set.'),
      'x-secret': yesNo().prefault(false).describe('Never shown, logged or journaled.'),
      'x-phase': oneOf(['build', 'runtime']).prefault('runtime').describe('When it is demanded.'),
    },
    { error: 'a map that describes the variable' },
  )
  .superRefine((variable, context) => {
    for (const [keyword, types] of Object.entries(belongsTo)) {
      if (variable[keyword as keyof typeof variable] === undefined || types.includes(variable.type)) continue
      const message = `says nothing about a value of type ${variable.type}; it belongs to ${types.join(' and ')}`
      context.addIssue({ code: 'custom', path: [keyword], message, params: { key: true } })
    }
    if (variable.default === undefined) return
    if (variable['x-secret']) {
      context.addIssue({
        code: 'custom',
        path: ['default'],
        message: 'a secret has no default: it would stand in the repository',
      })
    } else if (!isOfType(variable.default, variable.type)) {
      context.addIssue({ code: 'custom', path: ['default'], message: `is not of type ${variable.type}` })
    }
  })

const envSchema = z
  .strictObject(
    {
      $schema: z.string({ error: 'text' }).optional().describe('Dialect of JSON Schema, for editors.'),
      title: z.string({ error: 'text' }).optional().describe('Name of the schema.'),
      description: z.string({ error: 'text' }).optional().describe('What the schema is for.'),
      type: oneOf(['object']).prefault('object').describe('Variables are a map.'),
      properties: z
        .record(text('name', /^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'), declaration, {
          error: 'a map of variables',
        })
        .prefault({})
        .describe('The variables that the app knows.'),
      required: z
        .array(z.string({ error: 'the name of a variable' }), { error: 'a list of names' })
        .prefault([])
        .describe('Those that have to be set.'),
    },
    { error: 'a map with the keys type, properties and required' },
  )
  .superRefine(({ properties, required }, context) => {
    for (const [index, name] of required.entries()) {
      if (Object.hasOwn(properties, name)) continue
      context.addIssue({
        code: 'custom',
        path: ['required', index],
        message: `"${name}" is not one of the properties`,
      })
    }
  })

/** One variable as the app declares it. */
export type Declaration = z.output<typeof declaration>

/** Variables that an app declares. */
export interface EnvSchema {
  /** In the order of the file. */
  variables: Map<string, Declaration>
  required: Set<string>
}

/**
 * Reads an env schema: the part of JSON Schema that can be said about environment variables, with `x-secret` and `x-phase`.
 * @throws CONFIG_MISSING, or CONFIG_INVALID with one line for each problem; a keyword that is not known is one.
 */
export async function readEnvSchema(file: string): Promise<EnvSchema> {
  const shown = basename(file)
  const todo = 'Write it, or take env.schema out of sluice.yaml.'
  return parseEnvSchema(await readConfigFile(file, { shown, todo }), shown)
}

/** The text of an env schema; `shown` is how messages call the file. Throws as `readEnvSchema`. */
export function parseEnvSchema(text: string, shown: string): EnvSchema {
  const read = readText(text, {
    schema: envSchema,
    jsonSchema: () => z.toJSONSchema(envSchema, { io: 'input' }) as JsonSchema,
    keepText: () => false,
    isSecret: (path) => path.at(-1) === 'default',
  })
  if ('problems' in read) throw refusal(shown, read.problems)
  const { properties, required } = read.value
  return { variables: new Map(Object.entries(properties)), required: new Set(required) }
}

function isOfType(value: string | number | boolean, type: VariableType): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function isRegExp(pattern: string): boolean {
  try {
    // As the validator reads it.
    return new RegExp(pattern, 'u') !== null
  } catch {
    return false
  }
}
