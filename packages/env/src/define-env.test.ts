import { describe, expect, it } from 'vitest'
import { defineEnv, type Env, EX_CONFIG } from './define-env.ts'
import { EnvError } from './env-error.ts'
import type { EnvDefinition } from './env-values.ts'
import { boolean, choice, integer, port, text, url } from './kinds/index.ts'

const shop = defineEnv({
  PORT: port({ default: 3000, docs: 'Where to listen.' }),
  DATABASE_URL: url({ protocols: ['postgres'], secret: true, docs: 'Where orders are kept.' }),
  LOG_LEVEL: choice(['debug', 'info'], { default: 'info' }),
  JWT_SECRET: text({ secret: true, minLength: 32 }),
})
const right = { DATABASE_URL: 'postgres://db/shop', JWT_SECRET: 's'.repeat(32) }

function problemsOf(declared: Env<EnvDefinition, 'runtime'>, source: Record<string, unknown>, options = {}) {
  const result = declared.check(source, options)
  return result.ok ? [] : result.problems.map(({ text }) => text)
}

function thrownBy(act: () => unknown): EnvError {
  try {
    act()
  } catch (error) {
    if (error instanceof EnvError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('ENV-01: the source', () => {
  it('is read and never written to, and the values are frozen', () => {
    const source = Object.freeze({ ...right, PORT: '8080' })
    const values = shop.parse(source)
    expect(values).toMatchObject({ PORT: 8080, LOG_LEVEL: 'info' })
    expect(Object.isFrozen(values)).toBe(true)
    expect(source).toEqual({ ...right, PORT: '8080' })
  })

  it('is process.env where none is given, which stays as it is', () => {
    const before = { ...process.env }
    expect(defineEnv({ PATH: text(), SLUICE_UNSET: port({ default: 1 }) }).parse()).toEqual({
      PATH: process.env.PATH,
      SLUICE_UNSET: 1,
    })
    expect({ ...process.env }).toEqual(before)
  })

  it('may have no prototype, and inherits nothing', () => {
    const bare = Object.assign(Object.create(null), { A: 'a' })
    expect(defineEnv({ A: text() }).parse(bare)).toEqual({ A: 'a' })
    expect(problemsOf(defineEnv({ constructor: text(), toString: text() }), {})).toHaveLength(2)
    expect(defineEnv({ constructor: text() }).parse({ constructor: 'c' }).constructor).toBe('c')
  })

  it('may hold __proto__ as a name like any other', () => {
    const declared = defineEnv({ ['__proto__']: text() })
    expect(problemsOf(declared, {})).toEqual(['__proto__: wanted text; it is not set. Set it.'])
    const values = declared.parse(JSON.parse('{"__proto__":"p"}'))
    expect(Object.getOwnPropertyDescriptor(values, '__proto__')?.value).toBe('p')
  })

  it.each([
    [1, 'a number, not text'],
    [true, 'a boolean, not text'],
    [['a'], 'a list, not text'],
    [{ a: 1 }, 'an object, not text'],
    [() => 1, 'a function, not text'],
    [Symbol('a'), 'a symbol, not text'],
  ])('may hold what is no text: %s', (value, found) => {
    expect(problemsOf(defineEnv({ A: text() }), { A: value })).toEqual([
      `A: wanted text; found ${found}. Correct it.`,
    ])
  })
})

describe('ENV-02: problems', () => {
  it('are told all at once, in the order of the definition, with what is wanted, what is found and what to do', () => {
    const source = {
      PORT: '70000',
      DATABSE_URL: 'postgres://db/shop',
      LOG_LEVEL: 'inf',
      JWT_SECRET: 'hunter2',
    }
    const error = thrownBy(() => shop.parse(source))
    expect(error.code).toBe('ENV_INVALID')
    expect(error.message).toBe(`4 environment variables are missing or wrong:
  PORT: wanted a whole number from 1 to 65535; found "70000". Correct it, or leave it out to have "3000".   (Where to listen.)
  DATABASE_URL: wanted a URL that begins with postgres://; it is not set. DATABSE_URL is set: is it misspelt?   (Where orders are kept.)
  LOG_LEVEL: wanted one of debug, info; found "inf". Did you mean "info"?
  JWT_SECRET: wanted text of at least 32 characters; found a secret of 7 characters. Correct it.`)
    expect(error.problems.map(({ name }) => name)).toEqual([
      'PORT',
      'DATABASE_URL',
      'LOG_LEVEL',
      'JWT_SECRET',
    ])
  })

  it('show at most 40 characters of a value, and no credentials of a URL', () => {
    const declared = defineEnv({ A: port(), B: port() })
    const texts = problemsOf(declared, { A: '9'.repeat(1_000_000), B: 'https://user:hunter2@host' })
    expect(texts[0]).toBe(`A: wanted a whole number from 1 to 65535; found "${'9'.repeat(39)}…". Correct it.`)
    expect(texts[1]).toContain('found "https://…@host"')
  })

  it('write no lines of their own', () => {
    expect(problemsOf(defineEnv({ A: port() }), { A: '1\nB: fine\u001b[2J' })[0]).not.toMatch(/[\n\u001b]/)
  })

  it('end the process with 78 where that is asked for, and say so on stderr', () => {
    const ended: unknown[] = []
    const fake = {
      stderr: { write: (text: string) => ended.push(text) },
      exit: (code: number) => ended.push(code),
    }
    expect(() => defineEnv({ A: text() }).parseOrExit({}, { process: fake })).toThrow(EnvError)
    expect(ended).toEqual([
      'An environment variable is missing or wrong:\n  A: wanted text; it is not set. Set it.\n',
      EX_CONFIG,
    ])
    expect(defineEnv({ A: text() }).parseOrExit({ A: 'a' }, { process: fake })).toEqual({ A: 'a' })
  })
})

describe('ENV-03: an empty variable', () => {
  it('counts as not set', () => {
    expect(shop.parse({ ...right, PORT: '' }).PORT).toBe(3000)
    expect(problemsOf(shop, { ...right, JWT_SECRET: '' })).toEqual([
      'JWT_SECRET: wanted text of at least 32 characters; it is empty. Set it.',
    ])
    expect(
      defineEnv({ A: text({ optional: true }) }, { prefix: 'A' }).parse({ A: '', AB: '' }).A,
    ).toBeUndefined()
  })
})

describe('ENV-04: a phase', () => {
  const declared = defineEnv({ KEY: text({ phase: 'build' }), URL: url() })

  it('demands its own variables only', () => {
    expect(declared.parse({ KEY: 'k' }, { phase: 'build' })).toEqual({ KEY: 'k', URL: undefined })
    expect(declared.parse({ URL: 'a://b' })).toEqual({ KEY: undefined, URL: 'a://b' })
    expect(problemsOf(declared, {}, { phase: 'build' })).toEqual(['KEY: wanted text; it is not set. Set it.'])
  })

  it('checks the others where they are set', () => {
    expect(problemsOf(declared, { KEY: 'k', URL: 'b' }, { phase: 'build' })).toHaveLength(1)
  })

  it('may be said once for all', () => {
    expect(defineEnv({ URL: url() }, { phase: 'build' }).parse({}).URL).toBeUndefined()
  })
})

describe('ENV-05: defaults', () => {
  const declared = defineEnv({
    LEVEL: choice(['debug', 'info', 'warn'], {
      default: 'info',
      defaults: { development: 'debug', test: 'warn' },
    }),
    KEY: text({ secret: true, defaults: { test: 'only for tests' } }),
  })

  it.each([
    ['development', 'debug'],
    ['test', 'warn'],
    ['production', 'info'],
    ['staging', 'info'],
    ['constructor', 'info'],
    ['', 'info'],
  ])('are chosen by NODE_ENV: %j', (mode, level) => {
    expect(declared.parse({ NODE_ENV: mode, KEY: 'k' }).LEVEL).toBe(level)
  })

  it('are chosen by the mode that a call gives', () => {
    const values = declared.parse({ NODE_ENV: 'production' }, { mode: 'test' })
    expect([values.LEVEL, values.KEY.reveal()]).toEqual(['warn', 'only for tests'])
    expect(problemsOf(declared, {})).toHaveLength(1)
  })

  it('follow the default of NODE_ENV itself', () => {
    const modes = choice(['development', 'production'], { default: 'development' })
    expect(defineEnv({ NODE_ENV: modes, A: port({ defaults: { development: 1 } }) }).parse({}).A).toBe(1)
  })

  it.each([
    { default: 'x' },
    { defaults: { production: 'x' } },
    { defaults: { development: 'x', test: 'x' } },
  ])('of a secret are refused outside tests: %j', (defaults) => {
    const error = thrownBy(() => defineEnv({ KEY: text({ secret: true, ...defaults }) }))
    expect(error.code).toBe('ENV_DEFINITION')
    expect(error.message).toContain('KEY: a secret has no default outside tests')
  })
})

describe('ENV-07: the prefix', () => {
  const declared = defineEnv(
    { APP_PORT: port({ default: 1 }), OTHER: text({ optional: true }) },
    { prefix: 'APP_' },
  )

  it('makes an undeclared name an error, with the nearest that is known', () => {
    expect(problemsOf(declared, { APP_PROT: '80', NOT_OURS: '1' })).toEqual([
      'APP_PROT: wanted a declared name, since it begins with APP_; found an unknown one. Did you mean APP_PORT?',
    ])
    expect(problemsOf(declared, { APP_ZZZZZZ: '80' })[0]).toContain('Declare it, or take it out.')
  })

  it('leaves all others alone', () => {
    expect(declared.check({ APPLE: '1', OTHR: '1' }).ok).toBe(true)
  })
})

describe('ENV-08: a deprecated variable', () => {
  const definition = {
    OLD_URL: url({ optional: true, deprecated: { use: 'NEW_URL' } }),
    NEW_URL: url({ optional: true }),
    OLDER: text({ optional: true, deprecated: 'leave it out' }),
  }

  it('warns where it is set', () => {
    const warnings: string[] = []
    const declared = defineEnv(definition, { onWarning: ({ text }) => warnings.push(text) })
    expect(declared.parse({ OLD_URL: 'a://b', OLDER: 'x' }).OLD_URL).toBe('a://b')
    expect(warnings).toEqual(['OLD_URL is deprecated: use NEW_URL', 'OLDER is deprecated: leave it out'])
    warnings.length = 0
    declared.parse({ OLD_URL: '' })
    expect(warnings).toEqual([])
  })

  it('is data in a check', () => {
    expect(defineEnv(definition).check({ OLDER: 'x' }).warnings).toEqual([
      { name: 'OLDER', text: 'OLDER is deprecated: leave it out' },
    ])
  })
})

describe('ENV-09: a variable that depends on others', () => {
  const declared = defineEnv({
    CACHE: choice(['memory', 'redis'], { default: 'memory' }),
    REDIS_URL: url({ secret: true, requiredWhen: (others) => others.CACHE === 'redis' }),
  })

  it('is demanded when its rule says so', () => {
    expect(declared.parse({}).REDIS_URL).toBeUndefined()
    expect(problemsOf(declared, { CACHE: 'redis' })).toEqual([
      'REDIS_URL: wanted a URL such as https://host/path; it is not set. Set it.',
    ])
    expect(declared.parse({ CACHE: 'redis', REDIS_URL: 'redis://r' }).REDIS_URL?.reveal()).toBe('redis://r')
  })

  it('whose rule throws is a problem that tells no message', () => {
    const rule = () => {
      throw new RangeError('hunter2')
    }
    expect(problemsOf(defineEnv({ A: text({ requiredWhen: rule }) }), {})).toEqual([
      'A: wanted a requiredWhen that answers; it threw RangeError. It is in the definition, and has to expect variables that are not set.',
    ])
  })
})

describe('a mistake in the definition', () => {
  it.each([
    [
      'a default that does not fit',
      { A: port({ default: 0 }) },
      'A: its default does not fit: wanted a whole number from 1 to 65535; found "0"',
    ],
    [
      'a default of another kind',
      { A: boolean({ default: 'yes' as never }) },
      'A: its default cannot be written as true or false',
    ],
    [
      'an example that does not fit',
      { A: url({ example: 'x' }) },
      'A: its example does not fit: wanted a URL',
    ],
    [
      'an unknown option',
      { A: text({ minlength: 3 } as never) },
      'A: unknown option "minlength". Did you mean "minLength"?',
    ],
    ['a name that is none', { 'A-B': text() }, 'A-B: wanted the name of a variable'],
    ['an empty name', { '': text() }, '"": wanted the name of a variable'],
    ['no kind', { A: 3 as never }, 'A: wanted a kind such as port()'],
    ['options that are none', { A: port(3000 as never) }, 'A: the options of a kind are an object'],
    [
      'a mode that is none',
      { A: port({ defaults: { staging: 1 } as never }) },
      'A: defaults is a value for each of',
    ],
    ['a phase that is none', { A: port({ phase: 'deploy' as never }) }, 'A: phase is build or runtime'],
    ['a choice of nothing', { A: choice([]) }, 'A: choice takes a list of words'],
    ['an empty word', { A: choice(['']) }, 'A: choice takes words that are not empty'],
    ['bounds that leave nothing', { A: integer({ min: 2, max: 1 }) }, 'A: min is above max'],
    ['a flag that the schema cannot say', { A: text({ pattern: /a/i }) }, 'A: pattern has the flags i'],
    [
      'a replacement that is not there',
      { A: text({ optional: true, deprecated: { use: 'B' } }) },
      'A: its replacement B is not declared',
    ],
    [
      'deprecated and demanded',
      { A: text({ deprecated: 'x' }) },
      'A: it is deprecated and yet has to be set',
    ],
    ['optional with a default', { A: text({ optional: true, default: 'x' }) }, 'A: optional says nothing'],
    ['protocols as in a URL', { A: url({ protocols: ['https://'] }) }, 'A: protocols is a list of names'],
  ] as [string, EnvDefinition, string][])('is told with the name: %s', (_what, definition, message) => {
    const error = thrownBy(() => defineEnv(definition))
    expect(error.code).toBe('ENV_DEFINITION')
    expect(error.message).toContain(`The definition of the environment is wrong:\n  ${message}`)
  })

  it('is told with all the others', () => {
    const error = thrownBy(() => defineEnv({ A: port({ default: 0 }), B: choice([]) }, { prefix: 'A-' }))
    expect(error.message.split('\n')).toHaveLength(4)
  })
})
