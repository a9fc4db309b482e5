import { constantText, constantValue, type Scope } from './scopes.ts'
import { argumentsOf, calledName, type Node, plainKey, textOf, unwrapped } from './syntax.ts'

/** A variable that a schema names. */
export interface Key {
  name: string
  node: Node
  fallback: string | null
}

const OBJECTS = new Set(['object', 'strictObject', 'looseObject', 'Object'])
const ADDING = new Set(['extend', 'safeExtend', 'augment', 'keys', 'setKey'])
const JOINING = new Set(['merge', 'and', 'concat'])
const CHECKS = new Set([
  ...['parse', 'safeParse', 'parseAsync', 'safeParseAsync', 'decode', 'Parse', 'Decode', 'cast', 'assert'],
  ...['validate', 'validateSync', 'validateAsync'],
])

/**
 * What a call to a validator reads: `cleanEnv(process.env, { X })`, `createEnv({ server: { X } })`, `defineEnv({ X })`,
 * `z.object({ X }).parse(process.env)`. Null: no such call, or its keys are not in this file.
 */
export function schemaKeys(call: Node, scope: Scope, isEnvironment: (node: Node) => boolean): Key[] | null {
  const name = calledName(call)
  const given = argumentsOf(call)
  if (name === 'cleanEnv' || name === 'customCleanEnv') {
    const [source, schema] = given
    return source && schema && isEnvironment(source) && isImported(call, scope) ? keysOf(schema, scope) : null
  }
  if (name === 'createEnv') return isImported(call, scope) ? sectionKeys(given[0], scope) : null
  if (name === 'defineEnv') return given[0] && isImported(call, scope) ? keysOf(given[0], scope) : null
  if (name === null || !CHECKS.has(name) || !given.some(isEnvironment)) return null
  const callee = unwrapped(call.callee as Node)
  const schemas = callee.type === 'MemberExpression' ? [callee.object as Node, ...given] : given
  for (const schema of schemas) {
    const keys = shapeKeys(schema, scope, 0)
    if (keys !== null) return keys
  }
  return null
}

/** A function of the same name that the file declares itself does something else. */
function isImported(call: Node, scope: Scope): boolean {
  let callee = unwrapped(call.callee as Node)
  while (callee.type === 'MemberExpression') callee = unwrapped(callee.object as Node)
  if (callee.type !== 'Identifier') return false
  const origins = scope.find(callee.name as string)?.origins ?? []
  return origins.some((origin) => {
    if (origin.kind === 'module') return true
    const value = unwrapped(origin.node)
    return value.type === 'CallExpression' && calledName(value) === 'require'
  })
}

function sectionKeys(options: Node | undefined, scope: Scope): Key[] | null {
  const fields = options === undefined ? null : propertiesOf(options, scope)
  if (fields === null) return null
  const sections = fields.filter((it) => ['server', 'client', 'shared'].includes(plainKey(it) ?? ''))
  const keys = sections.map((it) => keysOf(it.value as Node, scope))
  return keys.length === 0 || keys.includes(null) ? null : keys.flatMap((it) => it ?? [])
}

/** Of `z.object({ … })`, whatever is chained to it. */
function shapeKeys(node: Node, scope: Scope, depth: number): Key[] | null {
  const call = constantValue(node, scope)
  if (call?.type !== 'CallExpression' || depth > 16) return null
  const name = calledName(call)
  const [first] = argumentsOf(call)
  if (name !== null && OBJECTS.has(name)) return first === undefined ? null : keysOf(first, scope)
  const callee = unwrapped(call.callee as Node)
  const base = callee.type === 'MemberExpression' ? shapeKeys(callee.object as Node, scope, depth + 1) : null
  if (base === null || name === null || first === undefined) return base
  if (ADDING.has(name)) return joined(base, keysOf(first, scope))
  return JOINING.has(name) ? joined(base, shapeKeys(first, scope, depth + 1)) : base
}

function joined(base: Key[], more: Key[] | null): Key[] | null {
  return more === null ? null : [...base, ...more]
}

/** Null where one of the names cannot be told. */
function keysOf(object: Node, scope: Scope, depth = 0): Key[] | null {
  const properties = propertiesOf(object, scope)
  if (properties === null || depth > 16) return null
  const keys: Key[] = []
  for (const property of properties) {
    if (property.type === 'SpreadElement') {
      const spread = keysOf(property.argument as Node, scope, depth + 1)
      if (spread === null) return null
      keys.push(...spread)
      continue
    }
    const name = plainKey(property) ?? constantText(property.key as Node, scope)
    if (name === null) return null
    keys.push({ name, node: property, fallback: defaultIn(property.value as Node, scope, 0) })
  }
  return keys
}

function propertiesOf(node: Node, scope: Scope): Node[] | null {
  const object = constantValue(node, scope)
  return object?.type === 'ObjectExpression' ? (object.properties as Node[]) : null
}

/** `str({ default: 'a' })`, `z.string().default('a')`, `{ default: 'a' }`. */
function defaultIn(node: Node, scope: Scope, depth: number): string | null {
  const value = unwrapped(node)
  if (depth > 32) return null
  if (value.type === 'ObjectExpression') {
    const field = (value.properties as Node[]).find(
      (it) => it.type === 'Property' && plainKey(it) === 'default',
    )
    return field === undefined ? null : literalText(field.value as Node, scope)
  }
  if (value.type !== 'CallExpression') return null
  const given = argumentsOf(value)
  const callee = unwrapped(value.callee as Node)
  if (callee.type === 'MemberExpression') {
    const name = plainKey(callee)
    if (name === 'default' || name === 'prefault') return given[0] ? literalText(given[0], scope) : null
    const before = defaultIn(callee.object as Node, scope, depth + 1)
    if (before !== null) return before
  }
  const options = given.find((it) => it.type === 'ObjectExpression')
  return options === undefined ? null : defaultIn(options, scope, depth + 1)
}

/** Of a text, number or boolean that is written out, as the environment would have it. */
export function literalText(node: Node, scope: Scope): string | null {
  const value = constantValue(node, scope)
  if (value === null) return null
  if (value.type === 'UnaryExpression' && value.operator === '-') {
    const amount = literalText(value.argument as Node, scope)
    return amount === null ? null : `-${amount}`
  }
  if (value.type === 'Literal' && ['number', 'boolean'].includes(typeof value.value))
    return String(value.value)
  return textOf(value)
}
