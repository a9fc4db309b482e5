import { posix } from 'node:path'
import type { Concluded } from '../facts.ts'
import { isNode, literalOf, type Node, nameOf, parseScript, type Script } from '../script.ts'
import type { Survey } from '../survey.ts'

/** What the code of a server shows of where it listens. */
export interface Listening {
  port: Concluded<number> | null
  readsPort: boolean
  /** Whether it opens a port at all. */
  listens: boolean
}

/** Reads a file and what it imports itself: a server is often begun in the one and configured in the other. */
export async function listeningOf(survey: Survey, file: string): Promise<Listening> {
  const first = await scriptAt(survey, file)
  if (first === null) return { port: null, readsPort: false, listens: false }
  const scripts = [first]
  for (const written of new Set(first.imports)) {
    const path = written.startsWith('.') ? resolved(survey, posix.join(posix.dirname(file), written)) : null
    const script = path === null ? null : await scriptAt(survey, path)
    if (script !== null && scripts.length < 60) scripts.push(script)
  }
  const found = scripts.map(portsIn)
  const fallback = found.find((one) => one.fallback !== null)?.fallback ?? null
  const literal = found.find((one) => one.literal !== null)?.literal ?? null
  return {
    port: fallback ?? literal,
    readsPort: found.some((one) => one.readsPort),
    listens: found.some((one) => one.listens),
  }
}

/** A module as it is imported, as the file that it is: with an ending, or the index of a folder. */
export function resolved(survey: Survey, path: string): string | null {
  const bare = path.replace(/\.([cm]?)js$/, '')
  const candidates = [
    path,
    ...['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx'].flatMap((end) => [path + end, bare + end]),
    ...['js', 'mjs', 'cjs', 'ts'].map((end) => posix.join(path, `index.${end}`)),
  ]
  return (
    candidates.find((one) => /\.[cm]?[jt]sx?$/.test(one) && survey.isFile(one)) ?? withoutEnding(survey, path)
  )
}

// `bin/www`, as express-generator writes it.
function withoutEnding(survey: Survey, path: string): string | null {
  return posix.extname(path) === '' && survey.isFile(path) ? path : null
}

async function scriptAt(survey: Survey, path: string): Promise<Script | null> {
  const text = survey.read(path)
  if (text === null) return null
  return await parseScript(posix.extname(path) === '' ? `${path}.js` : path, text)
}

interface Ports {
  /** Beside PORT. */
  fallback: Concluded<number> | null
  /** Where something is told to listen. */
  literal: Concluded<number> | null
  readsPort: boolean
  listens: boolean
}

function portsIn(script: Script): Ports {
  const constants = constantsOf(script)
  const found: Ports = { fallback: null, literal: null, readsPort: false, listens: false }
  const concluded = (value: number | null, node: Node, says: string) =>
    value === null
      ? null
      : { value, from: { file: script.path, line: script.lineOf(node), says: `${says} ${value}` } }

  for (const node of script.nodes) {
    if (namesPort(node)) found.readsPort = true
    const beside = fallbackOf(node, constants)
    if (beside !== undefined) {
      found.readsPort = true
      found.fallback ??= concluded(beside, node, 'without PORT it listens on')
    }
    const told = toldToListen(node, constants)
    if (told !== undefined) {
      found.listens = true
      found.literal ??= concluded(told, node, 'it listens on')
    }
  }
  return found
}

type Constants = Map<string, Node>

function constantsOf({ nodes }: Script): Constants {
  const found: Constants = new Map()
  for (const node of nodes) {
    const name = node.type === 'VariableDeclarator' ? nameOf(node.id) : null
    if (name !== null && isNode(node.init) && !found.has(name)) found.set(name, node.init)
  }
  return found
}

// `process.env.PORT`, `env.PORT`, `env['PORT']`, `{ PORT } = process.env`.
function namesPort(node: Node): boolean {
  if (node.type === 'MemberExpression') return nameOf(node.property) === 'PORT' && isEnvironment(node.object)
  if (node.type !== 'VariableDeclarator' || !isEnvironment(node.init)) return false
  const { properties } = node.id as { properties?: Node[] }
  return properties?.some((field) => nameOf(field.key) === 'PORT') ?? false
}

function isEnvironment(node: unknown): boolean {
  if (!isNode(node)) return false
  if (node.type === 'MemberExpression') return nameOf(node.property) === 'env'
  return nameOf(node) === 'env'
}

