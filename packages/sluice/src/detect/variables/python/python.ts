import { parser } from '@lezer/python'
import { type Found, quoted, type Reading } from '../found.ts'
import { lineCounter } from '../lines.ts'
import { childOf, listed, type TreeNode, toNodes } from '../tree.ts'
import { type Origin, type Scope, scopesOf } from './names.ts'
import { pythonText } from './text.ts'

/** Which environment variables a file in Python reads. */
export function readPython(_file: string, text: string): Reading {
  const { root, brokenAt } = toNodes(parser.parse(text))
  const found = new Reader(text, scopesOf(root, text)).read(root)
  // What is around the broken part has been read all the same.
  const broken = brokenAt === null ? null : `line ${lineCounter(text)(brokenAt)}: not understood as Python`
  return { found, broken }
}

// Called with the name of a variable, and maybe a default.
const ASKING = new Set([
  'os.getenv',
  ...['get', 'pop', 'setdefault', '__getitem__', '__contains__'].map((it) => `os.environ.${it}`),
])
const HANDING_OVER = new Set(['copy', 'items', 'keys', 'values', 'popitem'].map((it) => `os.environ.${it}`))

// Objects that are asked for variables: `env('X')`, `env.bool('X')`.
const READERS = new Set([
  ...['environ.Env()', 'environ.FileAwareEnv()', 'environs.Env()', 'environs.FileAwareEnv()', 'environs.env'],
  ...['decouple.config', 'decouple.AutoConfig()', 'decouple.Config()', 'starlette.config.Config()'],
])
const NOT_ASKING = new Set([
  ...['read_env', 'read_envfile', 'seal', 'dump', 'prefixed', 'add_parser', 'add_parser_from_field'],
  ...['add_validator', 'parser_for', 'get_value_from_file', 'file'],
])
// What django-environ asks for where no name is given.
const IMPLIED = new Map([
  ['db', 'DATABASE_URL'],
  ['db_url', 'DATABASE_URL'],
  ['cache', 'CACHE_URL'],
  ['cache_url', 'CACHE_URL'],
  ['email', 'EMAIL_URL'],
  ['email_url', 'EMAIL_URL'],
  ['search_url', 'SEARCH_URL'],
  ['channels', 'CHANNELS_URL'],
])

const SETTINGS = /^(?:pydantic|pydantic_settings|pydantic\.v1|pydantic\.env_settings)\.BaseSettings$/

interface Arguments {
  positional: TreeNode[]
  named: Map<string, TreeNode>
  isOpen: boolean
}

class Reader {
  readonly #text: string
  readonly #scopes: Map<TreeNode, Scope>
  readonly #found: Found[] = []
  readonly #paths = new Map<Origin[], string | null>()
  /** Prefixes of the classes of settings that have been seen; null: not written out. */
  readonly #settings = new Map<TreeNode, string | null>()
  /** Of `with env.prefixed('X')`; null: not written out. */
  #prefix: string | null = ''

  constructor(text: string, scopes: Map<TreeNode, Scope>) {
    this.#text = text
    this.#scopes = scopes
  }

  read(root: TreeNode): Found[] {
    this.#visit(root, this.#scopes.get(root)!)
    return this.#found
  }

