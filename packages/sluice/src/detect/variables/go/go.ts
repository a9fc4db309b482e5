import { parser } from '@lezer/go'
import { type Found, quoted, type Reading } from '../found.ts'
import { lineCounter } from '../lines.ts'
import { childOf, listed, type TreeNode, toNodes } from '../tree.ts'
import { type Scope, scopesOf } from './names.ts'
import { hasPrefix, taggedVariable } from './struct-tag.ts'
import { goText } from './text.ts'

/** Which environment variables a file in Go reads. */
export function readGo(_file: string, text: string): Reading {
  const { root, brokenAt } = toNodes(parser.parse(text.replace(BOOLEANS, (word) => '_'.repeat(word.length))))
  const found = new Reader(text, scopesOf(root, text)).read(root)
  // What is around the broken part has been read all the same.
  const broken = brokenAt === null ? null : `line ${lineCounter(text)(brokenAt)}: not understood as Go`
  return { found, broken }
}

// Lezer's grammar sees no end of a statement in `a = true` and the end of a line, and takes a third of all files for
// broken. It knows where a name ends; places stay the same, and what is written is taken from the text itself.
const BOOLEANS = /\b(?:true|false)\b/g

const ASKING = new Set(['os.Getenv', 'os.LookupEnv', 'syscall.Getenv'])
const WHOLE = new Set(['os.Environ', 'syscall.Environ'])
const VIPER = /^github\.com\/spf13\/viper(?:\.New\(\))?\.(\w+)$/

class Reader {
  readonly #text: string
  readonly #scopes: Map<TreeNode, Scope>
  readonly #found: Found[] = []
  /** By the name that the file knows a package by. */
  readonly #imports = new Map<string, string>()
  readonly #wildcards: string[] = []
  /** Of viper's variables; null: it is not written out, or names are made from keys in another way. */
  #viperPrefix: string | null = ''

  constructor(text: string, scopes: Map<TreeNode, Scope>) {
    this.#text = text
    this.#scopes = scopes
  }

  read(root: TreeNode): Found[] {
    this.#import(root)
    this.#findViperPrefix(root, this.#scopes.get(root)!)
    this.#visit(root, this.#scopes.get(root)!)
    return this.#found
  }

  #import(root: TreeNode): void {
    for (const declaration of root.children.filter((it) => it.type === 'ImportDecl')) {
      const specs = childOf(declaration, 'SpecList')?.children ?? declaration.children
      for (const spec of specs.filter((it) => it.type === 'ImportSpec')) {
        const path = goText(this.#codeRaw(spec.children.at(-1)!))
        if (path === null) continue
        const name = spec.children.length > 1 ? this.#codeRaw(spec.children[0]!) : path.split('/').at(-1)!
        if (name === '.') this.#wildcards.push(path)
        else this.#imports.set(name, path)
      }
    }
  }

  #findViperPrefix(root: TreeNode, top: Scope): void {
    if (![...this.#imports.values()].some((it) => it.startsWith('github.com/spf13/viper'))) return
    const search = (node: TreeNode, outer: Scope) => {
      const scope = this.#scopes.get(node) ?? outer
      const method = node.type === 'CallExpr' ? this.#viperMethod(node, scope) : null
      if (method === 'SetEnvKeyReplacer') this.#viperPrefix = null
      if (method === 'SetEnvPrefix' && this.#viperPrefix !== null) {
        const [text] = argumentsOf(node)
        const prefix = text === undefined ? null : this.#textOf(text, scope)
        this.#viperPrefix = prefix === null ? null : `${prefix.toUpperCase()}_`
      }
      for (const child of node.children) search(child, scope)
    }
    search(root, top)
  }

  #viperMethod(call: TreeNode, scope: Scope): string | null {
    return VIPER.exec(this.#pathOf(call.children[0]!, scope) ?? '')?.[1] ?? null
  }

  #visit(node: TreeNode, outer: Scope): void {
    const scope = this.#scopes.get(node) ?? outer
    switch (node.type) {
      case 'ImportDecl':
      case 'Key':
        break
      case 'FieldDecl':
        this.#field(node, scope)
        break
      case 'CallExpr':
        this.#call(node, scope)
        break
      case 'SelectorExpr':
      case 'VariableName': {
        const path = this.#pathOf(node, scope)
        if (path === null) this.#visitAll(node.children, scope)
        else if (ASKING.has(path) && !isNamedAgain(node)) this.#dynamic(node, this.#passing(node))
        break
      }
      default:
        this.#visitAll(node.children, scope)
    }
  }

