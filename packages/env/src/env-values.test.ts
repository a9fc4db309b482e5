import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineEnv } from './define-env.ts'
import { boolean, choice, duration, integer, json, list, port, text, url } from './kinds/index.ts'
import type { Secret } from './secret.ts'
import type { Phase } from './variable.ts'

describe('ENV-01: the type of the values', () => {
  const declared = defineEnv({
    PORT: port({ default: 3000 }),
    HOME: text(),
    NICK: text({ optional: true }),
    LEVEL: choice(['debug', 'info'], { default: 'info' }),
    TRACE: boolean({ optional: true }),
    TTL: duration({ default: '30s' }),
    NAMES: list(),
    SIZES: list({ of: integer() }),
    ANY: json(),
    SHAPE: json({ schema: z.object({ a: z.number() }) }),
    KEY: text({ secret: true }),
    MAYBE_KEY: text({ secret: true, requiredWhen: (others) => others.LEVEL === 'debug' }),
    BUILD_ID: text({ phase: 'build' }),
    ZOD: { schema: z.coerce.number() },
    VALIBOT: {
      schema: v.pipe(
        v.string(),
        v.transform((value) => value.length),
      ),
      secret: true,
      optional: true,
    },
  })
  const values = () => declared.parse()
  type Values = ReturnType<typeof values>

  it('follows the kinds, the defaults and what may be missing', () => {
    expectTypeOf<Values['PORT']>().toEqualTypeOf<number>()
    expectTypeOf<Values['HOME']>().toEqualTypeOf<string>()
    expectTypeOf<Values['NICK']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<Values['LEVEL']>().toEqualTypeOf<'debug' | 'info'>()
    expectTypeOf<Values['TRACE']>().toEqualTypeOf<boolean | undefined>()
    expectTypeOf<Values['TTL']>().toEqualTypeOf<number>()
    expectTypeOf<Values['NAMES']>().toEqualTypeOf<readonly string[]>()
    expectTypeOf<Values['SIZES']>().toEqualTypeOf<readonly number[]>()
    expectTypeOf<Values['ANY']>().toEqualTypeOf<unknown>()
    expectTypeOf<Values['SHAPE']>().toEqualTypeOf<{ a: number }>()
  })

  it('wraps secrets, and takes what other schemas make', () => {
    expectTypeOf<Values['KEY']>().toEqualTypeOf<Secret<string>>()
    expectTypeOf<Values['MAYBE_KEY']>().toEqualTypeOf<Secret<string> | undefined>()
    expectTypeOf<Values['ZOD']>().toEqualTypeOf<number>()
    expectTypeOf<Values['VALIBOT']>().toEqualTypeOf<Secret<number> | undefined>()
  })

  it('knows the phase', () => {
    const atBuild = () => declared.parse({}, { phase: 'build' })
    const sometime = (phase: Phase) => declared.parse({}, { phase })
    expectTypeOf<Values['BUILD_ID']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<ReturnType<typeof atBuild>['BUILD_ID']>().toEqualTypeOf<string>()
    expectTypeOf<ReturnType<typeof atBuild>['HOME']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<ReturnType<typeof atBuild>['PORT']>().toEqualTypeOf<number>()
    expectTypeOf<ReturnType<typeof sometime>['HOME']>().toEqualTypeOf<string | undefined>()
  })

  it('is read-only, and refuses what is misspelt or does not fit', () => {
    const never = () => {
      // @ts-expect-error: read-only
      values().PORT = 1
      // @ts-expect-error: misspelt
      text({ minlength: 3 })
      // @ts-expect-error: not one of the words
      choice(['a', 'b'], { default: 'c' })
      // @ts-expect-error: no number
      port({ default: '3000' })
      // @ts-expect-error: not declared
      values().PROT
      url({ docs: 'x', protocols: ['https'], requiredWhen: ({ PORT }) => PORT === 1 })
    }
    expectTypeOf(never).toBeFunction()
  })
})
