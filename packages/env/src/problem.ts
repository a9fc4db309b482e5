import type { Declaration } from './declaration.ts'
import type { Unfit } from './kinds/kind.ts'
import { nearest } from './nearest.ts'
import { found, words } from './shown.ts'

/** What is wrong with one variable. None of its texts holds the value of a secret. */
export interface Problem {
  /** Name of the variable. */
  readonly name: string
  readonly kind: 'missing' | 'wrong' | 'unknown'
  /** What should be there: a noun phrase. */
  readonly wanted: string
  /** What is there: the value cut at 40 characters, or for a secret its length. */
  readonly found: string
  /** What to do about it: a sentence or two. */
  readonly fix: string
  /** All of it in one line. */
  readonly text: string
}

/** Something that is demanded and not there. `strangers` are the names that are set and not declared. */
export function missing(declaration: Declaration, isEmpty: boolean, strangers: readonly string[]): Problem {
  const { name, kind, docs } = declaration
  const near = nearest(name, strangers)
  const state = isEmpty ? 'empty' : 'not set'
  const fix = near === null ? `Set it${example(declaration)}.` : `${near} is set: is it misspelt?`
  const text = `${name}: wanted ${kind.wanted}; it is ${state}. ${fix}${remark(docs)}`
  return { name, kind: 'missing', wanted: kind.wanted, found: state, fix, text }
}

/** A value that does not fit; one that is no text at all does not either. */
export function wrong(declaration: Declaration, value: unknown, unfit: Unfit): Problem {
  const { name, kind, isSecret, docs } = declaration
  const said = unfit.said === undefined ? '' : words(unfit.said, String(value), isSecret)
  const wanted = `${unfit.wanted ?? kind.wanted}${said === '' ? '' : ` (${said})`}`
  const shown = found(value, isSecret)
  const fix = correction(declaration, value)
  const text = `${name}: wanted ${wanted}; found ${shown}. ${fix}${remark(docs)}`
  return { name, kind: 'wrong', wanted, found: shown, fix, text }
}

/** Something whose `requiredWhen` threw. Only the name of what was thrown: its message may hold a secret. */
export function undecided({ name, docs }: Declaration, thrown: unknown): Problem {
  const wanted = 'a requiredWhen that answers'
  const found = thrown instanceof Error ? thrown.name : typeof thrown
  const fix = 'It is in the definition, and has to expect variables that are not set.'
  const text = `${name}: wanted ${wanted}; it threw ${found}. ${fix}${remark(docs)}`
  return { name, kind: 'wrong', wanted, found, fix, text }
}

/** A name with the app's own prefix that nobody declared. */
export function unknown(name: string, prefix: string, known: readonly string[]): Problem {
  const near = nearest(name, known)
  const wanted = `a declared name, since it begins with ${prefix}`
  const fix = near === null ? 'Declare it, or take it out.' : `Did you mean ${near}?`
  const text = `${name}: wanted ${wanted}; found an unknown one. ${fix}`
  return { name, kind: 'unknown', wanted, found: 'an unknown one', fix, text }
}

/** All problems, one a line. */
export function report(problems: readonly Problem[]): string {
  const count =
    problems.length === 1
      ? 'An environment variable is missing or wrong'
      : `${problems.length} environment variables are missing or wrong`
  return `${count}:\n${problems.map(({ text }) => `  ${text}`).join('\n')}`
}

function correction(declaration: Declaration, value: unknown): string {
  const { kind, isSecret } = declaration
  const near = typeof value === 'string' && !isSecret ? nearest(value, kind.keywords.enum ?? []) : null
  if (near !== null) return `Did you mean "${near}"?`
  if (declaration.default === undefined) return `Correct it${example(declaration)}.`
  return `Correct it, or leave it out to have ${found(declaration.default, isSecret)}.`
}

function example({ example }: Declaration): string {
  return example === undefined ? '' : `, for example to ${JSON.stringify(example)}`
}

function remark(docs: string | undefined): string {
  return docs === undefined ? '' : `   (${docs})`
}
