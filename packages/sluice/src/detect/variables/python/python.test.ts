import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineCounter } from '../lines.ts'
import { readPython } from './python.ts'

/** `X@1`, or `X@1=fallback`. */
function reads(text: string): string[] {
  const lineOf = lineCounter(text)
  return readPython('a.py', text).found.flatMap((one) =>
    one.kind === 'read'
      ? [`${one.name}@${lineOf(one.at)}${one.fallback === null ? '' : `=${one.fallback}`}`]
      : [],
  )
}

function dynamic(text: string): string[] {
  return readPython('a.py', text).found.flatMap((one) => (one.kind === 'dynamic' ? [one.code] : []))
}

const os = 'import os\n'
const django = 'import environ\nenv = environ.Env()\n'
const environs = 'from environs import Env\nenv = Env()\n'
const decouple = 'from decouple import config\n'
const pydantic = 'from pydantic_settings import BaseSettings, SettingsConfigDict\n'

describe('a variable is read by', () => {
  it.each([
    [`${os}os.environ['X']`, ['X@2']],
    [`${os}os.environ["X"]`, ['X@2']],
    [`${os}os.environ[r'''X''']`, ['X@2']],
    [`${os}os.environ['A' 'B']`, ['AB@2']],
    [`${os}os.environ.get('X')`, ['X@2']],
    [`${os}os.environ.get('X', 'd')`, ['X@2=d']],
    [`${os}os.environ.get('X', default='d')`, ['X@2=d']],
    [`${os}os.environ.get('X', 3)`, ['X@2=3']],
    [`${os}os.environ.get('X', None)`, ['X@2']],
    [`${os}os.environ.get('X', f())`, ['X@2']],
    [`${os}os.environ.get('X') or 'd'`, ['X@2=d']],
    [`${os}D = 'd'\nos.environ.get('X', D)`, ['X@3=d']],
    [`${os}os.environ.pop('X', 'd')`, ['X@2=d']],
    [`${os}os.environ.setdefault('X', 'd')`, ['X@2=d']],
    [`${os}os.getenv('X')`, ['X@2']],
    [`${os}os.getenv('X', 'd')`, ['X@2=d']],
    [`${os}os.getenv(key='X', default='d')`, ['X@2=d']],
    [`${os}int(os.getenv('X', '1'))`, ['X@2=1']],
    [`${os}os.getenv('A', os.getenv('B', 'c'))`, ['A@2', 'B@2=c']],
    [`${os}f'{os.environ["X"]}'`, ['X@2']],
    [`${os}'X' in os.environ`, ['X@2']],
    [`${os}if 'X' not in os.environ: pass`, ['X@2']],
    [`${os}NAME = 'X'\nos.environ[NAME]`, ['X@3']],
    [`${os}os.environ['X'] = os.environ['Y']`, ['Y@2']],
    [`${os}os.environ['X'] += 'a'`, ['X@2']],
    ['import os as o\no.environ["X"]; o.getenv("Y")', ['X@2', 'Y@2']],
    ['import os, sys\nos.environ["X"]', ['X@2']],
    ['import os.path\nos.environ["X"]', ['X@2']],
    ['from os import environ, getenv\nenviron["X"]; getenv("Y")', ['X@2', 'Y@2']],
    ['from os import (environ as e,\n  getenv as g,)\ne.get("X", "d"); g("Y")', ['X@3=d', 'Y@3']],
    ['from os import *\nenviron["X"]', ['X@2']],
    [`${os}env = os.environ\nenv['X']`, ['X@3']],
    [`${os}get = os.getenv\nget('X')`, ['X@3']],
    [`${os}def f(env=os.environ):\n  return env['X']`, ['X@3']],
    [`${os}def f():\n  return os.environ['X']`, ['X@3']],
    ['def f():\n  return os.environ["X"]\nimport os', ['X@2']],
    ['def f():\n  import os\n  return os.environ["X"]', ['X@3']],
    [`${os}class A:\n  x = os.environ['X']\n  def f(self): return os.getenv('Y')`, ['X@3', 'Y@4']],
    [`${os}[os.environ['X'] for a in b]`, ['X@2']],
    [`${os}lambda: os.environ['X']`, ['X@2']],
    [`${os}@f(os.environ['X'])\ndef g(): pass`, ['X@2']],
    ['import os\r\n\r\nos.environ["Ä"]\r\n', ['Ä@3']],
    [`${os}os.environ['constructor']; os.environ['__proto__']`, ['constructor@2', '__proto__@2']],
    [`${django}env('X')`, ['X@3']],
    [`${django}env('X', default='d')`, ['X@3=d']],
    [`${django}env('X', str, 'd')`, ['X@3=d']],
    [`${django}env.str('X', 'd')`, ['X@3=d']],
    [`${django}env.bool('X', default=False)`, ['X@3=False']],
    [`${django}env.db()`, ['DATABASE_URL@3']],
    [`${django}env.db('X')`, ['X@3']],
    [`${django}env.db(default='sqlite:///x')`, ['DATABASE_URL@3=sqlite:///x']],
    [`${django}env.cache()`, ['CACHE_URL@3']],
    ['from environ import Env\nenv = Env(DEBUG=(bool, False))\nenv("X")', ['X@3']],
    ['from .base import env\nenv("X"); env.int("Y", 1)', ['X@2', 'Y@2=1']],
    [`${environs}env.str('X', 'd'); env.int('Y', default=1)`, ['X@3=d', 'Y@3=1']],
    [`${environs}env('X', 'd')`, ['X@3=d']],
    [
      `${environs}with env.prefixed('A_'):\n  env('X')\n  with env.prefixed('B_'): env('Y')\nenv('Z')`,
      ['A_X@4', 'A_B_Y@5', 'Z@6'],
    ],
    [`${decouple}config('X')`, ['X@2']],
    [`${decouple}config('X', default='d', cast=str)`, ['X@2=d']],
    [`${decouple}config('X', 'd')`, ['X@2=d']],
    ['from decouple import AutoConfig\nc = AutoConfig()\nc("X")', ['X@3']],
    ['import dj_database_url\ndj_database_url.config()', ['DATABASE_URL@2']],
    ['import dj_database_url as d\nd.config(env="X", default="sqlite://")', ['X@2=sqlite://']],
    [`${pydantic}class S(BaseSettings):\n  host: str = 'a'\n  port: int`, ['HOST@3=a', 'PORT@4']],
    [
      `${pydantic}class S(BaseSettings):\n  model_config = SettingsConfigDict(env_prefix='app_')\n  host: str`,
      ['APP_HOST@4'],
    ],
    [
      `${pydantic}class S(BaseSettings):\n  model_config = {'env_prefix': 'APP_'}\n  host: str`,
      ['APP_HOST@4'],
    ],
    [
      `${pydantic}class S(BaseSettings):\n  host: str\n  class Config:\n    env_prefix = 'APP_'`,
      ['APP_HOST@3'],
    ],
    [`${pydantic}class S(BaseSettings, env_prefix='APP_'):\n  host: str`, ['APP_HOST@3']],
    [
      `${pydantic}class S(BaseSettings):\n  model_config = SettingsConfigDict(case_sensitive=True)\n  Host: str`,
      ['Host@4'],
    ],
    [
      `${pydantic}class S(BaseSettings):\n  a: str = Field('d', alias='X')\n  b: str = Field(default='e')`,
      ['X@3=d', 'B@4=e'],
    ],
    [
      `${pydantic}class S(BaseSettings):\n  a: str = Field(validation_alias=AliasChoices('X', 'Y'))`,
      ['X@3', 'Y@3'],
    ],
    [`${pydantic}class A(BaseSettings):\n  a: str\nclass B(A):\n  b: str`, ['A@3', 'B@5']],
    ['import pydantic\nclass S(pydantic.BaseSettings):\n  a: str', ['A@3']],
    [
      `${pydantic}class S(BaseSettings):\n  _a: str\n  b: ClassVar[str] = 'x'\n  c = 1\n  def f(self): pass`,
      [],
    ],
  ])('%s', (text, expected) => {
    expect(reads(text)).toEqual(expected)
    expect(dynamic(text)).toEqual([])
    expect(readPython('a.py', text).broken).toBe(null)
  })
})

