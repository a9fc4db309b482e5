import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineCounter } from '../lines.ts'
import { readComponent } from './components.ts'
import { readJavascript } from './javascript.ts'

/** `X@1`, or `X@1=fallback`. */
function reads(text: string, file = 'a.ts'): string[] {
  const lineOf = lineCounter(text)
  const { found } =
    file.endsWith('ts') || /[.][cm]?[jt]sx?$/.test(file)
      ? readJavascript(file, text)
      : readComponent(file, text)
  return found.flatMap((one) =>
    one.kind === 'read'
      ? [`${one.name}@${lineOf(one.at)}${one.fallback === null ? '' : `=${one.fallback}`}`]
      : [],
  )
}

function dynamic(text: string, file = 'a.ts'): string[] {
  return readJavascript(file, text).found.flatMap((one) => (one.kind === 'dynamic' ? [one.code] : []))
}

describe('a variable is read by', () => {
  it.each([
    ['process.env.X', ['X@1']],
    ["process.env['X']", ['X@1']],
    ['process.env[`X`]', ['X@1']],
    ["process['env'].X", ['X@1']],
    ['process?.env?.X', ['X@1']],
    ["process.env?.['X']", ['X@1']],
    ['globalThis.process.env.X', ['X@1']],
    ['globalThis.process?.env?.X', ['X@1']],
    ['process.env.X!', ['X@1']],
    ['(process.env as Env).X', ['X@1']],
    ['(<any>process.env).X', ['X@1']],
    ['(process.env satisfies Env).X', ['X@1']],
    ['(process.env || {}).X', ['X@1']],
    ['process.env.X.length', ['X@1']],
    ['typeof process.env.X', ['X@1']],
    ['`${process.env.X}`', ['X@1']],
    ["'X' in process.env", ['X@1']],
    ["process.env.hasOwnProperty('X')", ['X@1']],
    ["Object.hasOwn(process.env, 'X')", ['X@1']],
    ["const NAME = 'X'; process.env[NAME]", ['X@1']],
    ['process.env.NODE_ENV', ['NODE_ENV@1']],
    ['const { X } = process.env', ['X@1']],
    ["const { X, Y = 'd', Z: renamed, 'W': w } = process.env", ['X@1', 'Y@1=d', 'Z@1', 'W@1']],
    ['const { env: { X } } = process', ['X@1']],
    ['const { env } = process; env.X', ['X@1']],
    ['let X; ({ X } = process.env)', ['X@1']],
    ['function f({ X, Y = 1 } = process.env) {}', ['X@1', 'Y@1=1']],
    ["const { ['X']: x } = process.env", ['X@1']],
    ["import { env } from 'node:process'\nenv.X", ['X@2']],
    ["import { env as e } from 'process'\ne.X", ['X@2']],
    ["import process from 'node:process'\nprocess.env.X", ['X@2']],
    ["import p from 'node:process'\np.env.X", ['X@2']],
    ["import * as p from 'node:process'\np.env.X", ['X@2']],
    ["import { default as p } from 'process'\np.env.X", ['X@2']],
    ["import p = require('process')\np.env.X", ['X@2']],
    ["require('process').env.X", ['X@1']],
    ["const { env } = require('node:process'); env.X", ['X@1']],
    ["const { X } = require('node:process').env", ['X@1']],
    ["const p = await import('node:process'); p.env.X", ['X@1']],
    ['import.meta.env.VITE_X', ['VITE_X@1']],
    ['const { VITE_X } = import.meta.env', ['VITE_X@1']],
    ['Bun.env.X', ['X@1']],
    ["import { env } from 'bun'; env.X", ['X@1']],
    ["Deno.env.get('X')", ['X@1']],
    ["Deno.env.has('X')", ['X@1']],
    ["Deno.env.get('X') ?? 'a'", ['X@1=a']],
    ['const env = process.env; env.X', ['X@1']],
    ['const env = process.env; const { X } = env', ['X@1']],
    ['const a = process.env, b = a; b.X', ['X@1']],
    ['let env; env = process.env; env.X', ['X@1']],
    ['env.X; var env = process.env', ['X@1']],
    ['const env = process.env ?? {}; env.X', ['X@1']],
    ['const env = typeof process === "object" ? process.env : {}; env.X', ['X@1']],
    ['function readSettings(env = process.env) { return env.X }', ['X@1']],
    ['const f = (env: Env = process.env) => env.X', ['X@1']],
    ['class A { constructor(private env = process.env) { env.X } }', ['X@1']],
    ['class A { x = process.env.X; [process.env.Y!]() {} static { process.env.Z } }', ['X@1', 'Y@1', 'Z@1']],
    ['enum A { x = process.env.X }', ['X@1']],
    ['@D(process.env.X) class A {}', ['X@1']],
    ['export default { a: process.env.X }', ['X@1']],
    ['export const a = process.env.X', ['X@1']],
    ['process.env && process.env.X', ['X@1']],
    ["process.env.X += 'a'", ['X@1']],
    ['process.env.X = process.env.Y', ['Y@1']],
    ['process.env[process.env.X!] = "a"', ['X@1']],
    ["import { X } from '$env/static/private'", ['X@1']],
    ["import { env } from '$env/dynamic/private'\nenv.X", ['X@2']],
    ['process.env.constructor; process.env.__proto__', ['constructor@1', '__proto__@1']],
    ['\r\nprocess.env.A\r\n\r\nprocess.env.B', ['A@2', 'B@4']],
    ['\ufeffprocess.env.A\nprocess.env.B', ['A@1', 'B@2']],
    ['/* é😀 */\nprocess.env.Ä', ['Ä@2']],
    ['#!/usr/bin/env node\nprocess.env.X', ['X@2']],
    ['const {\n  A,\n  B,\n} = process.env', ['A@2', 'B@3']],
  ])('%s', (text, expected) => {
    expect(reads(text)).toEqual(expected)
    expect(dynamic(text)).toEqual([])
  })
})