/** The number beside PORT; null where there is one that cannot be told, undefined where this is no such place. */
function fallbackOf(node: Node, constants: Constants): number | null | undefined {
  switch (node.type) {
    // `process.env.PORT ?? 3000`, also below `Number(…)` and `+`.
    case 'LogicalExpression':
      return holdsPort(node.left) ? numberOf(node.right, constants) : undefined
    // `process.env.PORT ? Number(process.env.PORT) : 3000`
    case 'ConditionalExpression':
      return holdsPort(node.test) ? (numberOf(node.alternate, constants) ?? undefined) : undefined
    // `const { PORT = 3000 } = process.env`
    case 'AssignmentPattern':
      return nameOf(node.left) === 'PORT' ? numberOf(node.right, constants) : undefined
    // `config.get('PORT', 3000)`
    case 'CallExpression': {
      const [name, fallback] = node.arguments as Node[]
      return literalOf(name) === 'PORT' ? (numberOf(fallback, constants) ?? undefined) : undefined
    }
    // `PORT: z.coerce.number().default(3000)`, `PORT: port({ default: 3000 })`
    case 'Property':
      return nameOf(node.key) === 'PORT' ? (schemaDefault(node.value, constants) ?? undefined) : undefined
    default:
      return undefined
  }
}

function holdsPort(node: unknown, depth = 4): boolean {
  if (!isNode(node) || depth === 0) return false
  if (namesPort(node)) return true
  if (node.type === 'CallExpression')
    return (node.arguments as unknown[]).some((one) => holdsPort(one, depth - 1))
  if (node.type === 'BinaryExpression') return holdsPort(node.left, depth - 1)
  return holdsPort(node.argument ?? node.expression, depth - 1)
}

function schemaDefault(node: unknown, constants: Constants, depth = 6): number | null {
  if (!isNode(node) || depth === 0) return null
  if (node.type === 'ObjectExpression') {
    const fields = node.properties as Node[]
    const field = fields.find(({ key }) =>
      ['default', 'otherwise', 'fallback', 'defaultValue'].includes(nameOf(key) ?? ''),
    )
    return field === undefined ? null : numberOf(field.value, constants)
  }
  if (node.type === 'MemberExpression') return schemaDefault(node.object, constants, depth - 1)
  if (node.type !== 'CallExpression') return null
  const called = node.callee as Node
  const all = node.arguments as unknown[]
  if (
    called.type === 'MemberExpression' &&
    /^(?:default|prefault|catch)$/.test(nameOf(called.property) ?? '')
  ) {
    return numberOf(all[0], constants)
  }
  for (const one of [...all, called]) {
    const found = schemaDefault(one, constants, depth - 1)
    if (found !== null) return found
  }
  return null
}

/** The port of `listen(3000)`; null where it is told one that cannot be read, undefined where nothing is told. */
function toldToListen(node: Node, constants: Constants): number | null | undefined {
  if (node.type !== 'CallExpression') return undefined
  const callee = node.callee as Node
  const name = callee.type === 'MemberExpression' ? nameOf(callee.property) : nameOf(callee)
  const [first] = node.arguments as Node[]
  const isMethod = callee.type === 'MemberExpression'
  const listens = (name === 'listen' && isMethod) || name === 'serve'
  if (!listens || (name === 'serve' && first?.type !== 'ObjectExpression' && nameOf(first) === null))
    return undefined
  if (first?.type !== 'ObjectExpression') return numberOf(first, constants)
  const field = (first.properties as Node[]).find(({ key }) => nameOf(key) === 'port')
  return field === undefined ? null : numberOf(field.value, constants)
}

function numberOf(node: unknown, constants: Constants, depth = 5): number | null {
  if (!isNode(node) || depth === 0) return null
  const value = literalOf(node)
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{1,5}$/.test(value))) {
    const port = Number(value)
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null
  }
  const name = node.type === 'Identifier' ? (node.name as string) : null
  if (name !== null) return numberOf(constants.get(name), constants, depth - 1)
  if (node.type === 'LogicalExpression') return numberOf(node.right, constants, depth - 1)
  if (node.type === 'CallExpression') return numberOf((node.arguments as unknown[])[0], constants, depth - 1)
  return numberOf(node.argument ?? node.expression, constants, depth - 1)
}