  #visitAll(nodes: TreeNode[], scope: Scope): void {
    for (const node of nodes) this.#visit(node, scope)
  }

  #call(node: TreeNode, scope: Scope): void {
    const callee = node.children[0]!
    const path = this.#pathOf(callee, scope)
    const given = argumentsOf(node)
    const method = this.#viperMethod(node, scope)
    if (path === null) this.#visit(callee, scope)
    else if (ASKING.has(path)) this.#readOf(node, given[0], scope)
    else if (WHOLE.has(path)) this.#dynamic(node, this.#passing(node))
    else if (path === 'os.ExpandEnv') this.#expand(node, given[0], scope)
    else if (method === 'BindEnv') this.#bind(node, given, scope)
    else if (method === 'AutomaticEnv') this.#dynamic(node, this.#codeOf(node))
    this.#visitAll(node.children.slice(1), scope)
  }

  /** `$X` and `${X}` in a text. */
  #expand(node: TreeNode, asked: TreeNode | undefined, scope: Scope): void {
    const text = asked === undefined ? null : this.#textOf(asked, scope)
    if (text === null) this.#dynamic(node, this.#codeOf(node))
    for (const [, braced, bare] of (text ?? '').matchAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g)) {
      this.#read(node, (braced ?? bare)!, null)
    }
  }

  /** `BindEnv("key")` makes a name of the key; `BindEnv("key", "X", "Y")` has names of its own. */
  #bind(node: TreeNode, given: TreeNode[], scope: Scope): void {
    const texts = given.map((it) => this.#textOf(it, scope))
    const [key] = texts
    const isMade = texts.length === 1
    const made = !key || this.#viperPrefix === null ? null : this.#viperPrefix + key.toUpperCase()
    const names = isMade ? [made !== null && /^\w+$/.test(made) ? made : null] : texts.slice(1)
    for (const name of names) {
      if (name === null) this.#dynamic(node, this.#codeOf(node))
      else this.#read(node, name, null)
    }
  }

  #field(node: TreeNode, scope: Scope): void {
    const last = node.children.at(-1)
    const tag = last?.type === 'String' ? goText(this.#codeRaw(last)) : null
    const variable = tag === null ? null : taggedVariable(tag)
    if (variable !== null) this.#read(node, variable.name, variable.fallback)
    if (tag !== null && hasPrefix(tag)) this.#dynamic(node, this.#codeOf(node))
    this.#visitAll(node.children, scope)
  }

  #readOf(node: TreeNode, asked: TreeNode | undefined, scope: Scope): void {
    const name = asked === undefined ? null : this.#textOf(asked, scope)
    if (name === null) this.#dynamic(node, this.#codeOf(node))
    else this.#read(node, name, this.#insteadOf(node, scope))
  }

  #read(node: TreeNode, name: string, fallback: string | null): void {
    this.#found.push({ kind: 'read', name, at: node.from, fallback })
  }

  /** `cmp.Or(os.Getenv("X"), "d")`, and `x := os.Getenv("X")` with `if x == "" { x = "d" }` right after it. */
  #insteadOf(node: TreeNode, scope: Scope): string | null {
    const { parent } = node
    const call = parent?.type === 'Arguments' ? parent.parent : null
    if (call?.type === 'CallExpr' && this.#pathOf(call.children[0]!, scope) === 'cmp.Or') {
      const texts = argumentsOf(call).slice(1)
      return texts.map((it) => this.#textOf(it, scope)).find((it) => it !== null) ?? null
    }
    const statement = parent?.type === 'VarSpec' ? parent.parent : parent
    if (parent === null || (parent.type !== 'VarDecl' && parent.type !== 'VarSpec')) return null
    const [name, ok] = parent.children.filter((it) => it.type === 'DefName').map((it) => this.#codeRaw(it))
    const beside = statement!.parent?.children.filter((it) => it.type !== ';' && it.type !== 'Comment') ?? []
    const next = beside[beside.indexOf(statement!) + 1]
    if (next?.type !== 'IfStatement' || next.children.length !== 3) return null
    const test = this.#codeRaw(next.children[1]!).replace(/\s/g, '')
    if (![`${name}==""`, `len(${name})==0`, `!${ok}`].includes(test)) return null
    const inside = next.children[2]!.children.filter((it) => !['{', '}', ';', 'Comment'].includes(it.type))
    const [target, sign, value] = inside[0]?.type === 'Assignment' ? inside[0].children : []
    if (inside.length !== 1 || !target || !value || sign?.type !== '=') return null
    return this.#codeRaw(target) === name ? this.#textOf(value, scope) : null
  }

  /** What an expression stands for: a package's path and what is taken of it; null: not known. */
  #pathOf(node: TreeNode, scope: Scope): string | null {
    switch (node.type) {
      case 'VariableName': {
        const name = this.#codeRaw(node)
        const found = scope.find(name, node.from)
        if (found !== null) {
          const { value } = found.declared
          // Where a name is set to itself, `os := os`, the value lies before it.
          return value !== null && value.from < node.from ? this.#pathOf(value, found.scope) : null
        }
        const path = this.#imports.get(name)
        if (path !== undefined) return path
        return this.#wildcards.includes('os') ? `os.${name}` : null
      }
      case 'SelectorExpr': {
        const path = this.#pathOf(node.children[0]!, scope)
        const field = node.children.at(-1)!
        return path === null ? null : `${path}.${this.#codeRaw(field)}`
      }
      case 'CallExpr': {
        const path = this.#pathOf(node.children[0]!, scope)
        return path === null ? null : `${path}()`
      }
      case 'ParenthesizedExpr':
        return node.children.length === 3 ? this.#pathOf(node.children[1]!, scope) : null
      default:
        return null
    }
  }

  /** The text that an expression is, where it is written out or a constant of this file. */
  #textOf(node: TreeNode, scope: Scope, depth = 0): string | null {
    if (node.type === 'String') return goText(this.#codeRaw(node))
    const found = node.type === 'VariableName' ? scope.find(this.#codeRaw(node), node.from) : null
    if (!found?.declared.isConstant || found.declared.value === null || depth > 8) return null
    return this.#textOf(found.declared.value, found.scope, depth + 1)
  }

  #dynamic(node: TreeNode, code: string): void {
    this.#found.push({ kind: 'dynamic', code, at: node.from })
  }

  /** As much of the code around as tells where it goes; what else is passed may be nobody's business. */
  #passing(node: TreeNode): string {
    const call = node.parent?.type === 'Arguments' ? node.parent.parent : null
    if (call?.type !== 'CallExpr') return this.#codeOf(node)
    const given = argumentsOf(call).map((it) => (it === node ? this.#codeOf(it) : '…'))
    return quoted(`${this.#codeOf(call.children[0]!)}(${given.join(', ')})`)
  }

  #codeRaw(node: TreeNode): string {
    return this.#text.slice(node.from, node.to)
  }

  #codeOf(node: TreeNode): string {
    return quoted(this.#codeRaw(node))
  }
}

function argumentsOf(call: TreeNode): TreeNode[] {
  const list = childOf(call, 'Arguments')
  return list === null ? [] : listed(list).map((group) => group[0]!)
}

/** The value of a name: it is looked at where the name is used. */
function isNamedAgain({ parent }: TreeNode): boolean {
  return parent?.type === 'VarDecl' || parent?.type === 'VarSpec'
}