describe('a fallback is seen in', () => {
  it.each([
    ["process.env.X ?? 'a'", ['X@1=a']],
    ["process.env.X || 'a'", ['X@1=a']],
    ["process.env.X || ''", ['X@1=']],
    ['process.env.X ?? 3000', ['X@1=3000']],
    ['process.env.X ?? -1', ['X@1=-1']],
    ['process.env.X ?? true', ['X@1=true']],
    ['process.env.X ?? `a`', ['X@1=a']],
    ['Number(process.env.X) || 3000', ['X@1=3000']],
    ['Number(process.env.X ?? 3000)', ['X@1=3000']],
    ["parseInt(process.env.X || '80', 10)", ['X@1=80']],
    ["process.env.X?.trim() || 'a'", ['X@1=a']],
    ["const D = 'a'; process.env.X ?? D", ['X@1=a']],
    ["process.env.X ||= 'a'", ['X@1=a']],
    ["process.env.X ??= 'a'", ['X@1=a']],
    ["process.env.A || process.env.B || 'c'", ['A@1=c', 'B@1=c']],
    ["(process.env.X as string) ?? 'a'", ['X@1=a']],
    ["const env = process.env; const x = env.X || 'a'", ['X@1=a']],
    ['process.env.X ?? read()', ['X@1']],
    ["process.env.X && 'a'", ['X@1']],
    ["process.env.X === 'b' || 'a'", ['X@1']],
    ["process.env.X ? 'b' : 'a'", ['X@1']],
    ['process.env.X ?? undefined', ['X@1']],
  ])('%s', (text, expected) => expect(reads(text)).toEqual(expected))
})

