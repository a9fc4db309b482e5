import { childOf, type TreeNode } from '../tree.ts'

/** Where the value of a name comes from: something imported, by its full path, or an expression of the file. */
export type Origin = { path: string } | { node: TreeNode; scope: Scope } | { definition: TreeNode } | null

/** The names of a module, a function or a class. */
export class Scope {
  readonly #names = new Map<string, Origin[]>()
  readonly outer: Scope | null
  readonly isClass: boolean
  /** `from os import *` */
  readonly wildcards: string[] = []

  constructor(outer: Scope | null, isClass: boolean) {
    this.outer = outer
    this.isClass = isClass
  }

  declare(name: string, origin: Origin): void {
    const known = this.#names.get(name)
    if (known === undefined) this.#names.set(name, [origin])
    else known.push(origin)
  }

  /** What a function sees is not what the class around it has declared. Null: not declared. */
  find(name: string): Origin[] | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.outer) {
      const found = scope === this || !scope.isClass ? scope.#names.get(name) : undefined
      if (found !== undefined) return found
    }
    return null
  }

  get top(): Scope {
    return this.outer === null ? this : this.outer.top
  }
}

const SCOPES = new Set(['FunctionDefinition', 'LambdaExpression', 'ClassDefinition'])

/** All names of a file, each part with its own: a function may use what is declared after it. */
export function scopesOf(root: TreeNode, text: string): Map<TreeNode, Scope> {
  const scopes = new Map<TreeNode, Scope>()
  const textOf = (node: TreeNode) => text.slice(node.from, node.to)
  collect(root, new Scope(null, false))
  return scopes

  function collect(node: TreeNode, outer: Scope): void {
    const opens = SCOPES.has(node.type)
    const scope = opens ? new Scope(outer, node.type === 'ClassDefinition') : outer
    if (opens || node === root) scopes.set(node, scope)
    declareIn(node, outer, scope)
    for (const child of node.children) collect(child, scope)
  }

  function declareIn(node: TreeNode, outer: Scope, inner: Scope): void {
    switch (node.type) {
      case 'FunctionDefinition':
      case 'ClassDefinition': {
        const name = childOf(node, 'VariableName')
        if (name !== null) outer.declare(textOf(name), { definition: node })
        break
      }
      case 'ParamList':
        declareParameters(node, inner)
        break
      case 'ImportStatement':
        declareImports(node, inner)
        break
      case 'AssignStatement':
        declareAssigned(node, inner)
        break
      case 'NamedExpression':
      case 'ForStatement':
      case 'WithStatement':
      case 'TryStatement':
        declareLoose(node, inner)
        break
    }
  }

  function declareParameters(list: TreeNode, scope: Scope): void {
    list.children.forEach((child, index) => {
      if (child.type !== 'VariableName') return
      if (list.children[index - 1]?.type === 'AssignOp') return
      const next = list.children.slice(index + 1, index + 4)
      const assign = next.findIndex((it) => it.type === 'AssignOp')
      const comma = next.findIndex((it) => it.type === ',')
      const value =
        assign >= 0 && (comma < 0 || assign < comma) ? list.children[index + assign + 2] : undefined
      scope.declare(textOf(child), value === undefined ? null : { node: value, scope: scope.outer ?? scope })
    })
  }

  function declareImports(node: TreeNode, scope: Scope): void {
    const words = node.children.filter((it) => !['(', ')', 'Comment'].includes(it.type))
    const split = words.findIndex((it) => it.type === 'import')
    const module = words[0]?.type === 'from' ? words.slice(1, split).map(textOf).join('') : null
    let name: string[] = []
    let alias: string | null = null
    for (let index = split + 1; index <= words.length; index++) {
      const word = words[index]
      if (word === undefined || word.type === ',') {
        if (name.length > 0) declareImport(module, name.join(''), alias, scope)
        name = []
        alias = null
      } else if (word.type === 'as') alias = words[++index] ? textOf(words[index]!) : null
      else name.push(textOf(word))
    }
  }

  function declareImport(module: string | null, name: string, alias: string | null, scope: Scope): void {
    if (module === null) {
      const first = name.split('.')[0]!
      scope.declare(alias ?? first, { path: alias === null ? first : name })
    } else if (name === '*') scope.wildcards.push(module)
    else scope.declare(alias ?? name, { path: `${module}.${name}` })
  }

  function declareAssigned(node: TreeNode, scope: Scope): void {
    const signs = node.children.flatMap((it, index) => (it.type === 'AssignOp' ? [index] : []))
    const value = signs.length > 0 ? node.children[signs.at(-1)! + 1] : undefined
    const targets = node.children.slice(0, signs.at(-1) ?? node.children.length)
    const isList = targets.some((it) => it.type === ',')
    for (const target of targets) {
      if (target.type === 'VariableName') {
        scope.declare(textOf(target), value === undefined || isList ? null : { node: value, scope })
      } else if (target.type === 'TupleExpression' || target.type === 'ArrayExpression')
        declareAll(target, scope)
    }
  }

  /** `for x in`, `with f() as x`, `except E as x`, `x := f()`. */
  function declareLoose(node: TreeNode, scope: Scope): void {
    const { children } = node
    if (node.type === 'ForStatement') {
      const end = children.findIndex((it) => it.type === 'in')
      for (const child of children.slice(0, Math.max(0, end))) declareAll(child, scope)
    } else if (node.type === 'NamedExpression') {
      const [name, , value] = children
      if (name?.type === 'VariableName') {
        scope.declare(textOf(name), value === undefined ? null : { node: value, scope })
      }
    } else {
      children.forEach((child, index) => {
        if (children[index - 1]?.type === 'as') declareAll(child, scope)
      })
    }
  }

  function declareAll(node: TreeNode, scope: Scope): void {
    if (node.type === 'VariableName') scope.declare(textOf(node), null)
    else if (node.type !== 'MemberExpression') for (const child of node.children) declareAll(child, scope)
  }
}
