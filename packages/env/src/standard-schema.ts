import type { Reading } from './kinds/kind.ts'

/** Of Standard Schema (https://standardschema.dev, version 1) the part that is called here; zod, valibot and arktype have it. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Answer<Output> | Promise<Answer<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type Answer<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a schema makes of the text. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

/** Some libraries' schemas are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const standard = (value as Partial<StandardSchema>)['~standard']
  return standard?.version === 1 && typeof standard.validate === 'function'
}

/** Never throws: a schema that does is told like one that refuses. `wanted` completes "wanted …". */
export function readByStandardSchema(
  schema: StandardSchema,
  value: unknown,
  wanted: string,
): Reading<unknown> | Promise<Reading<unknown>> {
  // Only the name of what was thrown: its message may hold the value.
  const failed = (error: unknown) => ({
    wanted: `${wanted} (but the schema itself failed with ${error instanceof Error ? error.name : typeof error})`,
  })
  try {
    const answer = schema['~standard'].validate(value)
    // Its promise may be of another realm or library.
    if (!('then' in answer)) return readingOf(answer, wanted)
    return Promise.resolve(answer)
      .then((settled) => readingOf(settled, wanted))
      .catch(failed)
  } catch (error) {
    return failed(error)
  }
}

function readingOf(answer: Answer<unknown>, wanted: string): Reading<unknown> {
  if (answer.issues === undefined) return { value: answer.value }
  return { wanted, said: answer.issues.map(sentence).join('; ') }
}

function sentence({ message, path = [] }: Issue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
}
