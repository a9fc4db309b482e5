import { posix } from 'node:path'
import type { Concluded, Evidence } from '../facts.ts'
import { short } from '../place.ts'
import type { Survey } from '../survey.ts'

/** What a go.mod or a go.work says. */
export interface GoMod {
  file: string
  module: string | null
  /** Minor version of the language, `1.26`: of the toolchain where one is named. */
  version: Concluded<string> | null
  /** Paths of modules that are used directly, with where they are said. */
  requires: Map<string, Evidence>
  /** Folders of go.work. */
  uses: { path: string; line: number }[]
  /** Modules that are taken from a folder in their place. */
  replaces: { module: string; path: string; line: number }[]
}

/** Reads go.mod or go.work line by line, as their grammar is; null where there is no such file. */
export function readGoMod(survey: Survey, file: string): GoMod | null {
  const text = survey.read(file)
  if (text === null) return null
  const mod: GoMod = { file, module: null, version: null, requires: new Map(), uses: [], replaces: [] }
  let block = ''
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.replace(/\/\/.*/, '').trim()
    const isIndirect = /\/\/\s*indirect\b/.test(written)
    if (line === ')') block = ''
    else if (/^\w+\s*\($/.test(line)) block = /^\w+/.exec(line)![0]
    else if (line !== '') {
      const words = (block === '' ? line : `${block} ${line}`).split(/\s+/).map(unquoted)
      take(mod, words, isIndirect, { file, line: index + 1 })
    }
  }
  if (mod.module === null && posix.basename(file) === 'go.mod') survey.note(`${file} names no module`)
  return mod
}

/** `github.com/shop/api/v2` is the module `api`. */
export function baseOf(module: string | null): string | null {
  return (
    module
      ?.replace(/\/v\d+$/, '')
      .split('/')
      .at(-1) ?? null
  )
}

function take(mod: GoMod, words: string[], isIndirect: boolean, at: { file: string; line: number }): void {
  const [verb, first] = words
  if (first === undefined) return
  const { line } = at
  if (verb === 'module') mod.module = first
  if (verb === 'use') mod.uses.push({ path: first, line })
  if (verb === 'replace') {
    // Else it is another module, and comes from where modules come from.
    const path = words[words.indexOf('=>') + 1] ?? ''
    if (/^(?:\.{0,2}\/|\.{1,2}$)/.test(path)) mod.replaces.push({ module: first, path, line })
  }
  if (verb === 'require' && !isIndirect)
    mod.requires.set(first, { ...at, says: `it requires ${short(first)}` })
  const version = /^(?:go)?(1\.\d{1,3})(?:\D|$)/.exec(first)?.[1]
  if ((verb !== 'go' && verb !== 'toolchain') || version === undefined) return
  // The toolchain line is never older than the go line.
  if (verb === 'toolchain' || mod.version === null) {
    mod.version = { value: version, from: { ...at, says: `the ${verb} line says ${short(first)}` } }
  }
}

function unquoted(word: string): string {
  return word.replace(/^["`](.*)["`]$/, '$1')
}