describe('nothing is read by', () => {
  it.each([
    ["process.env.X = 'a'"],
    ["process.env['X'] = 'a'"],
    ['delete process.env.X'],
    ['process.env = {}'],
    ["const env = process.env; env.X = 'a'; delete env.Y"],
    ["[process.env.X] = ['a']"],
    ["Deno.env.set('X', 'a'); Deno.env.delete('X')"],
    ['// process.env.X'],
    ['/* process.env.X */'],
    ["'process.env.X'"],
    ['`process.env.X`'],
    ['/process.env.X/'],
    ['my.process.env.X'],
    ['this.process.env.X'],
    ['const process = { env: { X: 1 } }; process.env.X'],
    ['function f(process) { return process.env.X }'],
    ['{ let process = f(); process.env.X }'],
    ['try {} catch (process) { process.env.X }'],
    ['for (const process of all) process.env.X'],
    ['const env = process.env; { const env = {}; env.X }'],
    ['const env = process.env; function f(env) { return env.X }'],
    ['const env = process.env; (({ env }) => env.X)(a)'],
    ['const env = process.env; class A { env = 1; f() { return this.env.X } }'],
    ["import process from './process.ts'; process.env.X"],
    ["import { env } from './env.ts'; env.X"],
    ['env.X'],
    ['const a = { process, env: 1 }; a.env.X'],
    ['type A = typeof process.env.X'],
    ['let a: typeof process.env'],
    ["interface A { x: (typeof process.env)['X'] }"],
    ["import type { env } from 'node:process'; type A = typeof env"],
    ['if (process.env) {}'],
    ["if (typeof process.env !== 'undefined') {}"],
    ['process.env !== undefined'],
    ['process.env'],
    ['import.meta.env.MODE; import.meta.env.DEV; const { PROD } = import.meta.env'],
    ['import.meta.url'],
    ['process.argv.X; process.cwd()'],
    ['function cleanEnv(a, b) {} cleanEnv(null, { X: 1 })'],
    ['createEnv({ server: { X: 1 } })'],
    ['z.object({ X: 1 }).parse(body)'],
    ['a: for (;;) break a'],
    ['declare const x: { process: { env: { X: string } } }'],
  ])('%s', (text) => {
    expect(readJavascript('a.ts', text)).toEqual({ found: [], broken: null })
  })
})

describe('a name is not written out in', () => {
  it.each([
    ['process.env[name]', ['process.env[name]']],
    ["process.env['A_' + name]", ["process.env['A_' + name]"]],
    ['process.env[`A_${name}`]', ['process.env[`A_${name}`]']],
    ['import.meta.env[name]', ['import.meta.env[name]']],
    ['Deno.env.get(name)', ['Deno.env.get(name)']],
    ['Deno.env.toObject()', ['Deno.env.toObject()']],
    ['const { X, ...rest } = process.env', ['...rest']],
    ['const { [name]: a } = process.env', ['[name]: a']],
    ['name in process.env', ['name in process.env']],
    ['readSettings(process.env)', ['readSettings(process.env)']],
    ["connect('p4ssw0rd', process.env)", ['connect(…, process.env)']],
    ['new Settings(process.env)', ['new Settings(process.env)']],
    ['const env = process.env; f(env)', ['f(env)']],
    ["spawn('a', { env: process.env })", ['env: process.env']],
    ['const a = { ...process.env }', ['...process.env']],
    ['Object.keys(process.env)', ['Object.keys(process.env)']],
    ['for (const name in process.env) {}', ['process.env']],
    ['module.exports = process.env', ['process.env']],
    ['export const env = process.env', ['process.env']],
    ["export { env } from 'node:process'", ["export { env } from 'node:process'"]],
    ["import { env } from 'node:process'; export { env }", ['env']],
    ['const f = () => process.env', ['process.env']],
    ['this.env = process.env', ['process.env']],
    ['const NAMES = { a: 1 }; process.env[NAMES.a]', ['process.env[NAMES.a]']],
    ['let name = "X"; name = "Y"; process.env[name]', ['process.env[name]']],
    ["import { schema } from './schema'; schema.parse(process.env)", ['schema.parse(process.env)']],
    ["import { cleanEnv } from 'envalid'; cleanEnv(process.env, specs)", ['cleanEnv(process.env, …)']],
  ])('%s', (text, expected) => expect(dynamic(text)).toEqual(expected))
})