describe('nothing is read by', () => {
  it.each([
    [`${os}os.environ['X'] = 'a'`],
    [`${os}del os.environ['X']`],
    [`${os}os.environ.update(X='a')`],
    [`${os}os.putenv('X', 'a')`],
    [`${os}# os.environ['X']`],
    [`${os}"os.environ['X']"`],
    [`${os}"""\nos.environ['X']\n"""`],
    [`${os}r'os.getenv("X")'`],
    [`${os}my.os.environ['X']`],
    [`os.environ['X']`],
    [`environ['X']`],
    [`getenv('X')`],
    [`${os}def f(os):\n  return os.environ['X']`],
    [`${os}def f():\n  os = g()\n  return os.environ['X']`],
    [`${os}def f():\n  for os in g(): os.environ['X']`],
    [`${os}lambda os: os.environ['X']`],
    ['from .os import environ\nenviron["X"]'],
    ['class os: environ = {}\nos.environ["X"]'],
    [`def env(x): pass\nenv('X')`],
    [`${django}environ.Env.read_env('.env')`],
    [`${django}env.read_env('.env')`],
    ['config("X")'],
    ['class S(BaseModel):\n  a: str'],
    ['class S(BaseSettings):\n  a: str'],
    [`${os}os.path.join('X')`],
  ])('%s', (text) => expect(readPython('a.py', text)).toEqual({ found: [], broken: null }))
})

