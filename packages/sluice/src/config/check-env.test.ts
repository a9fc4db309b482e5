import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SluiceError } from '../errors.ts'
import { checkEnv, type EnvCheck } from './check-env.ts'
import type { EnvValues } from './config.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-env-'))
})
afterEach(() => rm(folder, { recursive: true }))

const shop = `
type: object
required: [PORT, DATABASE_URL, JWT_SECRET, LOG_LEVEL]
properties:
  PORT: { type: integer, default: 3000 }
  DATABASE_URL: { type: string, format: uri, description: Where orders are kept. }
  JWT_SECRET: { type: string, minLength: 32, x-secret: true }
  LOG_LEVEL: { enum: [debug, info], default: info }
  WORKERS: { type: integer, minimum: 1, maximum: 8 }
  TRACE: { type: boolean }
  RATIO: { type: number }
  REGION: { pattern: "^[a-z]{2}-[a-z]+$", maxLength: 10 }
  API_VERSION: { const: "2" }
`
const right = { DATABASE_URL: 'postgres://db.internal/shop', JWT_SECRET: 's'.repeat(32) }

async function check(schema: string, values: EnvValues, more: Partial<EnvCheck> = {}): Promise<EnvValues> {
  const schemaFile = join(folder, 'env.schema.yaml')
  await writeFile(schemaFile, schema)
  return checkEnv({ schemaFile, values, phase: 'runtime', ...more })
}

async function refusalOf(answer: Promise<unknown>): Promise<SluiceError> {
  const error = await answer.catch((thrown: unknown) => thrown)
  if (!(error instanceof SluiceError)) throw error
  return error
}

describe('variables', () => {
  it('that are right come back as they were, with the defaults of the others as text', async () => {
    const values = {
      ...right,
      OTHER: 'kept',
      WORKERS: '8',
      TRACE: '0',
      RATIO: '.5',
      REGION: 'eu-west',
      API_VERSION: '2',
    }
    expect(await check(shop, values)).toEqual({ ...values, PORT: '3000', LOG_LEVEL: 'info' })
  })

  it('that are wrong are told all at once, in the order of the schema', async () => {
    const values = {
      JWT_SECRET: 'hunter2',
      LOG_LEVEL: 'loud',
      WORKERS: '99',
      TRACE: 'yes',
      RATIO: 'half',
      REGION: 'The Netherlands',
      API_VERSION: '3',
    }
    const error = await refusalOf(check(shop, values))
    expect(error.code).toBe('ENV_INVALID')
    expect(error.message).toBe('8 variables that the app needs are missing or wrong')
    expect(error.details).toEqual([
      'DATABASE_URL: wanted text of the format uri; it is not set   (Where orders are kept.)',
      'JWT_SECRET: wanted at least 32 characters; found a secret of 7 characters',
      'LOG_LEVEL: wanted one of debug, info; found "loud"',
      'WORKERS: wanted at most 8; found "99"',
      'TRACE: wanted true or false; found "yes"',
      'RATIO: wanted a number; found "half"',
      'REGION: wanted at most 10 characters and text that matches ^[a-z]{2}-[a-z]+$; found "The Netherlands"',
      'API_VERSION: wanted 2; found "3"',
    ])
  })

  it.each(['0x10', '1e3', ' 5', '5.0', '1_000', 'Infinity'])(
    'take no %j for a whole number',
    async (text) => {
      const error = await refusalOf(check(shop, { ...right, WORKERS: text }))
      expect(error.details).toEqual([`WORKERS: wanted a whole number; found ${JSON.stringify(text)}`])
    },
  )

  it('that are empty count as not set: a default takes their place, and a required one is missing', async () => {
    expect(await check(shop, { ...right, LOG_LEVEL: '', WORKERS: '' })).toMatchObject({
      LOG_LEVEL: 'info',
      WORKERS: '',
    })
    const error = await refusalOf(check(shop, { ...right, JWT_SECRET: '' }))
    expect(error.details).toEqual(['JWT_SECRET: wanted text; it is empty'])
  })

  it('that Sluice gives itself are neither demanded nor given their defaults', async () => {
    const schema =
      'required: [PORT, HOST]\nproperties: { PORT: { type: integer, default: 3000 }, HOST: {} }\n'
    expect(await check(schema, {}, { given: ['PORT', 'HOST', 'NODE_ENV'] })).toEqual({})
  })

  it('of the other phase are not demanded, but checked where they are set', async () => {
    const schema = 'required: [A, B]\nproperties: { A: { x-phase: build }, B: { minLength: 3 } }\n'
    expect(await check(schema, { A: 'x' }, { phase: 'build' })).toEqual({ A: 'x' })
    expect((await refusalOf(check(schema, { B: 'x' }, { phase: 'build' }))).details).toEqual([
      'A: wanted text; it is not set',
      'B: wanted at least 3 characters; found "x"',
    ])
    expect(await check(schema, { B: 'xyz' })).toEqual({ B: 'xyz' })
  })

  it('with a name that looks misspelt are pointed at', async () => {
    const error = await refusalOf(
      check(shop, { JWT_SECRET: right.JWT_SECRET, DATABSE_URL: 'postgres://x/y' }),
    )
    expect(error.details).toEqual([
      'DATABASE_URL: wanted text of the format uri; it is not set. DATABSE_URL is set: is it misspelt?   (Where orders are kept.)',
    ])
  })

  it('from files are checked by what the file holds, shown by its length only, and returned as references', async () => {
    const file = join(folder, 'url')
    await writeFile(file, 'postgres://db.internal/shop\n')
    const values = { ...right, DATABASE_URL: { file } }
    expect(await check(shop, values)).toMatchObject({ DATABASE_URL: { file } })

    await writeFile(file, 'hunter2\n')
    expect((await refusalOf(check(shop, values))).details).toEqual([
      'DATABASE_URL: wanted text of the format uri; found a secret of 7 characters   (Where orders are kept.)',
    ])
    await rm(file)
    expect((await refusalOf(check(shop, values))).details).toEqual([
      `DATABASE_URL: its file ${file} cannot be read: ENOENT   (Where orders are kept.)`,
    ])
  })

  it('never show a secret, whatever is wrong with it', async () => {
    const rules = [
      'type: integer',
      'enum: [a, b]',
      'const: a',
      'maxLength: 3',
      'pattern: "^x"',
      'format: email',
    ]
    for (const rule of rules) {
      const schema = `properties: { KEY: { ${rule}, x-secret: true } }\n`
      const { details } = await refusalOf(check(schema, { KEY: 'hunter2' }))
      expect(details).toHaveLength(1)
      expect(details[0]).toMatch(/^KEY: wanted .*; found a secret of 7 characters$/)
    }
  })
})

