import { childrenOf, type Node, plainKey, textOf, unwrapped } from './syntax.ts'

/** Where a name's value comes from, as far as the file shows it. */
export type Origin =
  | { kind: 'module'; module: string; imported: string | null }
  | { kind: 'value'; node: Node; fields: string[]; scope: Scope }

export interface Binding {
  isConstant: boolean
  origins: Origin[]
}

/** The names that are declared in a part of a file. */
export class Scope {
  readonly #names = new Map<string, Binding>()
  readonly outer: Scope | null
  readonly isFunction: boolean

  constructor(outer: Scope | null, isFunction: boolean) {
    this.outer = outer
    this.isFunction = isFunction
  }

  find(name: string): Binding | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.outer) {
      const binding = scope.#names.get(name)
      if (binding !== undefined) return binding
    }
    return null
  }

  declare(name: string, isConstant: boolean, origins: Origin[]): void {
    const known = this.#names.get(name)
    if (known === undefined) this.#names.set(name, { isConstant, origins })
    else Object.assign(known, { isConstant: false, origins: [...known.origins, ...origins] })
  }
}

const BLOCKS = new Set([
  ...['Program', 'BlockStatement', 'ForStatement', 'ForInStatement', 'ForOfStatement', 'SwitchStatement'],
  ...['CatchClause', 'StaticBlock', 'TSModuleBlock', 'ClassExpression', 'ClassDeclaration'],
])
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

export type Scopes = Map<Node, Scope>

/** Every part of a file that has names of its own. All are known before any is looked up: a function may use what follows it. */
export function scopesOf(program: Node): Scopes {
  const scopes: Scopes = new Map()
  const assigned: { name: string; node: Node; scope: Scope }[] = []
  collect(program, new Scope(null, true))
  for (const { name, node, scope } of assigned) {
    const binding = scope.find(name)
    if (binding !== null) binding.origins.push({ kind: 'value', node, fields: [], scope })
  }
  return scopes

  function collect(node: Node, outer: Scope): void {
    const isFunction = FUNCTIONS.has(node.type)
    const scope = isFunction || BLOCKS.has(node.type) ? new Scope(outer, isFunction) : outer
    if (scope !== outer) scopes.set(node, node.type === 'Program' ? outer : scope)
    const inner = node.type === 'Program' ? outer : scope
    declareIn(node, outer, inner)
    const left = node.left as Node | undefined
    if (node.type === 'AssignmentExpression' && node.operator === '=' && left?.type === 'Identifier') {
      assigned.push({ name: left.name as string, node: node.right as Node, scope: inner })
    }
    for (const child of childrenOf(node)) collect(child, inner)
  }
}

function declareIn(node: Node, outer: Scope, inner: Scope): void {
  const id = node.id as Node | null | undefined
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'TSEnumDeclaration':
    case 'TSModuleDeclaration':
      // `declare` only describes what is there already.
      if (id?.type === 'Identifier' && node.declare !== true) outer.declare(id.name as string, true, [])
      break
    case 'ClassExpression':
    case 'FunctionExpression':
      if (id?.type === 'Identifier') inner.declare(id.name as string, true, [])
      break
    case 'TSImportEqualsDeclaration':
      declareImportEquals(node, outer)
      break
    case 'ImportDeclaration':
      if (node.importKind !== 'type') declareImports(node, outer)
      break
    case 'VariableDeclaration':
      if (node.declare !== true) declareVariables(node, outer)
      break
    case 'CatchClause':
      if (node.param) declarePattern(node.param as Node, [], inner, inner, false)
      break
  }
  if (FUNCTIONS.has(node.type)) {
    for (const parameter of node.params as Node[]) {
      const pattern = parameter.type === 'TSParameterProperty' ? (parameter.parameter as Node) : parameter
      declarePattern(pattern, [], inner, inner, true)
    }
  }
}

function declareImportEquals(node: Node, scope: Scope): void {
  const reference = node.moduleReference as Node
  const module = reference.expression ? textOf(reference.expression as Node) : null
  const origins: Origin[] = module === null ? [] : [{ kind: 'module', module, imported: null }]
  scope.declare((node.id as Node).name as string, true, origins)
}

function declareImports(node: Node, scope: Scope): void {
  const module = (node.source as Node).value as string
  for (const specifier of node.specifiers as Node[]) {
    if (specifier.importKind === 'type') continue
    const imported = specifier.type === 'ImportSpecifier' ? nameIn(specifier.imported as Node) : null
    const local = (specifier.local as Node).name as string
    scope.declare(local, true, [
      { kind: 'module', module, imported: imported === 'default' ? null : imported },
    ])
  }
}

/** `X` and `'X'`, as imports and exports have them. */
export function nameIn(node: Node): string {
  return String(node.name ?? node.value)
}

function declareVariables(node: Node, scope: Scope): void {
  let home = scope
  while (node.kind === 'var' && !home.isFunction && home.outer !== null) home = home.outer
  for (const { id, init } of node.declarations as { id: Node; init: Node | null }[]) {
    const origins: Origin[] = init === null ? [] : [{ kind: 'value', node: init, fields: [], scope }]
    declarePattern(id, origins, home, scope, node.kind === 'const')
  }
}

function declarePattern(pattern: Node, from: Origin[], home: Scope, scope: Scope, isConstant: boolean): void {
  switch (pattern.type) {
    case 'Identifier':
      home.declare(pattern.name as string, isConstant && from.length === 1, from)
      break
    case 'AssignmentPattern': {
      const fallback: Origin = { kind: 'value', node: pattern.right as Node, fields: [], scope }
      // What is passed instead of a default is not known, so that the name is no constant.
      declarePattern(pattern.left as Node, [...from, fallback], home, scope, false)
      break
    }
    case 'ObjectPattern':
      for (const property of pattern.properties as Node[]) {
        if (property.type === 'RestElement') {
          declarePattern(property.argument as Node, [], home, scope, false)
          continue
        }
        const key = plainKey(property)
        const origins = key === null ? [] : from.flatMap((origin) => fieldOf(origin, key))
        declarePattern(property.value as Node, origins, home, scope, isConstant)
      }
      break
    case 'ArrayPattern':
      for (const element of pattern.elements as (Node | null)[]) {
        if (element !== null) declarePattern(element, [], home, scope, false)
      }
      break
    case 'RestElement':
      declarePattern(pattern.argument as Node, [], home, scope, false)
      break
  }
}

function fieldOf(origin: Origin, key: string): Origin[] {
  return origin.kind === 'value' ? [{ ...origin, fields: [...origin.fields, key] }] : []
}

/** The text that an expression is, where it is written out or a constant of this file. */
export function constantText(node: Node, scope: Scope, depth = 0): string | null {
  const value = constantValue(node, scope, depth)
  return value === null ? null : textOf(value)
}

/** The expression itself, or what the constant that it names was set to. */
export function constantValue(node: Node, scope: Scope, depth = 0): Node | null {
  const inner = unwrapped(node)
  if (inner.type !== 'Identifier') return inner
  const binding = scope.find(inner.name as string)
  const [origin] = binding?.origins ?? []
  if (!binding?.isConstant || binding.origins.length !== 1 || origin?.kind !== 'value' || depth > 8)
    return null
  return origin.fields.length > 0 ? null : constantValue(origin.node, origin.scope, depth + 1)
}
