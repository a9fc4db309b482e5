import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'

/** Enough for anchors used as they are meant, too few to blow a small file up into gigabytes. */
const MOST_ALIASES = 100

/** Where in a file; both count from 1. */
export interface Position {
  line: number
  column: number
}

/** One thing wrong with a file, in a sentence. */
export interface Problem extends Position {
  text: string
}

export type Path = readonly PropertyKey[]

/** A YAML file as plain data, with the way back from each value to its place in the text. */
export interface YamlDocument {
  /** Undefined where the syntax is too broken to say. */
  value: unknown
  /** Syntax errors, keys written twice, aliases that lead nowhere. */
  problems: Problem[]
  /** Of the value at the path, or of the nearest thing around it that the file has. */
  positionOf(path: Path): Position
  /** Of the key that ends the path, rather than of its value. */
  positionOfKey(path: Path): Position
}

/**
 * Never throws. `keepText` says which maps hold text only: numbers and booleans directly in them are kept as they are
 * written, so that the version 1.10 does not become 1.1.
 */
export function parseYaml(text: string, keepText: (path: Path) => boolean = () => false): YamlDocument {
  const at = (offset: number) => positionIn(text, offset)
  const start = () => at(0)
  try {
    const document = parseDocument(text, { prettyErrors: false, stringKeys: true })
    const problems = [...syntaxProblems(document, text), ...referenceProblems(document)]
    const isReadable = problems.every(({ isFatal }) => !isFatal)
    if (isReadable) keepWrittenText(document, keepText)
    return {
      value: isReadable ? document.toJS({ maxAliasCount: MOST_ALIASES }) : undefined,
      problems: problems.map(({ offset, text }) => ({ ...at(offset), text })),
      positionOf: (path) => at(offsetOf(document, path, false)),
      positionOfKey: (path) => at(offsetOf(document, path, true)),
    }
  } catch (error) {
    const problem = { ...start(), text: limitOf(error) }
    return { value: undefined, problems: [problem], positionOf: start, positionOfKey: start }
  }
}

/** The parser recurses, and counts aliases only while it unfolds them; both end in an exception. */
function limitOf(error: unknown): string {
  if (error instanceof RangeError) return 'is nested too deeply to be read'
  if (error instanceof ReferenceError) {
    return `repeats its anchors more than ${MOST_ALIASES} times. Write fewer aliases`
  }
  throw error
}

/** Counted here, because the parser's own line counter misses line breaks inside a broken plain scalar. */
function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - lineStart + 1 }
}

interface SyntaxProblem {
  offset: number
  text: string
  /** Nothing in the document can be trusted. */
  isFatal: boolean
}

function syntaxProblems({ errors, warnings }: Document, source: string): SyntaxProblem[] {
  const problems = [...errors, ...warnings].map(({ code, message, pos: [offset] }) => {
    if (code === 'DUPLICATE_KEY') {
      const text = `key "${keyFrom(source, offset)}" is written twice. Keep one of them`
      return { offset, text, isFatal: false }
    }
    if (code === 'MULTIPLE_DOCS') {
      const text = `one document was wanted, ${countDocuments(source)} found. Take out what follows the line ---`
      return { offset, text, isFatal: true }
    }
    if (code === 'TAG_RESOLVE_FAILED')
      return { offset, text: 'unknown tag. Text that starts with ! needs quotes', isFatal: true }
    // Without what the parser quotes after the colon, which may be a secret.
    return { offset, text: `is not YAML: ${message.replace(/: .*$/s, '')}`, isFatal: true }
  })
  // What follows the first is mostly the parser having lost its way.
  const first = problems.filter(({ isFatal }) => isFatal).toSorted((a, b) => a.offset - b.offset)[0]
  return problems.filter((problem) => !problem.isFatal || problem === first)
}

function countDocuments(source: string): number {
  return parseAllDocuments(source, { prettyErrors: false }).length
}

function keyFrom(text: string, offset: number): string {
  return /^["']?([^"':\s]*)/.exec(text.slice(offset, offset + 100))?.[1] ?? ''
}

function referenceProblems(document: Document): SyntaxProblem[] {
  const problems: SyntaxProblem[] = []
  visit(document, {
    Alias(_, alias, ancestors) {
      const anchored = alias.resolve(document)
      if (anchored !== undefined && !ancestors.includes(anchored)) return
      // Without its name, which may be a secret that was meant to be text.
      const text =
        anchored === undefined
          ? 'alias without an anchor before it. Text that starts with * needs quotes'
          : 'alias inside its own anchor'
      problems.push({ offset: startOf(alias), text, isFatal: true })
    },
    Pair(_, pair) {
      // Set on a plain object it would vanish into its prototype, unseen by any check.
      if (keyText(pair) !== '__proto__') return
      problems.push({ offset: startOf(pair.key), text: 'unknown key "__proto__"', isFatal: true })
    },
  })
  return problems
}

function keepWrittenText(document: Document, keepText: (path: Path) => boolean): void {
  visit(document, {
    Scalar(key, scalar, ancestors) {
      if (key !== 'value' || !isPlainLiteral(scalar)) return
      const path = ancestors.flatMap((node) => (isPair(node) ? [keyText(node)] : []))
      if (keepText(path.slice(0, -1))) scalar.value = scalar.source
    },
  })
}

function isPlainLiteral(scalar: Scalar): boolean {
  return scalar.source !== undefined && ['number', 'boolean', 'bigint'].includes(typeof scalar.value)
}

/** What the file does not have is looked for where it would stand: at the key of the map around it. */
function offsetOf(document: Document, path: Path, wantsKey: boolean): number {
  let node: unknown = document.contents
  let offset = startOf(node)
  for (const [depth, step] of path.entries()) {
    const inside = isAlias(node) ? node.resolve(document) : node
    const pair = isMap(inside) ? inside.items.find((item) => keyText(item) === String(step)) : undefined
    const item = isSeq(inside) ? inside.items[Number(step)] : undefined
    if (pair === undefined && item === undefined) return offset
    node = pair === undefined ? item : pair.value
    const showsKey =
      pair !== undefined && ((wantsKey && depth === path.length - 1) || isMap(node) || isNothing(node))
    offset = startOf(showsKey ? pair.key : node)
  }
  return offset
}

/** `host:` with nothing after it has a value that stands nowhere. */
function isNothing(value: unknown): boolean {
  return value === null || (isScalar(value) && value.value === null && (value.source ?? '') === '')
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : ''
}