describe('an env schema', () => {
  it('that is wrong is told with all its problems, each with its place', async () => {
    const schema = `type: object
properties:
  A: { type: int, minLen: 3 }
  B: { type: integer, minLength: 3, default: x }
  C: { pattern: "(" }
  D: { x-secret: true, default: hunter2 }
  e-f: {}
  G: { $ref: other }
additionalProperties: false
`
    const error = await refusalOf(check(schema, {}))
    expect(error.code).toBe('CONFIG_INVALID')
    const known =
      'Known here: type, description, enum, const, minLength, maxLength, minimum, maximum, pattern, format, default, x-secret, x-phase.'
    expect(error.details).toEqual([
      'env.schema.yaml:3:14  properties.A.type: wanted one of string, integer, number, boolean; found "int"',
      `env.schema.yaml:3:19  unknown key "minLen" in properties.A. ${known}`,
      'env.schema.yaml:4:23  properties.B.minLength: says nothing about a value of type integer; it belongs to string',
      'env.schema.yaml:4:46  properties.B.default: is not of type integer',
      'env.schema.yaml:5:17  properties.C.pattern: wanted a regular expression; found "("',
      'env.schema.yaml:6:33  properties.D.default: a secret has no default: it would stand in the repository',
      'env.schema.yaml:7:3  properties: wanted the name of a variable; found "e-f"',
      `env.schema.yaml:8:8  unknown key "$ref" in properties.G. ${known}`,
      'env.schema.yaml:9:1  unknown key "additionalProperties". Known here: $schema, title, description, type, properties, required.',
    ])
  })

  it('cannot demand what it does not describe', async () => {
    const error = await refusalOf(check('required: [A]\nproperties: { B: {} }\n', {}))
    expect(error.details).toEqual(['env.schema.yaml:1:12  required[0]: "A" is not one of the properties'])
  })

  it('that is not there is named', async () => {
    const schemaFile = join(folder, 'nowhere.yaml')
    const error = await refusalOf(checkEnv({ schemaFile, values: {}, phase: 'runtime' }))
    expect(error.facts()).toEqual({
      code: 'CONFIG_MISSING',
      message: `no nowhere.yaml was found: ${schemaFile}`,
      todo: 'Write it, or take env.schema out of sluice.yaml.',
    })
  })

  it('may be JSON', async () => {
    expect(await check('{"type": "object", "properties": {"A": {"default": "x"}}}', {})).toEqual({ A: 'x' })
  })
})
