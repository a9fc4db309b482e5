import { childOf, listed, type TreeNode } from '../tree.ts'

interface Declared {
  /** A name counts from here on, so that in `os := f(os)` the second is still the outer one. */
  from: number
  value: TreeNode | null
  isConstant: boolean
}

/** The names of a file, a function or a block. */
export class Scope {
  readonly #names = new Map<string, Declared>()
  readonly outer: Scope | null

  constructor(outer: Scope | null) {
    this.outer = outer
  }

  declare(name: string, declared: Declared): void {
    if (!this.#names.has(name)) this.#names.set(name, declared)
  }

  find(name: string, at: number): { declared: Declared; scope: Scope } | null {
    for (let scope: Scope | null = this; scope !== null; scope = scope.outer) {
      const declared = scope.#names.get(name)
      // In a file the order does not matter.
      if (declared !== undefined && (scope.outer === null || declared.from <= at)) return { declared, scope }
    }
    return null
  }
}

const SCOPES = new Set([
  ...['SourceFile', 'FunctionDecl', 'MethodDecl', 'FunctionLiteral', 'Block', 'Case'],
  ...['IfStatement', 'ForStatement', 'SwitchStatement', 'TypeSwitchStatement', 'SelectStatement'],
])

export function scopesOf(root: TreeNode, text: string): Map<TreeNode, Scope> {
  const scopes = new Map<TreeNode, Scope>()
  const textOf = (node: TreeNode) => text.slice(node.from, node.to)
  collect(root, new Scope(null))
  return scopes

  function collect(node: TreeNode, outer: Scope): void {
    const scope = SCOPES.has(node.type) && node !== root ? new Scope(outer) : outer
    if (scope !== outer || node === root) scopes.set(node, scope)
    // Types are no values, and imports are known by their paths.
    if (node.type === 'ImportDecl' || node.type === 'PackageClause') return
    declareIn(node, outer, scope)
    for (const child of node.children) collect(child, scope)
  }

  function declareIn(node: TreeNode, outer: Scope, inner: Scope): void {
    switch (node.type) {
      case 'FunctionDecl': {
        const name = childOf(node, 'DefName')
        if (name !== null) outer.declare(textOf(name), { from: 0, value: null, isConstant: false })
        break
      }
      case 'VarDecl':
      case 'VarSpec':
      case 'ConstSpec':
        declareValues(node, inner)
        break
      case 'Parameter':
      case 'RangeClause':
      case 'TypeSwitchStatement':
      case 'TypeSpec':
      case 'ReceiveStatement':
        for (const name of node.children.filter((it) => it.type === 'DefName')) {
          inner.declare(textOf(name), { from: name.from, value: null, isConstant: false })
        }
        break
    }
  }

  function declareValues(node: TreeNode, scope: Scope): void {
    const sign = node.children.findIndex((it) => it.type === ':=' || it.type === '=')
    const names = node.children.filter((it) => it.type === 'DefName')
    const values = sign < 0 ? [] : listed({ ...node, children: node.children.slice(sign + 1) })
    names.forEach((name, index) => {
      const value = values.length === names.length ? (values[index]?.[0] ?? null) : null
      scope.declare(textOf(name), { from: node.to, value, isConstant: node.type === 'ConstSpec' })
    })
  }
}
