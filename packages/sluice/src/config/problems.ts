import type { z } from 'zod'
import { type JsonSchema, pathText, valueAt } from './keys.ts'
import { spelling, suggestion } from './suggestion.ts'
import { type Path, type Problem, parseYaml, type YamlDocument } from './yaml-document.ts'

type Issue = z.core.$ZodIssue

/** How to read a file of ours and speak about it. */
export interface Reading<Schema extends z.ZodType> {
  schema: Schema
  /** What may be written, for suggestions. */
  jsonSchema: () => JsonSchema
  /** Maps whose values are text, as they are written. */
  keepText: (path: Path) => boolean
  /** Values that may be secrets: messages tell their kind, never what they are. */
  isSecret: (path: Path) => boolean
}

export type Read<Output> = { value: Output; written: unknown } | { problems: Problem[] }

/** Reads a file's text by its schema, or says all that is wrong with it, in the order of the file. Never throws. */
export function readText<Schema extends z.ZodType>(
  text: string,
  reading: Reading<Schema>,
): Read<z.output<Schema>> {
  const document = parseYaml(text, reading.keepText)
  if (document.value === undefined) return { problems: inOrder(document.problems) }
  const result = reading.schema.safeParse(document.value)
  if (result.success && document.problems.length === 0) return { value: result.data, written: document.value }
  const issues = result.success ? [] : result.error.issues.flatMap(flatten)
  const speech = { document, known: reading.jsonSchema(), isSecret: reading.isSecret }
  return {
    problems: inOrder([...document.problems, ...issues.flatMap((issue) => problemsOf(issue, speech))]),
  }
}

/** Where several forms are allowed, the one that was probably meant: the form in which something deeper is wrong. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.find((issues) => !issues.some(isAboutItsForm))
  if (meant === undefined) return [issue]
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(flatten)
}

function isAboutItsForm(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return issue.errors.every((issues) => issues.some(isAboutItsForm))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

/** What is needed to speak about an issue. */
interface Speech {
  document: YamlDocument
  known: JsonSchema
  isSecret: (path: Path) => boolean
}

function problemsOf(issue: Issue, { document, known, isSecret }: Speech): Problem[] {
  const { path, message } = issue
  const where = pathText(path)
  if (issue.code === 'unrecognized_keys') {
    const inside = where === '' ? '' : ` in ${where}`
    return issue.keys.map((key) => ({
      ...document.positionOfKey([...path, key]),
      text: `unknown key ${quoted(key)}${inside}. ${suggestion(known, path, key)}`,
    }))
  }
  if (issue.code === 'invalid_key') {
    const wanted = issue.issues[0]?.message
    const text = `${pathText(path.slice(0, -1))}: wanted ${wanted}; found ${quoted(String(path.at(-1)))}`
    return [{ ...document.positionOfKey(path), text }]
  }
  if (issue.code === 'custom' && issue.params?.wanted === undefined) {
    const position = issue.params?.key ? document.positionOfKey(path) : document.positionOf(path)
    return [{ ...position, text: `${where}: ${message}` }]
  }
  const value = valueAt(document.value, path)
  const position = document.positionOf(path)
  if (value === undefined) return [{ ...position, text: `${where} is missing: wanted ${message}` }]
  const found = isSecret(path) ? kindOf(value) : `${shown(value)}${spelling(known, path, value)}`
  return [{ ...position, text: `${where === '' ? '' : `${where}: `}wanted ${message}; found ${found}` }]
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  return ['number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : kindOf(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'string') return `text of ${value.length} characters`
  if (typeof value !== 'object') return `a ${typeof value}`
  return Object.keys(value).length === 0 ? 'an empty map' : 'a map'
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
}

function inOrder(problems: Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}
