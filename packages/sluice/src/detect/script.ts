import { nestsTooDeeply } from './nesting.ts'
import { lineAt } from './place.ts'

/** A node of the syntax tree, as plain as it comes. */
export interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

/** A file of JavaScript or TypeScript. */
export interface Script {
  path: string
  /** Every node, a parent before its children. */
  nodes: Node[]
  comments: { from: number; to: number }[]
  /** What it imports or requires, as it is written. */
  imports: string[]
  lineOf(node: Node): number
}

const NODES_LIMIT = 400_000

/** The file as a tree; null where it cannot be parsed. */
export async function parseScript(path: string, text: string): Promise<Script | null> {
  if (nestsTooDeeply(text)) return null
  const { parseSync, visitorKeys } = await import('oxc-parser')
  const parsed = parseSync(path, text)
  if (parsed.errors.length > 0 && parsed.program.body.length === 0) return null
  const nodes: Node[] = []
  const open = [parsed.program as unknown as Node]
  // Not by recursion: a chain of operators is as deep as it is long.
  while (open.length > 0 && nodes.length < NODES_LIMIT) {
    const node = open.pop()!
    nodes.push(node)
    const children = (visitorKeys[node.type] ?? []).flatMap((name) => [node[name]].flat()).filter(isNode)
    for (const child of children.reverse()) open.push(child)
  }
  return {
    path,
    nodes,
    comments: parsed.comments.map(({ start, end }) => ({ from: start, to: end })),
    imports: nodes.flatMap(importOf),
    lineOf: (node) => lineAt(text, node.start),
  }
}

/** What an expression is where it is written out; undefined where it has to be computed. */
export function literalOf(node: unknown): unknown {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal') return node.value
  if (node.type === 'ArrayExpression') return (node.elements as unknown[]).map(literalOf)
  if (node.type === 'TemplateLiteral' && (node.expressions as unknown[]).length === 0) {
    return (node.quasis as { value: { cooked: string } }[])[0]?.value.cooked
  }
  if (node.type === 'ObjectExpression') {
    const fields = (node.properties as Node[]).flatMap((field) => {
      const name = field.type === 'Property' ? nameOf(field.key) : null
      return name === null ? [] : [[name, literalOf(field.value)] as const]
    })
    return Object.fromEntries(fields)
  }
  if (['ParenthesizedExpression', 'TSAsExpression', 'TSSatisfiesExpression'].includes(node.type)) {
    return literalOf(node.expression)
  }
  return undefined
}

/** JSON with comments, as tsconfig.json and package.json5 are written; undefined where it is none. */
export async function parseRelaxedJson(text: string): Promise<unknown> {
  const script = await parseScript('relaxed.js', `(${text}\n)`)
  const statement = script?.nodes.find(({ type }) => type === 'ExpressionStatement')
  return literalOf(statement?.expression)
}

/** Of an identifier, or of a key that is written as text. */
export function nameOf(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Identifier') return node.name as string
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : null
}

/** Whether a value is a node of a tree. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function importOf(node: Node): string[] {
  const isImport = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression']
  if (isImport.includes(node.type)) return stringsOf(node.source)
  if (node.type === 'CallExpression' && nameOf(node.callee) === 'require') {
    return stringsOf((node.arguments as unknown[])[0])
  }
  return []
}

function stringsOf(node: unknown): string[] {
  const value = literalOf(node)
  return typeof value === 'string' ? [value] : []
}
