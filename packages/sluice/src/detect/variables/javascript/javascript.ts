import { type ParserOptions, parseSync } from 'oxc-parser'
import { nestsTooDeeply } from '../../nesting.ts'
import { type Found, quoted, type Reading } from '../found.ts'
import { lineCounter } from '../lines.ts'
import { Meanings, ofModule } from './meanings.ts'
import { literalText, schemaKeys } from './schemas.ts'
import { constantText, nameIn, type Scope, type Scopes, scopesOf } from './scopes.ts'
import { argumentsOf, calledName, childrenOf, isWrapper, type Node, plainKey, unwrapped } from './syntax.ts'

type Dialect = NonNullable<ParserOptions['lang']>

/** Which environment variables a file in JavaScript or TypeScript reads. */
export function readJavascript(file: string, text: string): Reading {
  return readDialects(file, text, dialectsOf(file))
}

/** The first dialect in which the text has a meaning counts. */
export function readDialects(file: string, text: string, dialects: Dialect[]): Reading {
  if (nestsTooDeeply(text)) return { found: [], broken: 'nested too deeply to be read' }
  let broken: string | null = null
  for (const lang of dialects) {
    const parsed = parseSync(file, text, { lang, sourceType: sourceTypeOf(file), preserveParens: false })
    const program = parsed.program as unknown as Node
    const [error] = parsed.errors
    // An error that leaves a tree is one of meaning, a `return` outside of a function: what is read is still there.
    if (error === undefined || (program.body as Node[]).length > 0) {
      return { found: new Reader(text, scopesOf(program)).read(program), broken: null }
    }
    broken ??= `line ${lineCounter(text)(error.labels[0]?.start ?? 0)}: ${error.message}`
  }
  return { found: [], broken }
}

// Files named .js hold JSX in many projects, and Flow's types in some, which are near enough to TypeScript's.
function dialectsOf(file: string): Dialect[] {
  if (/\.tsx$/.test(file)) return ['tsx']
  return /ts$/.test(file) ? ['ts'] : ['jsx', 'tsx', 'ts']
}

function sourceTypeOf(file: string): ParserOptions['sourceType'] {
  if (/\.c[jt]s$/.test(file)) return 'commonjs'
  return /\.m[jt]s$/.test(file) ? 'module' : 'unambiguous'
}

// Vite sets these itself, whatever is in the environment.
const SET_BY_VITE = new Set(['MODE', 'BASE_URL', 'PROD', 'DEV', 'SSR'])
const CONVERSIONS = new Set(['Number', 'parseInt', 'parseFloat', 'String'])
const TEXT_METHODS = new Set(['trim', 'toLowerCase', 'toUpperCase', 'toString'])

class Reader {
  readonly #text: string
  readonly #scopes: Scopes
  readonly #meanings = new Meanings()
  readonly #found: Found[] = []
  /** From the program down to the node that is looked at. */
  readonly #above: Node[] = []
  /** Environments that are handed to something whose names are known. */
  readonly #covered = new Set<Node>()

  constructor(text: string, scopes: Scopes) {
    this.#text = text
    this.#scopes = scopes
  }

  read(program: Node): Found[] {
    this.#visit(program, this.#scopes.get(program)!)
    return this.#found
  }

