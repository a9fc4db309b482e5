import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineEnv } from './define-env.ts'
import { json, list } from './kinds/index.ts'
import type { StandardSchema } from './standard-schema.ts'

const canary = 'canary-7f3a91c2'

function textOf(schema: StandardSchema, value: string, secret = false): string {
  const result = defineEnv({ A: { schema, secret } }).check({ A: value })
  return result.ok ? 'ok' : result.problems.map(({ text }) => text).join('\n')
}

/** A schema of nobody's. */
function schemaThat(validate: (value: unknown) => unknown): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

describe('a schema of another library', () => {
  it('is what the specification says', () => {
    expectTypeOf<StandardSchemaV1<string, number>>().toExtend<StandardSchema>()
  })

  it.each([
    ['zod', z.coerce.number().int().max(9)],
    ['valibot', v.pipe(v.string(), v.transform(Number), v.number(), v.integer(), v.maxValue(9))],
  ])('reads, refuses and has defaults: %s', (_library, schema) => {
    const declared = defineEnv({ A: { schema, default: '7', docs: 'How many.' } })
    expect([declared.parse({ A: '5' }).A, declared.parse({ A: '' }).A]).toEqual([5, 7])
    expect(textOf(schema, '10')).toMatch(
      /^A: wanted what its schema takes \(.*9.*\); found "10"\. Correct it\.$/,
    )
    expect(() => defineEnv({ A: { schema, default: '10' } })).toThrow('A: its default does not fit')
  })

  it('says where in JSON the mistake is', () => {
    const declared = defineEnv({ A: json({ schema: z.object({ b: z.array(z.number()) }) }) })
    expect(declared.parse({ A: '{"b":[1]}' }).A).toEqual({ b: [1] })
    expect(declared.check({ A: '{"b":["x"]}' })).toMatchObject({
      problems: [{ wanted: expect.stringContaining('JSON that its schema takes (b.0: ') }],
    })
  })

  it('that takes its time is refused by parse, and read by parseAsync', async () => {
    const schema = z.string().refine(async (value) => value !== 'bad')
    const declared = defineEnv({ A: { schema }, B: list({ of: json({ schema }), optional: true }) })
    expect(() => declared.parse({ A: 'a' })).toThrow(
      'A: wanted a schema that answers at once; call parseAsync',
    )
    expect(await declared.parseAsync({ A: 'a', B: '"b"' })).toEqual({ A: 'a', B: ['b'] })
    await expect(declared.parseAsync({ A: 'bad' })).rejects.toThrow('A: wanted what its schema takes')
    expect(await declared.checkAsync({ A: 'a', B: '"bad"' })).toMatchObject({ ok: false })
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError(canary)
      },
    ],
    ['answers nothing', () => undefined],
    ['answers nonsense', () => ({ issues: 3 })],
  ])('that %s is a problem like any other', (_what, validate) => {
    expect(textOf(schemaThat(validate), canary, true)).toMatch(
      /the schema itself failed with TypeError\); found a secret/,
    )
  })

  it('that rejects is a problem like any other', async () => {
    const schema = schemaThat(() => Promise.reject(new RangeError(canary)))
    const result = await defineEnv({ A: { schema } }).checkAsync({ A: 'x' })
    expect(result).toMatchObject({
      problems: [{ wanted: expect.stringContaining('failed with RangeError') }],
    })
  })
})

describe('ENV-02 and ENV-06: the words of another library about a secret', () => {
  it('have its length in the place of its value', () => {
    expect(textOf(v.pipe(v.string(), v.email()), canary, true)).toBe(
      'A: wanted what its schema takes (Invalid email: Received a secret of 15 characters); found a secret of 15 characters. Correct it.',
    )
  })

  it.each([
    ['a part', (value: string) => `begins with ${value.slice(0, 6)}`],
    ['another case', (value: string) => `no ${value.toUpperCase()}`],
    ['the value twice', (value: string) => `${value}${value}`],
    ['the value as JSON', (value: string) => JSON.stringify({ value })],
  ])('are left out where they hold %s of it', (_what, message) => {
    const text = textOf(
      schemaThat((value) => ({ issues: [{ message: message(String(value)) }] })),
      canary,
      true,
    )
    expect(text.toLowerCase()).not.toContain(canary.slice(0, 6))
  })

  it('are left out where a short secret is a word of theirs', () => {
    const text = textOf(v.pipe(v.string(), v.minLength(9, 'an email is wanted, not "email"')), 'email', true)
    expect(text).toBe('A: wanted what its schema takes; found a secret of 5 characters. Correct it.')
  })

  it('are cut, and have no lines of their own, where it is none', () => {
    const text = textOf(
      schemaThat(() => ({ issues: [{ message: `a\n${'b'.repeat(1_000)}` }] })),
      'x',
    )
    expect(text).not.toContain('\n')
    expect(text.length).toBeLessThan(300)
  })
})