describe('a name is not written out in', () => {
  it.each([
    [`${os}os.environ[name]`, ['os.environ[name]']],
    [`${os}os.environ['A_' + name]`, ["os.environ['A_' + name]"]],
    [`${os}os.environ[f'A_{name}']`, ["os.environ[f'A_{name}']"]],
    [`${os}os.environ.get(name, 'd')`, ["os.environ.get(name, 'd')"]],
    [`${os}os.getenv(name)`, ['os.getenv(name)']],
    [`${os}name in os.environ`, ['name in os.environ']],
    [`${os}read(os.environ)`, ['read(os.environ)']],
    [`${os}read('p4ssw0rd', env=os.environ)`, ['read(…, env=os.environ)']],
    [`${os}read(os.getenv)`, ['read(os.getenv)']],
    [`${os}os.environ.copy()`, ['os.environ.copy()']],
    [`${os}for k, v in os.environ.items(): pass`, ['os.environ.items()']],
    [`${os}{**os.environ}`, ['os.environ']],
    [`${os}env = os.environ\nread(env)`, ['read(env)']],
    [`${os}self.env = os.environ`, ['os.environ']],
    [`${django}env(name)`, ['env(name)']],
    [`${decouple}config('A_' + name)`, ["config('A_' + name)"]],
    [
      `${pydantic}class S(BaseSettings):\n  model_config = SettingsConfigDict(env_prefix=P)\n  a: str`,
      ['class S(BaseSettings)'],
    ],
    [`${pydantic}class S(BaseSettings):\n  model_config = make()\n  a: str`, []],
  ])('%s', (text, expected) => expect(dynamic(text)).toEqual(expected))
})

it('reads what is around a mistake, and tells where that is', () => {
  const text = "import os\nos.environ['A']\ndef (:\nos.environ['B']\n"
  expect(reads(text)).toContain('A@2')
  expect(readPython('a.py', text).broken).toBe('line 3: not understood as Python')
})

const words = [
  ...[
    'import',
    'from',
    'os',
    'environ',
    'getenv',
    '.',
    '[',
    ']',
    '(',
    ')',
    "'X'",
    '=',
    ',',
    ':',
    '\n',
    '\n  ',
  ],
  ...[
    'def',
    'class',
    'S',
    'BaseSettings',
    'with',
    'as',
    'for',
    'in',
    'lambda',
    'env',
    "f'{",
    '"""',
    '*',
    'del',
  ],
]

it('never throws, whatever it is given', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((it) => `import os\n${it.join(' ')}`),
  )
  fc.assert(
    fc.property(text, (it) => void readPython('a.py', it)),
    { numRuns: 3000 },
  )
})