describe('a schema reads its keys:', () => {
  const envalid = "import { cleanEnv, str, port } from 'envalid'\n"
  const zod = "import { z } from 'zod'\n"
  it.each([
    [`${envalid}cleanEnv(process.env, { X: str(), Y: port({ default: 3000 }) })`, ['X@2', 'Y@2=3000']],
    ["import * as e from 'envalid'\ne.cleanEnv(process.env, { X: e.str() })", ['X@2']],
    ["const { cleanEnv } = require('envalid')\ncleanEnv(process.env, { X: 1 })", ['X@2']],
    [`${envalid}const specs = {\n  X: str(),\n}\ncleanEnv(process.env, specs)`, ['X@3']],
    [
      "import { createEnv } from '@t3-oss/env-core'\ncreateEnv({\n  server: { X: z.string() },\n  client: { Y: z.string().default('a').min(1) },\n  runtimeEnv: process.env,\n})",
      ['X@3', 'Y@4=a'],
    ],
    [
      "import { createEnv } from '@t3-oss/env-nextjs'\ncreateEnv({ server: { X: 1 }, runtimeEnv: { X: process.env.X } })",
      ['X@2', 'X@2'],
    ],
    ["import { defineEnv } from '@sluice/env'\ndefineEnv({ X: { default: 'a' }, Y: {} })", ['X@2=a', 'Y@2']],
    [`${zod}z.object({ X: z.string() }).parse(process.env)`, ['X@2']],
    [`${zod}z.object({ X: z.coerce.number().default(1) }).safeParse(process.env)`, ['X@2=1']],
    [`${zod}const s = z.object({ X: z.string() })\nconst e = s.parse(process.env)`, ['X@2']],
    [`${zod}const s = z.object({ X: z.string() }).strict()\ns.parse({ ...process.env })`, ['X@2']],
    [`${zod}const a = z.object({ X: 1 })\na.extend({ Y: 1 }).parse(process.env)`, ['X@2', 'Y@3']],
    [`${zod}const a = z.object({ X: 1 })\na.merge(z.object({ Y: 1 })).parse(process.env)`, ['X@2', 'Y@3']],
    [`${zod}const a = { X: 1 }\nz.object({ ...a, Y: 1 }).parse(process.env)`, ['X@2', 'Y@3']],
    [`${zod}const env = process.env\nz.object({ X: 1 }).parse(env)`, ['X@3']],
    ["import * as v from 'valibot'\nv.parse(v.object({ X: v.string() }), process.env)", ['X@2']],
    ["import Joi from 'joi'\nJoi.object({ X: Joi.string() }).validate(process.env)", ['X@2']],
  ])('%s', (text, expected) => {
    expect(reads(text)).toEqual(expected)
    expect(dynamic(text)).toEqual([])
  })
})

