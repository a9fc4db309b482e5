import { describe, expect, it } from 'vitest'
import { defineEnv } from '../define-env.ts'
import type { Variable } from '../variable.ts'
import { boolean } from './boolean.ts'
import { choice } from './choice.ts'
import { duration } from './duration.ts'
import { email } from './email.ts'
import { host } from './host.ts'
import { integer } from './integer.ts'
import { json } from './json.ts'
import { list } from './list.ts'
import { number } from './number.ts'
import { port } from './port.ts'
import { text } from './text.ts'
import { url } from './url.ts'

interface Member {
  kind: Variable<unknown, object>
  /** Text and its value. */
  takes: [string, unknown][]
  refuses: string[]
}

const members: Record<string, Member> = {
  text: {
    kind: text({ minLength: 2, maxLength: 4, pattern: /^[a-z😀]+$/u }),
    takes: [
      ['ab', 'ab'],
      ['😀😀😀😀', '😀😀😀😀'],
    ],
    refuses: ['a', 'abcde', 'AB', '😀', ' ab'],
  },
  'text of any form': {
    kind: text(),
    takes: [
      ['  as it is ', '  as it is '],
      ['0', '0'],
    ],
    refuses: [],
  },
  port: {
    kind: port(),
    takes: [
      ['1', 1],
      ['65535', 65_535],
      ['08080', 8080],
    ],
    refuses: ['0', '-1', '65536', '80.5', 'NaN', 'http', '0x50', '1e3', ' 80', '80\n'],
  },
  integer: {
    kind: integer({ min: -5, max: 5 }),
    takes: [
      ['-5', -5],
      ['+5', 5],
    ],
    refuses: ['6', '-6', '1.0', '1e0', 'Infinity'],
  },
  'integer without bounds': {
    kind: integer(),
    takes: [['9007199254740991', 9_007_199_254_740_991]],
    refuses: ['9007199254740993', '9'.repeat(400)],
  },
  number: {
    kind: number({ min: 0, max: 1 }),
    takes: [
      ['.5', 0.5],
      ['1.', 1],
      ['1e-3', 0.001],
    ],
    refuses: ['1.1', '-0.1', 'NaN', '1,5', '0x1', '.', 'e3'],
  },
  'number without bounds': {
    kind: number(),
    takes: [['-1e6', -1_000_000]],
    refuses: ['1e999', 'Infinity'],
  },
  boolean: {
    kind: boolean(),
    takes: [
      ['true', true],
      ['1', true],
      ['false', false],
      ['0', false],
    ],
    refuses: ['TRUE', 'yes', 'on', 'False', '2', 'constructor'],
  },
  choice: {
    kind: choice(['info', 'debug']),
    takes: [['info', 'info']],
    refuses: ['INFO', 'warn', 'constructor', '__proto__', 'info,debug'],
  },
  duration: {
    kind: duration({ max: '2d' }),
    takes: [
      ['500ms', 500],
      ['30s', 30_000],
      ['1.5s', 1500],
      ['1h30m', 5_400_000],
      ['2d', 172_800_000],
      ['0s', 0],
    ],
    refuses: ['30', '1m1h', '-1s', '1.5h', 's', '3d', '1 h', `${'9'.repeat(400)}s`],
  },
  url: {
    kind: url(),
    takes: [
      ['https://a.example/b?c=d#e', 'https://a.example/b?c=d#e'],
      ['redis://localhost:6379', 'redis://localhost:6379'],
      ['http://[::1]:80/', 'http://[::1]:80/'],
      ['mongodb://u:p%40@h1:27017,h2:27017/db', 'mongodb://u:p%40@h1:27017,h2:27017/db'],
      ['postgres:///shop', 'postgres:///shop'],
    ],
    refuses: [
      'localhost:3000',
      'a.example',
      '/path',
      'http://',
      'http://a b',
      'http://a:99999',
      'http://é.example',
    ],
  },
  'url with protocols': {
    kind: url({ protocols: ['postgres', 'git+ssh'] }),
    takes: [
      ['postgres://u:p@db/shop', 'postgres://u:p@db/shop'],
      ['git+ssh://git@host/repo', 'git+ssh://git@host/repo'],
    ],
    refuses: ['https://db/shop', 'postgresql://db/shop', 'gittssh://host', 'xpostgres://db', 'POSTGRES://db'],
  },
  host: {
    kind: host(),
    takes: [
      ['db.internal', 'db.internal'],
      ['my_db', 'my_db'],
      ['10.0.0.1', '10.0.0.1'],
      ['::1', '::1'],
      ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ],
    refuses: ['db:5432', 'http://db', '-db', 'a..b', '999.0.0.1', '::g', ':', 'a'.repeat(64), 'a b'],
  },
  list: {
    kind: list(),
    takes: [
      ['a', ['a']],
      ['a, b ,c', ['a', 'b', 'c']],
    ],
    refuses: ['a,,b', ',', 'a,'],
  },
  'list of numbers': {
    kind: list({ of: integer({ min: 1 }), separator: ';' }),
    takes: [['1; 2', [1, 2]]],
    refuses: ['1,2', '1;0', '1;x'],
  },
  json: {
    kind: json(),
    takes: [
      ['{"a":[1]}', { a: [1] }],
      ['null', null],
      ['"x"', 'x'],
    ],
    refuses: ['{a:1}', 'x', '[1', 'undefined', '['.repeat(100_000)],
  },
  email: {
    kind: email(),
    takes: [['ops+alerts@mail.example', 'ops+alerts@mail.example']],
    refuses: ['ops', 'ops@host', 'Ops <ops@mail.example>', 'a@b.c d', '.a@b.example'],
  },
}

