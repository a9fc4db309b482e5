import { format, inspect } from 'node:util'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { VariableDefinition } from './declaration.ts'
import { defineEnv } from './define-env.ts'
import {
  boolean,
  choice,
  duration,
  email,
  host,
  integer,
  json,
  list,
  number,
  port,
  text,
  url,
} from './kinds/index.ts'

const secret = true as const

const kinds: VariableDefinition[] = [
  text({ secret }),
  text({ secret, maxLength: 3 }),
  port({ secret }),
  integer({ secret }),
  number({ secret }),
  boolean({ secret }),
  choice(['a', 'b'], { secret }),
  duration({ secret }),
  url({ secret }),
  url({ secret, protocols: ['postgres'] }),
  host({ secret }),
  email({ secret }),
  list({ secret }),
  list({ secret, of: integer() }),
  json({ secret }),
  json({ secret, schema: z.strictObject({ a: z.number() }) }),
  { schema: z.string().regex(/^x$/), secret },
  { schema: z.string().refine(() => false, { error: ({ input }) => `bad: ${input}` }), secret },
  { schema: z.enum(['a', 'b']), secret },
  { schema: v.pipe(v.string(), v.email()), secret },
  { schema: v.picklist(['a', 'b']), secret },
]

const surroundings: ((canary: string) => string)[] = [
  (canary) => canary,
  (canary) => `postgres://user:${canary}@host/db`,
  (canary) => `http://${canary}@host:99999`,
  (canary) => `1,${canary},3`,
  (canary) => `{"a":"${canary}"}`,
  (canary) => `{"${canary}":1}`,
  (canary) => `{"a":${canary}`,
  (canary) => `a\n${canary}"'\`\\`,
  (canary) => `${canary}@mail.example`,
]

/** Hexadecimal, so that no part of it is a word of ours; the letters first, so that it is no number. */
const canaries = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 10, maxLength: 60 })
  .map((hex) => `zq${hex}`)

describe('ENV-02 and ENV-06: the value of a secret', () => {
  it('is in no output at all', () => {
    fc.assert(
      fc.property(
        canaries,
        fc.constantFrom(...surroundings),
        fc.constantFrom(...kinds),
        fc.constantFrom('APP_A', 'APP_TYPO'),
        (canary, surround, kind, name) => {
          const warnings: unknown[] = []
          const declared = defineEnv(
            {
              APP_A: { ...kind, ...('options' in kind ? {} : { docs: 'One.' }) } as VariableDefinition,
              APP_B: text({ secret, defaults: { test: `${canary}` } }),
              APP_C: text({ secret, optional: true, deprecated: 'leave it out' }),
              APP_D: text({
                requiredWhen: (others) => {
                  throw new Error(inspect(others))
                },
              }),
            },
            { prefix: 'APP_', onWarning: (warning) => warnings.push(warning) },
          )
          const source = { [name]: surround(canary), APP_C: canary, NODE_ENV: 'test' }
          const outputs: unknown[] = [declared.check(source), warnings, declared]
          for (const parse of [declared.parse, declared.parseOrExit]) {
            try {
              outputs.push(
                parse(source, {
                  process: { stderr: { write: (line: string) => outputs.push(line) }, exit: () => {} },
                } as never),
              )
            } catch (error) {
              outputs.push(error, String(error), (error as Error).stack)
            }
          }
          outputs.push(declared.toExample(), declared.toMarkdown(), declared.toJsonSchema({ mode: 'test' }))
          const shown = [
            JSON.stringify(outputs),
            inspect(outputs, { depth: 20, showHidden: true }),
            format('%s %o', outputs, outputs),
          ]
          // A part of it would be as bad.
          for (const part of [canary.slice(0, 8), canary.slice(-8)]) {
            for (const one of shown) expect(one.toLowerCase().includes(part)).toBe(false)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
