/** A node of the syntax tree, by ESTree's names. */
export interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

// What only a type checker looks at. `typeof process.env` in a type reads nothing.
const TYPES = /^(?:TSInterface|TSType|TSTuple|TSUnion|TSDeclare|TSAbstract|TSNamespaceExport)/
const TYPE_FIELDS = new Set([
  ...['typeAnnotation', 'typeParameters', 'typeArguments', 'returnType', 'superTypeArguments', 'implements'],
])

/** The nodes right below one, types left out, in the order of the text as far as the tree has it. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (const field in node) {
    const value = node[field]
    if (typeof value !== 'object' || value === null || TYPE_FIELDS.has(field)) continue
    for (const one of Array.isArray(value) ? value : [value]) if (isCode(one)) children.push(one)
  }
  return children
}

// The same few types come by for every node of a tree.
const known = new Map<string, boolean>()

function isCode(value: unknown): value is Node {
  const type = (value as Node | null)?.type
  if (typeof type !== 'string') return false
  let is = known.get(type)
  if (is === undefined) {
    is = !TYPES.test(type) || type === 'TSTypeAssertion'
    known.set(type, is)
  }
  return is
}

const WRAPPERS = new Set([
  ...['ChainExpression', 'ParenthesizedExpression', 'TSAsExpression', 'TSSatisfiesExpression'],
  ...['TSNonNullExpression', 'TSTypeAssertion', 'TSInstantiationExpression'],
])

export function isWrapper(node: Node): boolean {
  return WRAPPERS.has(node.type)
}

/** Without brackets and what says something about its type only. */
export function unwrapped(node: Node): Node {
  let inner = node
  while (isWrapper(inner)) inner = inner.expression as Node
  return inner
}

/** Of `a.name`, `{ name: 1 }` and `{ 'name': 1 }`; null where it is computed. */
export function plainKey(node: Node): string | null {
  const key = (node.type === 'MemberExpression' ? node.property : node.key) as Node
  if (node.computed !== true && key.type === 'Identifier') return key.name as string
  return textOf(key)
}

/** Of a string, or a template without anything in it to be filled in. */
export function textOf(node: Node): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null
  if (node.type !== 'TemplateLiteral' || (node.expressions as Node[]).length > 0) return null
  return (node.quasis as { value: { cooked: string | null } }[])[0]?.value.cooked ?? null
}

/** Of `f(…)` and `a.f(…)`: `f`. */
export function calledName(call: Node): string | null {
  const callee = unwrapped(call.callee as Node)
  if (callee.type === 'Identifier') return callee.name as string
  return callee.type === 'MemberExpression' ? plainKey(callee) : null
}

export function argumentsOf(call: Node): Node[] {
  return (call.arguments as Node[]).map(unwrapped)
}