  #visit(node: TreeNode, outer: Scope): void {
    const scope = this.#scopes.get(node) ?? outer
    switch (node.type) {
      case 'ImportStatement':
      case 'ScopeStatement':
      case 'String':
      case 'Comment':
        break
      case 'VariableName':
        if (!isTarget(node)) this.#whole(node, scope)
        break
      case 'MemberExpression':
        this.#member(node, scope)
        break
      case 'CallExpression':
        this.#call(node, scope)
        break
      case 'BinaryExpression':
        this.#binary(node, scope)
        break
      case 'WithStatement':
        this.#with(node, scope)
        break
      case 'ClassDefinition':
        this.#class(node, outer)
        this.#visitAll(node.children.slice(2), scope)
        break
      case 'FunctionDefinition':
        this.#visitAll(
          node.children.filter((it) => it.type !== 'VariableName'),
          scope,
        )
        break
      default:
        this.#visitAll(node.children, scope)
    }
  }

  #visitAll(nodes: TreeNode[], scope: Scope): void {
    for (const node of nodes) this.#visit(node, scope)
  }

  #member(node: TreeNode, scope: Scope): void {
    const object = node.children[0]!
    const isSubscript = node.children[1]?.type === '['
    if (!isSubscript) {
      if (!this.#whole(node, scope)) this.#visit(object, scope)
      return
    }
    const inside = node.children.slice(2, -1)
    if (this.#pathOf(object, scope) !== 'os.environ') this.#visit(object, scope)
    else if (!isTarget(node)) this.#readOf(node, inside[0], null, scope)
    this.#visitAll(inside, scope)
  }

  /** An environment that goes somewhere as a whole, or the function that reads it. False: this is neither. */
  #whole(node: TreeNode, scope: Scope): boolean {
    const path = this.#pathOf(node, scope)
    if (path !== 'os.environ' && path !== 'os.getenv') return false
    if (!isNamedAgain(node) && !isTarget(node)) this.#dynamic(node, this.#passing(node))
    return true
  }

  #call(node: TreeNode, scope: Scope): void {
    const [callee, list] = node.children as [TreeNode, TreeNode | undefined]
    const path = this.#pathOf(callee, scope)
    const given = this.#argumentsOf(list)
    const known = path !== null && this.#known(node, path, given, scope)
    if (!known) this.#visit(callee, scope)
    if (list !== undefined) {
      // Names of arguments are no variables.
      for (const group of listed(list)) this.#visitAll(isNamed(group) ? group.slice(2) : group, scope)
    }
  }

  /** True where the call has been read, or handed over as a whole. */
  #known(node: TreeNode, path: string, given: Arguments, scope: Scope): boolean {
    const { positional, named } = given
    if (ASKING.has(path)) {
      const fallback = named.get('default') ?? positional[1] ?? null
      this.#readOf(node, positional[0] ?? named.get('key'), fallback, scope)
      return true
    }
    if (HANDING_OVER.has(path)) this.#dynamic(node, this.#codeOf(node))
    if (path.startsWith('os.environ.')) return true
    if (path === 'dj_database_url.config') {
      const asked = named.get('env') ?? positional[0]
      const fallback = named.get('default') ?? positional[1] ?? null
      if (asked !== undefined) this.#readOf(node, asked, fallback, scope)
      else this.#read(node, 'DATABASE_URL', fallback, scope)
      return true
    }
    const [reader, method] = READERS.has(path)
      ? [path, null]
      : [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)]
    if (!READERS.has(reader) || (method !== null && NOT_ASKING.has(method))) return false
    this.#asked(node, reader, method, given, scope)
    return true
  }

  #asked(node: TreeNode, reader: string, method: string | null, given: Arguments, scope: Scope): void {
    const { positional, named } = given
    const asked = positional[0] ?? named.get('var') ?? named.get('name') ?? named.get('option')
    // The second of `env('X', …)` is a type with django-environ and starlette, and the default with the others.
    const secondIsType = method === null && (reader.startsWith('environ.') || reader.startsWith('starlette.'))
    const second = secondIsType ? positional[2] : positional[1]
    const fallback = named.get('default') ?? second ?? null
    const implied = method === null ? undefined : IMPLIED.get(method)
    if (asked === undefined && implied !== undefined) this.#read(node, implied, fallback, scope)
    else this.#readOf(node, asked, fallback, scope, this.#prefix)
  }

  #binary(node: TreeNode, scope: Scope): void {
    const last = node.children.at(-1)!
    const asksWhether = node.children.some((it) => it.type === 'in')
    const path = asksWhether ? this.#pathOf(last, scope) : null
    if (path !== 'os.environ' && (path === null || !READERS.has(path))) {
      this.#visitAll(node.children, scope)
      return
    }
    this.#readOf(node, node.children[0], null, scope)
    this.#visit(node.children[0]!, scope)
  }

  #with(node: TreeNode, scope: Scope): void {
    const before = this.#prefix
    for (const child of node.children) {
      if (child.type === 'CallExpression') {
        const path = this.#pathOf(child.children[0]!, scope)
        if (path?.endsWith('.prefixed') && READERS.has(path.slice(0, -'.prefixed'.length))) {
          const [text] = this.#argumentsOf(child.children[1]).positional
          const prefix = text === undefined ? null : this.#textOf(text, scope)
          this.#prefix = this.#prefix === null || prefix === null ? null : this.#prefix + prefix
        }
      }
      this.#visit(child, scope)
    }
    this.#prefix = before
  }

  /** Fields of a class of settings, each of which pydantic reads from a variable. */
  #class(node: TreeNode, scope: Scope): void {
    const body = childOf(node, 'Body')
    const list = childOf(node, 'ArgList')
    if (list === null || body === null) return
    const { positional, named } = this.#argumentsOf(list)
    const bases = positional.map((it) => this.#settingsOf(it, scope)).filter((it) => it !== undefined)
    if (bases.length === 0) return
    const inner = this.#scopes.get(node) ?? scope
    const prefix = this.#envPrefix(body, named, inner, bases[0]!)
    this.#settings.set(node, prefix)
    const fields = body.children.filter(
      (it) => it.type === 'AssignStatement' && childOf(it, 'TypeDef') !== null,
    )
    if (prefix === null) {
      if (fields.length > 0) this.#dynamic(node, this.#codeUpTo(node, body))
      return
    }
    const isCased = /\bcase_sensitive\s*=\s*True\b|['"]case_sensitive['"]\s*:\s*True\b/.test(
      this.#codeRaw(body),
    )
    for (const field of fields) this.#setting(field, prefix, isCased, inner)
  }

  /** The prefix of a class of settings; undefined: it is no such class. */
  #settingsOf(node: TreeNode, scope: Scope): string | null | undefined {
    if (SETTINGS.test(this.#pathOf(node, scope) ?? '')) return ''
    const origins = node.type === 'VariableName' ? scope.find(this.#codeRaw(node)) : null
    const [origin] = origins ?? []
    return origin && 'definition' in origin ? this.#settings.get(origin.definition) : undefined
  }

  #envPrefix(
    body: TreeNode,
    named: Map<string, TreeNode>,
    scope: Scope,
    inherited: string | null,
  ): string | null {
    const written = named.get('env_prefix') ?? this.#configured(body)
    if (written === undefined) return inherited
    return written === null ? null : this.#textOf(written, scope)
  }

  /** `env_prefix` in `model_config` or `class Config`; undefined: not there; null: not to be found by reading. */
  #configured(body: TreeNode): TreeNode | null | undefined {
    for (const child of body.children) {
      const name = childOf(child, 'VariableName')
      const isConfig = name !== null && this.#codeRaw(name) === 'model_config'
      if (child.type === 'AssignStatement' && isConfig) {
        const value = child.children.at(-1)!
        if (value.type === 'CallExpression') {
          const { named, isOpen } = this.#argumentsOf(value.children[1])
          return named.get('env_prefix') ?? (isOpen ? null : undefined)
        }
        if (value.type !== 'DictionaryExpression') return null
        const key = value.children.findIndex((it) => /^['"]env_prefix['"]$/.test(this.#codeRaw(it)))
        return key < 0 ? undefined : (value.children[key + 2] ?? null)
      }
      if (child.type === 'ClassDefinition' && name !== null && this.#codeRaw(name) === 'Config') {
        const lines = childOf(child, 'Body')?.children ?? []
        const line = lines.find((it) => it.children[0] && this.#codeRaw(it.children[0]) === 'env_prefix')
        return line === undefined ? undefined : line.children.at(-1)
      }
    }
    return undefined
  }

  #setting(field: TreeNode, prefix: string, isCased: boolean, scope: Scope): void {
    const name = this.#codeRaw(field.children[0]!)
    const type = childOf(field, 'TypeDef')!
    if (name.startsWith('_') || name === 'model_config' || /\bClassVar\b/.test(this.#codeRaw(type))) return
    const sign = field.children.findIndex((it) => it.type === 'AssignOp')
    const value = sign < 0 ? undefined : field.children[sign + 1]
    const given = value?.type === 'CallExpression' ? this.#argumentsOf(value.children[1]) : null
    const alias = given?.named.get('validation_alias') ?? given?.named.get('alias') ?? given?.named.get('env')
    const fallback = given === null ? value : (given.named.get('default') ?? given.positional[0])
    const own = isCased ? prefix + name : (prefix + name).toUpperCase()
    const names = alias === undefined ? [own] : this.#aliases(alias, scope)
    if (names === null) this.#dynamic(field, this.#codeOf(field.children[0]!))
    for (const one of names ?? []) this.#read(field, one, fallback ?? null, scope)
  }

  /** `'X'`, `AliasChoices('X', 'Y')`, `['X', 'Y']`: each may be set. */
  #aliases(node: TreeNode, scope: Scope): string[] | null {
    const isChoice = node.type === 'CallExpression' || node.type === 'ArrayExpression'
    const written =
      node.type === 'CallExpression'
        ? this.#argumentsOf(node.children[1]).positional
        : isChoice
          ? listed(node).map((group) => group[0]!)
          : [node]
    const names = written.map((it) => this.#textOf(it, scope))
    return names.every((it) => it !== null) ? names : null
  }

  #readOf(
    node: TreeNode,
    asked: TreeNode | undefined,
    fallback: TreeNode | null,
    scope: Scope,
    prefix: string | null = '',
  ): void {
    const name = asked === undefined ? null : this.#textOf(asked, scope)
    if (name === null || prefix === null) this.#dynamic(node, this.#codeOf(node))
    else this.#read(node, prefix + name, fallback, scope)
  }

  #read(node: TreeNode, name: string, fallback: TreeNode | null, scope: Scope): void {
    const text = fallback === null ? this.#otherwise(node, scope) : this.#literalOf(fallback, scope)
    this.#found.push({ kind: 'read', name, at: node.from, fallback: text })
  }

  /** `os.getenv('X') or 'd'`, also with a conversion around it. */
  #otherwise(node: TreeNode, scope: Scope): string | null {
    for (let at = node; at.parent !== null; at = at.parent) {
      const { parent } = at
      if (parent.type === 'BinaryExpression' && parent.children[1]?.type === 'or') {
        const text = parent.children[0] === at ? this.#literalOf(parent.children[2]!, scope) : null
        if (text !== null) return text
      } else if (parent.type !== 'ParenthesizedExpression') return null
    }
    return null
  }

  #argumentsOf(list: TreeNode | undefined): Arguments {
    const given: Arguments = { positional: [], named: new Map(), isOpen: false }
    if (list?.type !== 'ArgList') return given
    for (const group of listed(list)) {
      if (isNamed(group)) given.named.set(this.#codeRaw(group[0]!), group[2] ?? group[0]!)
      else if (group[0]!.type === '*' || group[0]!.type === '**' || group[0]!.type === 'ArithOp')
        given.isOpen = true
      else given.positional.push(group[0]!)
    }
    return given
  }

  /** What an expression stands for: `os.environ`, `environ.Env()`; null: not known. */
  #pathOf(node: TreeNode, scope: Scope): string | null {
    switch (node.type) {
      case 'VariableName':
        return this.#pathOfName(this.#codeRaw(node), scope)
      case 'MemberExpression': {
        const [object, dot, property] = node.children
        const path = dot?.type === '.' && property ? this.#pathOf(object!, scope) : null
        return path === null ? null : `${path}.${this.#codeRaw(property!)}`
      }
      case 'CallExpression': {
        const path = this.#pathOf(node.children[0]!, scope)
        return path === null ? null : `${path}()`
      }
      case 'ParenthesizedExpression':
        return node.children.length === 3 ? this.#pathOf(node.children[1]!, scope) : null
      default:
        return null
    }
  }

  #pathOfName(name: string, scope: Scope): string | null {
    const origins = scope.find(name)
    if (origins === null) return this.#pathOfWildcard(name, scope)
    if (!this.#paths.has(origins)) {
      this.#paths.set(origins, null)
      this.#paths.set(origins, this.#pathOfOrigins(origins, name))
    }
    return this.#paths.get(origins) ?? null
  }

  #pathOfOrigins(origins: Origin[], name: string): string | null {
    for (const origin of origins) {
      if (origin === null || 'definition' in origin) continue
      // Settings in several files take the reader from the first: `from .base import env`.
      const isShared = 'path' in origin && /^\..*\.env$|settings.*\.env$/.test(origin.path)
      if (name === 'env' && isShared) return 'environ.Env()'
      const path = 'path' in origin ? origin.path : this.#pathOf(origin.node, origin.scope)
      if (path !== null) return path
    }
    return null
  }

  #pathOfWildcard(name: string, scope: Scope): string | null {
    const hasOs = scope.top.wildcards.includes('os')
    return hasOs && (name === 'environ' || name === 'getenv') ? `os.${name}` : null
  }

  /** The text that an expression is, where it is written out or a constant of this file. */
  #textOf(node: TreeNode, scope: Scope, depth = 0): string | null {
    switch (node.type) {
      case 'String':
        return pythonText(this.#codeRaw(node))
      case 'FormatString':
        return node.children.length > 0 ? null : pythonText(this.#codeRaw(node))
      case 'ContinuedString': {
        const parts = node.children.map((it) => this.#textOf(it, scope))
        return parts.includes(null) ? null : parts.join('')
      }
      case 'ParenthesizedExpression':
        return node.children.length === 3 ? this.#textOf(node.children[1]!, scope, depth) : null
      default: {
        const value = depth > 8 ? null : this.#constant(node, scope)
        return value === null ? null : this.#textOf(value.node, value.scope, depth + 1)
      }
    }
  }

  #literalOf(node: TreeNode, scope: Scope, depth = 0): string | null {
    if (node.type === 'Number' || node.type === 'Boolean') return this.#codeRaw(node)
    if (node.type === 'UnaryExpression' && node.children[1]?.type === 'Number') {
      return this.#codeRaw(node).replace(/\s/g, '')
    }
    const value = depth > 8 ? null : this.#constant(node, scope)
    return value === null ? this.#textOf(node, scope) : this.#literalOf(value.node, value.scope, depth + 1)
  }

  #constant(node: TreeNode, scope: Scope): { node: TreeNode; scope: Scope } | null {
    const origins = node.type === 'VariableName' ? scope.find(this.#codeRaw(node)) : null
    const origin = origins?.length === 1 ? origins[0] : null
    // A parameter's default is only what it is when nothing is passed.
    return origin && 'node' in origin && origin.node.parent?.type === 'AssignStatement' ? origin : null
  }

  #dynamic(node: TreeNode, code: string): void {
    this.#found.push({ kind: 'dynamic', code, at: node.from })
  }

  /** As much of the code around as tells where it goes; what else is passed may be nobody's business. */
  #passing(node: TreeNode): string {
    const list = node.parent?.type === 'ArgList' ? node.parent : null
    const callee = list?.parent?.children[0]
    if (list === null || callee === undefined || list.parent?.type !== 'CallExpression')
      return this.#codeOf(node)
    const given = listed(list).map((group) => (group.includes(node) ? this.#codeFrom(group) : '…'))
    return quoted(`${this.#codeOf(callee)}(${given.join(', ')})`)
  }

  #codeFrom(group: TreeNode[]): string {
    return this.#text.slice(group[0]!.from, group.at(-1)!.to)
  }

  #codeUpTo(node: TreeNode, end: TreeNode): string {
    return quoted(this.#text.slice(node.from, end.from))
  }

  #codeRaw(node: TreeNode): string {
    return this.#text.slice(node.from, node.to)
  }

  #codeOf(node: TreeNode): string {
    return quoted(this.#codeRaw(node))
  }
}

function isNamed(group: TreeNode[]): boolean {
  return group[0]?.type === 'VariableName' && group[1]?.type === 'AssignOp'
}

/** Set or deleted here, and not read. */
function isTarget(node: TreeNode): boolean {
  const { parent } = node
  if (parent?.type === 'DeleteStatement') return true
  if (parent?.type !== 'AssignStatement' && parent?.type !== 'ParamList') return false
  const index = parent.children.indexOf(node)
  if (parent.type === 'ParamList') return parent.children[index - 1]?.type !== 'AssignOp'
  return parent.children.slice(index).some((it) => it.type === 'AssignOp')
}

/** The value of a name or of a default: it is looked at where the name is used. */
function isNamedAgain(node: TreeNode): boolean {
  const { parent } = node
  if (parent?.type !== 'AssignStatement' && parent?.type !== 'ParamList') return false
  const index = parent.children.indexOf(node)
  const targets = parent.children.slice(0, index)
  if (targets.at(-1)?.type !== 'AssignOp') return false
  return parent.type === 'ParamList' || targets.every((it) => it.type !== 'MemberExpression')
}
