import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineCounter } from '../lines.ts'
import { readGo } from './go.ts'

/** `X@1`, or `X@1=fallback`. */
function reads(text: string): string[] {
  const lineOf = lineCounter(text)
  return readGo('a.go', text).found.flatMap((one) =>
    one.kind === 'read'
      ? [`${one.name}@${lineOf(one.at)}${one.fallback === null ? '' : `=${one.fallback}`}`]
      : [],
  )
}

function dynamic(text: string): string[] {
  return readGo('a.go', text).found.flatMap((one) => (one.kind === 'dynamic' ? [one.code] : []))
}

/** In a function, from line 3 on. */
function inside(code: string, imports = '"os"'): string {
  return `package a; import ${imports}\nfunc f() {\n${code}\n}\n`
}

const viper = '"github.com/spf13/viper"'

describe('a variable is read by', () => {
  it.each([
    [inside('os.Getenv("X")'), ['X@3']],
    [inside('os.Getenv(`X`)'), ['X@3']],
    [inside('a := true\nb := os.Getenv("X_true")\nif b == "" {\n b = "false"\n}'), ['X_true@4=false']],
    [inside('a, ok := os.LookupEnv("X")'), ['X@3']],
    [inside('syscall.Getenv("X")', '"syscall"'), ['X@3']],
    [inside('o.Getenv("X")', 'o "os"'), ['X@3']],
    [inside('Getenv("X")', '. "os"'), ['X@3']],
    [inside('os.Getenv("X")', '(\n"fmt"\n"os"\n)'), ['X@6']],
    [inside('if a := os.Getenv("X"); a != "" { }'), ['X@3']],
    [inside('a := S{ B: os.Getenv("X") }'), ['X@3']],
    [inside('g := func() string { return os.Getenv("X") }'), ['X@3']],
    [inside('os.Getenv("X"); os := g()'), ['X@3']],
    [inside('get := os.Getenv\nget("X")'), ['X@4']],
    [inside('const name = "X"\nos.Getenv(name)'), ['X@4']],
    ['package a\nimport "os"\nvar a = os.Getenv(name)\nconst (\n  name = "X"\n)\n', ['X@3']],
    [inside('os.ExpandEnv("$A/${B}/$")'), ['A@3', 'B@3']],
    [inside('a := os.Getenv("X")\nif a == "" {\n a = "d"\n}'), ['X@3=d']],
    [inside('a, ok := os.LookupEnv("X")\nif !ok { a = "d" }'), ['X@3=d']],
    [inside('a := os.Getenv("X")\nif a == "b" { a = "d" }'), ['X@3']],
    [inside('a := os.Getenv("X")\nif a == "" { b = "d" }'), ['X@3']],
    [inside('a := cmp.Or(os.Getenv("X"), "d")', '("os"; "cmp")'), ['X@3=d']],
    [
      'package a\ntype C struct {\n  A string `env:"X" envDefault:"d"`\n  B int "env:\\"Y,required\\""\n}\n',
      ['X@3=d', 'Y@4'],
    ],
    ['package a\ntype C struct {\n  A string `json:"a" envconfig:"X" default:"d"`\n}\n', ['X@3=d']],
    [
      'package a\ntype C struct {\n  A string `env:"X, default=8080"`\n  B string `env:"Y" env-default:"d"`\n}\n',
      ['X@3=8080', 'Y@4=d'],
    ],
    [inside('viper.BindEnv("X")', viper), ['X@3']],
    [inside('viper.BindEnv("port", "X", "Y")', viper), ['X@3', 'Y@3']],
    [inside('viper.SetEnvPrefix("app"); viper.BindEnv("port")', viper), ['APP_PORT@3']],
    [inside('v := viper.New()\nv.BindEnv("x")', viper), ['X@4']],
    [inside('os.Getenv("constructor"); os.Getenv("__proto__")'), ['constructor@3', '__proto__@3']],
    ['package a\r\nimport "os"\r\nvar a = os.Getenv("Ä")\r\n', ['Ä@3']],
  ])('%s', (text, expected) => {
    expect(reads(text)).toEqual(expected)
    expect(dynamic(text)).toEqual([])
    expect(readGo('a.go', text).broken).toBe(null)
  })
})

