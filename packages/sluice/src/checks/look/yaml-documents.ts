import { LineCounter, parseAllDocuments } from 'yaml'
import type { Files } from './files.ts'

/** One document of a YAML or JSON file. */
export interface YamlDocument {
  /** From the app's or the repository's folder, as it was asked for. */
  path: string
  /** For evidence: from the repository's folder. */
  file: string
  /** Plain data. */
  value: unknown
  /** Where something stands, from 1; of what it stands in, where it is not there. */
  lineOf(at: readonly (string | number)[]): number
}

/** The documents of a file; `problem` says why it cannot be read. Templates, as Helm has them, are no YAML. */
export function yamlDocuments(
  files: Files,
  path: string,
): { documents: YamlDocument[]; problem: string | null } {
  const text = files.read(path)
  if (text === null) return { documents: [], problem: `${path} is no text` }
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' })
  const error = [...parsed].flatMap(({ errors }) => errors)[0]
  if (error !== undefined)
    return { documents: [], problem: `${path} is not YAML: ${error.message.split('\n')[0]}` }
  const documents = [...parsed].flatMap((document): YamlDocument[] => {
    const value = unlessEndless(() => document.toJS({ maxAliasCount: 100 }))
    if (value === null || value === undefined) return []
    return [{ path, file: files.at(path), value, lineOf: (at) => lines.linePos(offsetOf(document, at)).line }]
  })
  return { documents, problem: null }
}

// Aliases that multiply without end are refused by the parser.
function unlessEndless(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return null
  }
}

interface Placed {
  range?: [number, number, number] | null
  items?: { key?: Placed & { value?: unknown } }[]
}

function offsetOf(
  document: { getIn(at: readonly unknown[], keep: boolean): unknown; contents: unknown },
  at: readonly (string | number)[],
): number {
  for (let length = at.length; length > 0; length--) {
    const parent = (
      length === 1 ? document.contents : document.getIn(at.slice(0, length - 1), true)
    ) as Placed | null
    const key = parent?.items?.find((item) => item?.key?.value === at[length - 1])?.key
    if (key?.range) return key.range[0]
    const node = document.getIn(at.slice(0, length), true) as Placed | null | undefined
    if (node?.range) return node.range[0]
  }
  return (document.contents as Placed | null)?.range?.[0] ?? 0
}

/** A map's field, or null: for reading what others wrote without trusting its shape. */
export function field(value: unknown, ...keys: (string | number)[]): unknown {
  let at: unknown = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return null
    at = (at as Record<string | number, unknown>)[key] ?? null
  }
  return at
}

/** The entries of a list; none of what is no list. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The entries of a map; none of what is no map. */
export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
