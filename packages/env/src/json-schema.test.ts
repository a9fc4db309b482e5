import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkEnv } from '../../sluice/src/config/check-env.ts'
import { parseEnvSchema } from '../../sluice/src/config/env-schema.ts'
import { defineEnv, type Env } from './define-env.ts'
import type { EnvDefinition } from './env-values.ts'
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

const kinds = {
  TEXT: text({ minLength: 2, maxLength: 9, pattern: /^[a-z ]+$/, docs: 'Some text.', example: 'ab' }),
  PORT: port({ default: 3000 }),
  INTEGER: integer({ min: -5, max: 500 }),
  NUMBER: number({ min: 0, default: 0.5 }),
  BOOLEAN: boolean({ default: false }),
  CHOICE: choice(['debug', 'info'], { default: 'info' }),
  DURATION: duration({ default: '30s' }),
  EMAIL: email({ optional: true }),
  URL: url({ protocols: ['https', 'git+ssh'], secret: true }),
  HOST: host({ deprecated: 'use URL', optional: true }),
  LIST: list({ of: integer(), default: [] }),
  JSON: json({ phase: 'build', default: { a: 1 } }),
  ZOD: { schema: z.string(), optional: true, defaults: { production: 'a', development: 'b' } },
} satisfies EnvDefinition

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-env-export-'))
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0

/** What `sluice` makes of the exported schema: whether it takes the value. */
async function reader(declared: Env<EnvDefinition, 'runtime'>) {
  const schemaFile = join(folder, `${files++}.json`)
  await writeFile(schemaFile, JSON.stringify(declared.toJsonSchema()))
  return (values: Record<string, string>) =>
    checkEnv({ schemaFile, values, phase: 'runtime' }).then(
      () => true,
      (error) => {
        if (error.code !== 'ENV_INVALID') throw error
        return false
      },
    )
}

describe('ENV-11: the JSON Schema', () => {
  it('of all kinds is taken by the reader of env.schema.yaml', () => {
    const schema = defineEnv(kinds).toJsonSchema()
    const { variables, required } = parseEnvSchema(JSON.stringify(schema), 'env.schema.yaml')
    expect([...variables.keys()]).toEqual(Object.keys(kinds))
    expect([...required]).toEqual(['TEXT', 'INTEGER', 'URL'])
    expect(schema.properties).toMatchObject({
      TEXT: { type: 'string', minLength: 2, maxLength: 9, description: 'Some text. Example: ab' },
      PORT: { type: 'integer', minimum: 1, maximum: 65_535, default: 3000 },
      BOOLEAN: { type: 'boolean', default: false },
      DURATION: { type: 'string', default: '30s' },
      HOST: { description: 'Deprecated: use URL.' },
      URL: { 'x-secret': true },
      JSON: { 'x-phase': 'build', default: '{"a":1}' },
    })
  })

  it('says of a mode what holds in it, and without one what holds wherever it is deployed', () => {
    const declared = defineEnv({
      A: port({ defaults: { development: 1 } }),
      B: text({ secret: true, defaults: { test: 'only for tests' } }),
    })
    expect(declared.toJsonSchema().required).toEqual(['B'])
    expect(declared.toJsonSchema({ mode: 'production' }).required).toEqual(['A', 'B'])
    expect(declared.toJsonSchema({ mode: 'development' }).properties.A?.default).toBe(1)
    expect(declared.toJsonSchema({ mode: 'test' })).toMatchObject({ required: ['A'] })
    expect(JSON.stringify(declared.toJsonSchema({ mode: 'test' }))).not.toContain('only for tests')
  })

  it('holds no lookaround, which Go does not know', () => {
    expect(JSON.stringify(defineEnv(kinds).toJsonSchema())).not.toMatch(/\(\?[=!<]/)
  })
})

describe('ENV-11: sluice and the app', () => {
  const values = {
    TEXT: ['ab', 'a', 'AB', 'a'.repeat(10), 'é', '😀😀'],
    PORT: ['1', '0', '65535', '65536', '+80', '8.0', ' 80', '1e3', '-1'],
    INTEGER: ['-5', '-6', '+5', '1.0', '', '0x1'],
    NUMBER: ['.5', '1.', '-0.1', '1e999', 'NaN', 'Infinity', '1e-3', '.'],
    BOOLEAN: ['true', '1', 'false', '0', 'yes', 'TRUE', '10'],
    CHOICE: ['debug', 'Debug', 'info ', ''],
    DURATION: ['500ms', '30', '1h30m', '30m1h', '1.5s', '1.5h', 's'],
    EMAIL: ['a@b.example', 'a@b', 'a', 'A <a@b.example>', "o'x@b.example"],
    URL: [
      'https://a/b',
      'http://a',
      'git+ssh://g@h/r',
      'https://a b',
      'https://u:p^@h',
      'https://[::1]:8/',
      'https://é',
    ],
    HOST: ['my_db', '::1', '10.0.0.1', 'a:1', '-a', 'a..b'],
  } satisfies Partial<Record<keyof typeof kinds, string[]>>
  const table = Object.entries(values) as [keyof typeof values, string[]][]

  it.each(table)('agree on values of %s', async (name, texts) => {
    const declared = defineEnv({ [name]: kinds[name] } as EnvDefinition)
    const sluiceTakes = await reader(declared)
    for (const value of texts) {
      const source = { [name]: value }
      expect([value, await sluiceTakes(source)]).toEqual([value, declared.check(source).ok])
    }
  })

  const near = (name: keyof typeof values) =>
    fc.oneof(
      fc.constantFrom(...values[name]),
      fc.string({ unit: fc.constantFrom(...'0123456789+-.eE:/@%[]?#,_ aAfmshd"^~é😀'), maxLength: 12 }),
      fc
        .tuple(
          fc.constantFrom(...values[name]),
          fc.constantFrom('', 's', '0', '/', '@', ':', '%41', '#', ' '),
        )
        .map((parts) => parts.join('')),
      fc.integer({ min: -1e6, max: 1e6 }).map(String),
      fc.double({ noNaN: true }).map(String),
    )

  it.each(table.map(([name]) => name).filter((name) => !['URL', 'HOST'].includes(name)))(
    'agree on generated values of %s',
    async (name) => {
      const declared = defineEnv({ [name]: kinds[name] } as EnvDefinition)
      const sluiceTakes = await reader(declared)
      await fc.assert(
        fc.asyncProperty(near(name), async (value) => {
          const source = { [name]: value }
          expect(await sluiceTakes(source)).toBe(declared.check(source).ok)
        }),
        { numRuns: 30 },
      )
    },
  )

  // A format or a pattern says less than a parser: the app may refuse what sluice takes, never the other way round.
  it.each([
    [
      'URL',
      fc.oneof(
        near('URL'),
        near('HOST').map((part) => `https://${part}`),
        fc.webUrl(),
      ),
    ],
    ['HOST', fc.oneof(near('HOST'), fc.ipV6(), fc.ipV4(), fc.domain())],
  ] as const)('agree on what the app takes as %s', async (name, arbitrary) => {
    const declared = defineEnv({ [name]: kinds[name] } as EnvDefinition)
    const sluiceTakes = await reader(declared)
    await fc.assert(
      fc.asyncProperty(arbitrary, async (value) => {
        const source = { [name]: value }
        if (declared.check(source).ok) expect(await sluiceTakes(source)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('differ on an integer that a number cannot hold exactly: only the app refuses it', async () => {
    const declared = defineEnv({ A: integer() })
    const source = { A: '9007199254740993' }
    expect([await (await reader(declared))(source), declared.check(source).ok]).toEqual([true, false])
  })
})