function check(kind: Variable<unknown, object>, value: string) {
  return defineEnv({ X: kind }).check({ X: value })
}

describe.each(Object.entries(members))('ENV-10: %s', (_name, { kind, takes, refuses }) => {
  it.each(takes)('takes %j', (value, meaning) => {
    expect(check(kind, value)).toMatchObject({ ok: true, values: { X: meaning } })
  })

  it.each(refuses.map((value) => [value]))('refuses %j', (value) => {
    const result = check(kind, value)
    expect(result.ok).toBe(false)
    if (!result.ok) expect(result.problems.map(({ name, kind }) => [name, kind])).toEqual([['X', 'wrong']])
  })

  it.each(['a', '1', ',', '.', ':', '%', '@', 'http://', 'http://a,', '[', 'a.', 'a@', 'a@b.', '😀'])(
    'answers to a text of a megabyte that repeats %j',
    (part) => {
      const begun = part.repeat(Math.ceil(1_000_000 / part.length))
      const result = check(kind, `${begun}!`)
      if (!result.ok) expect(result.problems[0]!.text.length).toBeLessThan(1000)
    },
  )
})

describe('values', () => {
  it('of lists and of JSON are frozen', () => {
    const declared = defineEnv({ LIST: list(), JSON: json() })
    const values = declared.parse({ LIST: 'a,b', JSON: '{"a":{"b":[{}]}}' })
    expect(Object.isFrozen(values.LIST)).toBe(true)
    const inner = values.JSON as { a: { b: object[] } }
    expect([inner, inner.a, inner.a.b, inner.a.b[0]].every(Object.isFrozen)).toBe(true)
  })

  it('of JSON change no prototype', () => {
    const value = defineEnv({ X: json() }).parse({ X: '{"__proto__":{"polluted":true}}' }).X
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('what is wanted', () => {
  it.each([
    [text(), 'text'],
    [text({ minLength: 2 }), 'text of at least 2 characters'],
    [text({ minLength: 2, maxLength: 4 }), 'text of at least 2 and at most 4 characters'],
    [text({ pattern: /^v/ }), 'text that matches ^v'],
    [port(), 'a whole number from 1 to 65535'],
    [integer({ min: 1 }), 'a whole number of at least 1'],
    [number({ max: 1 }), 'a number of at most 1'],
    [boolean(), 'true or false'],
    [choice(['a', 'b']), 'one of a, b'],
    [duration(), 'a duration such as 500ms, 30s or 1h30m'],
    [url(), 'a URL such as https://host/path'],
    [url({ protocols: ['redis', 'rediss'] }), 'a URL that begins with redis:// or rediss://'],
    [host(), 'a host name or an IP address'],
    [list({ of: port() }), 'a list with "," between its items, each a whole number from 1 to 65535'],
    [json(), 'JSON'],
    [email(), 'an e-mail address'],
  ])('is said of kind %#: %s', (kind, wanted) => {
    const result = defineEnv({ X: kind as Variable<unknown, object> }).check({})
    expect(result).toMatchObject({ ok: false, problems: [{ kind: 'missing', wanted, found: 'not set' }] })
  })
})