describe('every dialect is read:', () => {
  it.each([
    ['a.js', 'const a = <b c={process.env.X}>{process.env.Y}</b>', ['X@1', 'Y@1']],
    ['a.jsx', '<a.b {...{ x: process.env.X }} />', ['X@1']],
    ['a.tsx', 'const a = <T,>(b: T) => <i>{process.env.X as string}</i>', ['X@1']],
    [
      'a.ts',
      'abstract class A<T> { declare b: T; f(this: A<T>): asserts this is B { process.env.X } }',
      ['X@1'],
    ],
    ['a.cts', 'import a = require("b"); export = process.env.X', ['X@1']],
    ['a.mts', 'await f(process.env.X)', ['X@1']],
    ['a.cjs', 'return process.env.X', ['X@1']],
    ['a.js', 'return process.env.X', ['X@1']],
    ['a.js', 'with (a) { process.env.X }; var await = 1', ['X@1']],
    ['a.js', '// @flow\nfunction f(a: ?string): number { return process.env.X }', ['X@2']],
    ['a.js', 'function f(a: string): number { return process.env.X }', ['X@1']],
    [
      'a.vue',
      '<template>\n{{ 1 < 2 }}\n</template>\n<script setup lang="ts">\nconst a: string = import.meta.env.VITE_X\n</script>',
      ['VITE_X@5'],
    ],
    [
      'a.vue',
      '<script>\r\nprocess.env.X\r\n</script>\r\n<script setup generic="T extends A<B>">\r\nprocess.env.Y</script>',
      ['X@2', 'Y@5'],
    ],
    ['a.svelte', '<!-- <script>process.env.N</script> -->\n<SCRIPT>process.env.X</SCRIPT>', ['X@2']],
    [
      'a.astro',
      '---\nconst a = import.meta.env.X\n---\n<p>process.env.N</p>\n<script>import.meta.env.Y</script>',
      ['X@2', 'Y@5'],
    ],
    ['a.vue', '<script lang="tsx">const a = <b>{process.env.X}</b></script>', ['X@1']],
    ['a.vue', '<script>process.env.X', []],
    ['a.vue', '<script', []],
  ])('%s: %s', (file, text, expected) => expect(reads(text, file)).toEqual(expected))
})

it.each([
  ['a.ts', 'let a = ;\nprocess.env.X', 'line 1: Unexpected token'],
  [
    'a.js',
    '\n\nprocess.env.X {',
    'line 3: Expected a semicolon or an implicit semicolon after a statement, but found none',
  ],
  ['a.vue', '\n<script>let a = ;</script>', 'line 2: Unexpected token'],
  ['a.js', `process.env.X ${'('.repeat(50_000)}`, 'nested too deeply to be read'],
  ['a.js', `process.env.X; ${'a?b:'.repeat(50_000)}c`, 'nested too deeply to be read'],
  ['a.js', `process.env.X; ${'for(;;)'.repeat(50_000)}c`, 'nested too deeply to be read'],
  ['a.js', `process.env.X; ${'if(a);else '.repeat(60_000)}c`, 'nested too deeply to be read'],
  ['a.js', `process.env.X; ${'a?b(1,2):'.repeat(60_000)}c`, 'nested too deeply to be read'],
  ['a.js', `process.env.X; ${'if(a){}else '.repeat(60_000)}c`, 'nested too deeply to be read'],
])('tells why %s cannot be read: %.30s', (file, text, why) => {
  const { found, broken } = file.endsWith('.vue') ? readComponent(file, text) : readJavascript(file, text)
  expect({ found, broken }).toEqual({ found: [], broken: why })
})

it('reads long chains that no stack has to be deep for', () => {
  expect(reads(`const a = [${'process.env.X,\n'.repeat(2000)}]`)).toHaveLength(2000)
  expect(reads(`f(${"'a' + ".repeat(500)}process.env.X)`)).toEqual(['X@1'])
})

const words = [
  ...['process', 'env', '.', '?.', '[', ']', '{', '}', '(', ')', '=', '??', '||', '=>', ',', ';', ':', '...'],
  ...["'X'", '`', '${', 'const', 'let', 'function', 'class', 'import', 'from', "'node:process'", 'export'],
  ...[
    'delete',
    'in',
    'X',
    '\n',
    '/*',
    '//',
    '<a>',
    '</a>',
    'cleanEnv',
    'parse',
    'z.object',
    '@',
    'enum',
    'as',
  ],
]

it('never throws, whatever it is given', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((it) => it.join(' ')),
  )
  const file = fc.constantFrom('a.js', 'a.ts', 'a.tsx', 'a.cjs', 'a.mts')
  fc.assert(
    fc.property(file, text, (name, it) => {
      readJavascript(name, it)
      readComponent('a.vue', `<script>${it}`)
      readComponent('a.astro', `---\n${it}\n---`)
    }),
    { numRuns: 3000 },
  )
})
