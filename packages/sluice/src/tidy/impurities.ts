import type { SourceFile } from './source-file.ts'
import { type Node, walk } from './walk.ts'

/** Names through which a program asks for time, chance or the world outside it. */
const doorsOutside = new Set([
  'Date',
  'performance',
  'crypto',
  'process',
  'globalThis',
  'fetch',
  'console',
  'Promise',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
])

/** Everything in a file that a pure function cannot have: clocks, chance, waiting, the world outside. */
export function impurities(file: SourceFile): string[] {
  const found: string[] = []
  walk(file.program, (node, parent, field) => {
    const what = impurity(node, parent, field)
    if (what !== null) found.push(what)
  })
  return found
}

/** True where a file reads `process.env`, in whatever way it is written. */
export function readsEnvironment(file: SourceFile): boolean {
  let reads = file.imports.some(({ from }) => from === 'node:process' || from === 'process')
  walk(file.program, (node) => {
    if (isMember(node, 'process', 'env')) reads = true
    if (node.type === 'VariableDeclarator' && isNamed(node.init, 'process')) reads = true
  })
  return reads
}

function impurity(node: Node, parent: Node | null, field: string): string | null {
  if (node.type === 'AwaitExpression') return 'await'
  if (node.type === 'ForOfStatement' && node.await === true) return 'for await'
  if (node.type === 'ImportExpression') return 'import()'
  if (node.async === true) return 'async'
  if (isMember(node, 'Math', 'random')) return 'Math.random'
  if (isNamed(node) && isReference(parent, field) && doorsOutside.has(node.name)) return node.name
  return null
}

// `seen.process` and `{ process: 1 }` name a field, not the thing.
function isReference(parent: Node | null, field: string): boolean {
  if (parent === null || parent.computed === true) return true
  return !(field === 'property' || field === 'key') || parent.shorthand === true
}

function isMember(node: Node, object: string, property: string): boolean {
  if (node.type !== 'MemberExpression' || !isNamed(node.object, object)) return false
  const asked = node.property as { name?: string; value?: unknown }
  return (node.computed === true ? asked.value : asked.name) === property
}

function isNamed(value: unknown, name?: string): value is Node & { name: string } {
  const node = value as Node | null | undefined
  return node?.type === 'Identifier' && (name === undefined || node.name === name)
}
