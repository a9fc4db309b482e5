import { z } from 'zod'
import { emptyWhenNull, INSIDE, text } from './values.ts'

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const variable = z
  .union(
    [
      z.string(),
      z.number().transform(String),
      z.boolean().transform(String),
      z.strictObject({
        file: text('path', /^[^\0]+$/, 'the path of a file').describe(
          'A file that holds the value, read when an instance starts; relative to sluice.yaml.',
        ),
      }),
    ],
    { error: 'a value, or { file: … } for a secret' },
  )
  .meta({ title: 'value or file' })
  .describe('One variable: its value, or `{ file: … }`.')

/** `env` of one environment. */
export const variables = z
  .preprocess(emptyWhenNull, z.record(z.string(), variable, { error: 'a map of variables' }))
  .superRefine(
    (values, context) => {
      refuseNames(Object.keys(values), context)
      if (Object.hasOwn(values, 'schema')) {
        const message = 'one schema holds for all environments. Write it in env at the top level'
        context.addIssue({ code: 'custom', path: ['schema'], message })
      }
    },
    { when: holdsMap },
  )

/** `env` at the top level, which also names the env schema. */
export const variablesAndSchema = z
  .preprocess(
    emptyWhenNull,
    z
      .object({
        schema: text('path', INSIDE, 'the path of a file inside the folder, such as ./env.schema.yaml')
          .optional()
          .describe('Says which variables the app needs; they are checked before anything starts.'),
      })
      .catchall(variable),
  )
  .superRefine((values, context) => refuseNames(Object.keys(values), context), { when: holdsMap })

/** Names are looked at even where some value is wrong, so that all problems are told at once. */
function holdsMap({ value }: { value: unknown }): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuseNames(names: string[], context: z.RefinementCtx): void {
  for (const key of names) {
    const message = variableProblem(key)
    if (message !== null) context.addIssue({ code: 'custom', path: [key], message, params: { key: true } })
  }
}

function variableProblem(key: string): string | null {
  if (key === 'PORT')
    return 'Sluice gives each instance a port of its own. For an app with a fixed port write run.port'
  if (key.startsWith('SLUICE_')) return 'names that start with SLUICE_ are given by Sluice'
  if (!VARIABLE.test(key)) return 'a variable is named by letters, digits and _, not starting with a digit'
  return null
}