describe('nothing is read by', () => {
  it.each([
    [inside('os.Setenv("X", "a"); os.Unsetenv("X")')],
    [inside('// os.Getenv("X")')],
    [inside('/* os.Getenv("X") */')],
    [inside('a := "os.Getenv(\\"X\\")"')],
    [inside('a := `os.Getenv("X")`')],
    [inside('my.os.Getenv("X")')],
    [inside('os := g()\nos.Getenv("X")')],
    [inside('for _, os := range g() { os.Getenv("X") }')],
    [inside('func(os T) { os.Getenv("X") }(a)')],
    [inside('os.Getenv("X")', '"example.com/os/v2"')],
    [inside('os.Getenv("X")', 'o "os"')],
    [inside('Getenv("X")')],
    ['package a\nimport "os"\nfunc f(os T) { os.Getenv("X") }\n'],
    [
      'package a\ntype C struct {\n  A string `env:"-"`\n  B string `env:""`\n  C string `env:",required"`\n  D string `json:"env"`\n}\n',
    ],
    [inside('other.BindEnv("X")', viper)],
    [inside('os.Args(); os.Exit(1)')],
  ])('%s', (text) => expect(readGo('a.go', text)).toEqual({ found: [], broken: null }))
})

describe('a name is not written out in', () => {
  it.each([
    [inside('os.Getenv(name)'), ['os.Getenv(name)']],
    [inside('os.Getenv("A_" + name)'), ['os.Getenv("A_" + name)']],
    [inside('os.LookupEnv(name)'), ['os.LookupEnv(name)']],
    [inside('var name = "X"\nos.Getenv(name)'), ['os.Getenv(name)']],
    [inside('read(os.Getenv)'), ['read(os.Getenv)']],
    [inside('read("p4ssw0rd", os.Environ())'), ['read(…, os.Environ())']],
    [inside('os.ExpandEnv(a)'), ['os.ExpandEnv(a)']],
    [inside('viper.AutomaticEnv()', viper), ['viper.AutomaticEnv()']],
    [inside('viper.BindEnv(name)', viper), ['viper.BindEnv(name)']],
    [inside('viper.BindEnv("a.b")', viper), ['viper.BindEnv("a.b")']],
    ['package a\ntype C struct {\n  DB D `envPrefix:"DB_"`\n}\n', ['DB D `envPrefix:"DB_"`']],
  ])('%s', (text, expected) => expect(dynamic(text)).toEqual(expected))
})

it('reads what is around a mistake, and tells where that is', () => {
  const text = inside('os.Getenv("A")\na := := 1\nos.Getenv("B")')
  expect(reads(text)).toContain('A@3')
  expect(readGo('a.go', text).broken).toBe('line 4: not understood as Go')
})

const words = [
  ...[
    'package',
    'import',
    '"os"',
    'os',
    '.',
    'Getenv',
    'LookupEnv',
    '(',
    ')',
    '"X"',
    '`env:"X"`',
    'func',
    '{',
    '}',
  ],
  ...[
    ':=',
    '=',
    ',',
    'if',
    'for',
    'range',
    'struct',
    'type',
    'const',
    'var',
    'switch',
    '\n',
    'viper',
    'BindEnv',
  ],
]

it('never throws, whatever it is given', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom(...words), { maxLength: 30 })
      .map((it) => `package a\nimport ("os"; "github.com/spf13/viper")\nfunc f() {\n${it.join(' ')}`),
  )
  fc.assert(
    fc.property(text, (it) => void readGo('a.go', it)),
    { numRuns: 3000 },
  )
})