  #visit(node: Node, outer: Scope): void {
    const scope = this.#scopes.get(node) ?? outer
    this.#above.push(node)
    this.#enter(node, scope)
    this.#above.pop()
  }

  #visitAll(nodes: Iterable<Node>, scope: Scope): void {
    for (const node of nodes) this.#visit(node, scope)
  }

  #enter(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'MemberExpression':
        this.#member(node, scope)
        return
      case 'Identifier':
        if (this.#isEnvironment(node, scope)) this.#whole(node, scope)
        return
      case 'CallExpression':
        this.#call(node, scope)
        return
      case 'AssignmentExpression':
        this.#assignment(node, scope)
        return
      case 'VariableDeclarator':
        this.#declarator(node, scope)
        return
      case 'ObjectPattern':
      case 'ArrayPattern':
      case 'AssignmentPattern':
      case 'RestElement':
      case 'TSParameterProperty':
        this.#pattern(node, scope)
        return
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        for (const parameter of node.params as Node[]) this.#pattern(parameter, scope)
        if (node.body) this.#visit(node.body as Node, scope)
        return
      case 'CatchClause':
        if (node.param) this.#pattern(node.param as Node, scope)
        this.#visit(node.body as Node, scope)
        return
      case 'UnaryExpression':
        this.#unary(node, scope)
        return
      case 'BinaryExpression':
        this.#binary(node, scope)
        return
      case 'LogicalExpression':
      case 'ConditionalExpression':
      case 'IfStatement':
      case 'ExpressionStatement':
        this.#visitAll(this.#withoutGuard(node, scope), scope)
        return
      case 'Property':
      case 'PropertyDefinition':
      case 'MethodDefinition':
      case 'AccessorProperty':
      case 'TSEnumMember':
        this.#field(node, scope)
        return
      case 'ImportDeclaration':
        this.#imports(node)
        return
      case 'ExportNamedDeclaration':
        this.#exports(node, scope)
        return
      case 'ClassDeclaration':
      case 'ClassExpression':
      case 'TSEnumDeclaration':
      case 'TSModuleDeclaration':
      case 'LabeledStatement':
        if (node.declare === true) return
        this.#visitAll(
          childrenOf(node).filter((it) => it !== node.id && it !== node.label),
          scope,
        )
        return
      case 'MetaProperty':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ExportAllDeclaration':
      case 'TSImportEqualsDeclaration':
        return
      default:
        this.#visitAll(childrenOf(node), scope)
        return
    }
  }

  #isEnvironment(node: Node, scope: Scope): boolean {
    return this.#meanings.isEnvironment(node, scope)
  }

  #member(node: Node, scope: Scope): void {
    const object = node.object as Node
    if (this.#isEnvironment(object, scope)) this.#readOf(node, object, scope)
    else if (this.#isEnvironment(node, scope)) this.#whole(node, scope)
    else this.#visit(object, scope)
    if (node.computed === true) this.#visit(node.property as Node, scope)
  }

  #readOf(node: Node, object: Node, scope: Scope): void {
    const name = plainKey(node) ?? constantText(node.property as Node, scope)
    if (name === null) {
      this.#dynamic(node, this.#codeOf(node))
      return
    }
    this.#read(name, object, node.start, this.#fallback(scope), scope)
  }

  #read(name: string, object: Node | null, at: number, fallback: string | null, scope: Scope): void {
    const isVite = object !== null && this.#meanings.of(object, scope) === 'import.meta.env'
    if (isVite && SET_BY_VITE.has(name)) return
    this.#found.push({ kind: 'read', name, at, fallback })
  }

  /** What is taken instead of the node on top of `#above`. */
  #fallback(scope: Scope): string | null {
    let child = this.#above.at(-1)!
    for (let depth = this.#above.length - 2; depth >= 0; depth--) {
      const parent = this.#above[depth]!
      if (parent.type === 'LogicalExpression' && parent.operator !== '&&') {
        const text = parent.left === child ? literalText(parent.right as Node, scope) : null
        if (text !== null) return text
      } else if (parent.type === 'AssignmentExpression' && parent.left === child) {
        const isDefault = parent.operator === '??=' || parent.operator === '||='
        return isDefault ? literalText(parent.right as Node, scope) : null
      } else if (!isWrapper(parent) && !isConversion(parent, child)) {
        return null
      }
      child = parent
    }
    return null
  }

  #call(node: Node, scope: Scope): void {
    const given = argumentsOf(node)
    const callee = unwrapped(node.callee as Node)
    if (callee.type === 'MemberExpression' && this.#method(node, callee, given, scope)) return
    const isSource = (it: Node) => this.#isEnvironment(it, scope) || this.#isSpread(it, scope)
    const keys = schemaKeys(node, scope, isSource)
    for (const key of keys ?? []) this.#read(key.name, null, key.node.start, key.fallback, scope)
    if (keys !== null) this.#cover(given, scope)
    this.#visitAll(childrenOf(node), scope)
  }

  /** What is asked of an environment by a method of its own. True where nothing is left to be looked at. */
  #method(call: Node, callee: Node, given: Node[], scope: Scope): boolean {
    const object = callee.object as Node
    const method = plainKey(callee)
    const asksDeno = this.#meanings.of(object, scope) === 'Deno.env'
    const asksOwn = method === 'hasOwnProperty' && this.#isEnvironment(object, scope)
    const asksObject =
      method === 'hasOwn' &&
      this.#meanings.of(object, scope) === 'Object' &&
      given[0] !== undefined &&
      this.#isEnvironment(given[0], scope)
    if (!asksDeno && !asksOwn && !asksObject) return false
    if (asksDeno && method === 'toObject') this.#dynamic(call, this.#codeOf(call))
    const asked = asksObject ? given[1] : given[0]
    if (asksDeno && method !== 'get' && method !== 'has') return false
    const name = asked === undefined ? null : constantText(asked, scope)
    if (name === null) this.#dynamic(call, this.#codeOf(call))
    else this.#read(name, null, call.start, this.#fallback(scope), scope)
    if (name === null && asked !== undefined) this.#visit(asked, scope)
    return true
  }

  /** `{ ...process.env }`: nothing but the environment, copied. */
  #isSpread(node: Node, scope: Scope): boolean {
    if (node.type !== 'ObjectExpression') return false
    return (node.properties as Node[]).some(
      (it) => it.type === 'SpreadElement' && this.#isEnvironment(it.argument as Node, scope),
    )
  }

  #cover(nodes: Node[], scope: Scope): void {
    for (const node of nodes) {
      if (this.#isEnvironment(node, scope)) this.#covered.add(node)
      if (node.type !== 'ObjectExpression') continue
      const values = (node.properties as Node[]).map((it) => unwrapped((it.value ?? it.argument) as Node))
      for (const value of values) if (this.#isEnvironment(value, scope)) this.#covered.add(value)
    }
  }

  #assignment(node: Node, scope: Scope): void {
    const left = unwrapped(node.left as Node)
    const right = node.right as Node
    if (left.type === 'ObjectPattern' && this.#meanings.of(right, scope) !== null) {
      this.#destructured(left, right, scope)
      this.#alias(right, scope)
      return
    }
    if (node.operator !== '=') {
      this.#visitAll([left, right], scope)
      return
    }
    if (left.type === 'Identifier') {
      if (scope.find(left.name as string) === null) this.#visit(right, scope)
      else this.#alias(right, scope)
      return
    }
    if (left.type !== 'MemberExpression') this.#visit(left, scope)
    else if (!this.#isWritten(left, scope)) this.#visitAll(childrenOf(left), scope)
    else if (left.computed === true) this.#visit(left.property as Node, scope)
    this.#visit(right, scope)
  }

  /** Whether a member is the environment, or a variable in it. */
  #isWritten(member: Node, scope: Scope): boolean {
    return this.#isEnvironment(member.object as Node, scope) || this.#isEnvironment(member, scope)
  }

  #declarator(node: Node, scope: Scope): void {
    const [id, init] = [node.id as Node, node.init as Node | null]
    if (init === null) {
      this.#pattern(id, scope)
      return
    }
    if (id.type === 'Identifier') {
      const isExported = this.#above.at(-3)?.type === 'ExportNamedDeclaration'
      // Who imports it reads variables of which nothing is seen here.
      if (isExported) this.#visit(init, scope)
      else this.#alias(init, scope)
      return
    }
    if (this.#meanings.of(init, scope) === null) {
      this.#pattern(id, scope)
      this.#visit(init, scope)
      return
    }
    this.#destructured(id, init, scope)
    this.#alias(init, scope)
  }

  /** A value that gets a name of its own: an environment in it is looked at where the name is used. */
  #alias(node: Node, scope: Scope): void {
    const value = unwrapped(node)
    if (value.type === 'LogicalExpression') {
      this.#above.push(value)
      this.#alias(value.left as Node, scope)
      this.#alias(value.right as Node, scope)
      this.#above.pop()
    } else if (value.type === 'ConditionalExpression') {
      this.#visitAll(this.#withoutGuard(value, scope).slice(0, -2), scope)
      this.#alias(value.consequent as Node, scope)
      this.#alias(value.alternate as Node, scope)
    } else if (!this.#isEnvironment(value, scope)) {
      this.#visit(node, scope)
    }
  }

  #destructured(pattern: Node, from: Node, scope: Scope): void {
    this.#fields(pattern, this.#meanings.of(from, scope), scope)
  }

  /** `{ X, Y = 'd' }` of what `meaning` says. */
  #fields(pattern: Node, meaning: string | null, scope: Scope): void {
    const isEnvironment = meaning?.endsWith('.env') === true && meaning !== 'Deno.env'
    if (pattern.type !== 'ObjectPattern' || meaning === null) {
      this.#pattern(pattern, scope)
      return
    }
    for (const property of pattern.properties as Node[]) {
      if (property.type === 'RestElement') {
        if (isEnvironment) this.#dynamic(property, this.#codeOf(property))
        continue
      }
      const value = property.value as Node
      const [target, fallback] =
        value.type === 'AssignmentPattern' ? [value.left as Node, value.right as Node] : [value, null]
      const name = plainKey(property) ?? constantText(property.key as Node, scope)
      if (property.computed === true) this.#visit(property.key as Node, scope)
      if (fallback !== null) this.#alias(fallback, scope)
      if (!isEnvironment) this.#fields(target, name === null ? null : `${meaning}.${name}`, scope)
      else if (name === null) this.#dynamic(property, this.#codeOf(property))
      else if (meaning !== 'import.meta.env' || !SET_BY_VITE.has(name)) {
        const text = fallback === null ? null : literalText(fallback, scope)
        this.#read(name, null, property.start, text, scope)
      }
    }
  }

  /** Names that are declared here: only defaults, and computed names, are code. */
  #pattern(pattern: Node, scope: Scope): void {
    switch (pattern.type) {
      case 'Identifier':
        return
      case 'AssignmentPattern': {
        const [left, right] = [pattern.left as Node, pattern.right as Node]
        if (left.type === 'ObjectPattern') this.#destructured(left, right, scope)
        this.#alias(right, scope)
        return
      }
      case 'ObjectPattern':
        for (const property of pattern.properties as Node[]) {
          if (property.computed === true) this.#visit(property.key as Node, scope)
          this.#pattern((property.value ?? property.argument) as Node, scope)
        }
        return
      case 'ArrayPattern':
        for (const element of pattern.elements as (Node | null)[]) if (element) this.#pattern(element, scope)
        return
      case 'RestElement':
        this.#pattern(pattern.argument as Node, scope)
        return
      case 'TSParameterProperty':
        this.#pattern(pattern.parameter as Node, scope)
        return
      case 'MemberExpression':
        if (!this.#isWritten(pattern, scope)) this.#visitAll(childrenOf(pattern), scope)
        return
      default:
        this.#visit(pattern, scope)
    }
  }

  #unary(node: Node, scope: Scope): void {
    const argument = unwrapped(node.argument as Node)
    if (
      node.operator === 'delete' &&
      argument.type === 'MemberExpression' &&
      this.#isWritten(argument, scope)
    ) {
      if (argument.computed === true) this.#visit(argument.property as Node, scope)
      return
    }
    const isGuard = node.operator === '!' || node.operator === 'typeof'
    if (!isGuard || !this.#isEnvironment(argument, scope)) this.#visit(node.argument as Node, scope)
  }

  #binary(node: Node, scope: Scope): void {
    const sides = [node.left as Node, node.right as Node] as const
    if (node.operator === 'in' && this.#isEnvironment(sides[1], scope)) {
      const name = constantText(sides[0], scope)
      if (name === null) this.#dynamic(node, this.#codeOf(node))
      else this.#read(name, sides[1], node.start, null, scope)
      if (name === null) this.#visit(sides[0], scope)
      return
    }
    const compares = /^[!=]==?$/.test(node.operator as string)
    this.#visitAll(
      sides.filter((it) => !compares || !this.#isEnvironment(it, scope)),
      scope,
    )
  }

  /** `process.env && process.env.X`: whether there is an environment at all is asked of no variable. */
  #withoutGuard(node: Node, scope: Scope): Node[] {
    const test =
      node.type === 'LogicalExpression'
        ? node.operator === '&&' && node.left
        : node.type === 'ExpressionStatement'
          ? node.expression
          : node.test
    return childrenOf(node).filter((it) => it !== test || !this.#isEnvironment(it, scope))
  }

  #field(node: Node, scope: Scope): void {
    const key = (node.type === 'TSEnumMember' ? node.id : node.key) as Node
    this.#visitAll(
      childrenOf(node).filter((it) => it !== key || node.computed === true),
      scope,
    )
  }

  #imports(node: Node): void {
    if (!/^\$env\/static\/(?:private|public)$/.test(String((node.source as Node).value))) return
    for (const specifier of node.specifiers as Node[]) {
      if (specifier.type !== 'ImportSpecifier') continue
      const name = nameIn(specifier.imported as Node)
      this.#found.push({ kind: 'read', name, at: specifier.start, fallback: null })
    }
  }

  #exports(node: Node, scope: Scope): void {
    const source = node.source as Node | null
    if (source === null) {
      if (node.declaration) this.#visit(node.declaration as Node, scope)
      for (const { local } of node.specifiers as { local: Node }[]) this.#visit(local, scope)
      return
    }
    for (const specifier of node.specifiers as Node[]) {
      const meaning = ofModule(source.value as string, nameIn(specifier.local as Node))
      if (meaning === 'process.env' || meaning === 'Bun.env') this.#dynamic(specifier, this.#codeOf(node))
    }
  }

  /** An environment goes somewhere as a whole. */
  #whole(node: Node, scope: Scope): void {
    if (this.#covered.has(node)) return
    this.#dynamic(node, this.#passing(scope))
  }

  /** As much of the code around as tells where it goes; what else is passed may be nobody's business. */
  #passing(scope: Scope): string {
    const above = [...this.#above]
    let node = above.pop()!
    while (above.length > 0 && isWrapper(above.at(-1)!)) node = above.pop()!
    const parent = above.at(-1)
    if (parent?.type === 'CallExpression' || parent?.type === 'NewExpression') {
      const given = (parent.arguments as Node[]).map((it) => (it === node ? this.#codeOf(it) : '…'))
      const call = `${this.#codeOf(parent.callee as Node)}(${given.join(', ')})`
      return quoted(parent.type === 'NewExpression' ? `new ${call}` : call)
    }
    const isPart = parent?.type === 'SpreadElement' || (parent?.type === 'Property' && parent.value === node)
    const code = isPart ? parent : node
    if (parent?.type === 'ExportSpecifier' || parent?.type === 'ExportDefaultDeclaration')
      return this.#codeOf(parent)
    return this.#isEnvironment(code, scope) ? this.#codeOf(node) : this.#codeOf(code)
  }

  #dynamic(node: Node, code: string): void {
    this.#found.push({ kind: 'dynamic', code, at: node.start })
  }

  #codeOf(node: Node): string {
    return quoted(this.#text.slice(node.start, node.end))
  }
}

/** `Number(X) || 1`, `X?.trim() ?? 'a'`: what comes after still stands for what is not set. */
function isConversion(parent: Node, child: Node): boolean {
  if (parent.type === 'UnaryExpression') return parent.operator === '+'
  if (parent.type === 'MemberExpression')
    return parent.object === child && TEXT_METHODS.has(plainKey(parent) ?? '')
  if (parent.type !== 'CallExpression') return false
  if (parent.callee === child) return TEXT_METHODS.has(calledName(parent) ?? '')
  return (parent.arguments as Node[])[0] === child && CONVERSIONS.has(calledName(parent) ?? '')
}
