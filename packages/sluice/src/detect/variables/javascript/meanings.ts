import type { Binding, Scope } from './scopes.ts'
import { argumentsOf, type Node, plainKey, textOf, unwrapped } from './syntax.ts'

const GLOBALS = new Set(['globalThis', 'global', 'window', 'self'])
const ROOTS = new Set(['process', 'Bun', 'Deno', 'require', 'Object'])
const ENVIRONMENTS = new Set(['process.env', 'Bun.env', 'import.meta.env'])

/** What expressions stand for, as a path from something that every program has: `process.env`, `Deno.env`. */
export class Meanings {
  readonly #known = new Map<Binding, string | null>()

  isEnvironment(node: Node, scope: Scope): boolean {
    const meaning = this.of(node, scope)
    return meaning !== null && ENVIRONMENTS.has(meaning)
  }

  /** Null: something else, or not known. */
  of(node: Node, scope: Scope): string | null {
    const inner = unwrapped(node)
    switch (inner.type) {
      case 'Identifier':
        return this.#ofName(inner.name as string, scope)
      case 'MetaProperty':
        return 'import.meta'
      case 'MemberExpression':
        return member(this.of(inner.object as Node, scope), plainKey(inner))
      case 'LogicalExpression':
        if (inner.operator === '&&') return this.of(inner.right as Node, scope)
        return this.#ofEither(inner.left as Node, inner.right as Node, scope)
      case 'ConditionalExpression':
        return this.#ofEither(inner.consequent as Node, inner.alternate as Node, scope)
      case 'AwaitExpression':
        return this.#ofImport(unwrapped(inner.argument as Node))
      case 'CallExpression':
        return this.#ofRequire(inner, scope)
      default:
        return null
    }
  }

  /** Only an environment as a whole may be one of two: nothing is known of `(a || process).x`. */
  #ofEither(one: Node, other: Node, scope: Scope): string | null {
    const meanings = [this.of(one, scope), this.of(other, scope)]
    return meanings.find((it) => it !== null && ENVIRONMENTS.has(it)) ?? null
  }

  #ofName(name: string, scope: Scope): string | null {
    const binding = scope.find(name)
    if (binding === null) return GLOBALS.has(name) ? 'globalThis' : ROOTS.has(name) ? name : null
    if (!this.#known.has(binding)) {
      this.#known.set(binding, null)
      this.#known.set(binding, this.#ofBinding(binding))
    }
    return this.#known.get(binding) ?? null
  }

  #ofBinding({ origins }: Binding): string | null {
    for (const origin of origins) {
      const meaning =
        origin.kind === 'module'
          ? ofModule(origin.module, origin.imported)
          : origin.fields.reduce(member, this.of(origin.node, origin.scope))
      if (meaning !== null) return meaning
    }
    return null
  }

  #ofImport(node: Node): string | null {
    const module = node.type === 'ImportExpression' ? textOf(node.source as Node) : null
    return module === null ? null : ofModule(module, null)
  }

  #ofRequire(call: Node, scope: Scope): string | null {
    if (this.of(call.callee as Node, scope) !== 'require') return null
    const [argument] = argumentsOf(call)
    const module = argument === undefined ? null : textOf(argument)
    return module === null ? null : ofModule(module, null)
  }
}

/** What a module exports, where that is an environment or holds one. */
export function ofModule(module: string, imported: string | null): string | null {
  const root = moduleRoot(module)
  return root === null || imported === null ? root : member(root, imported)
}

function moduleRoot(module: string): string | null {
  if (module === 'process' || module === 'node:process') return 'process'
  if (module === 'bun') return 'Bun'
  // SvelteKit's: what is read here is set where the app runs, as `process.env` is.
  return module === '$env/dynamic/private' || module === '$env/dynamic/public' ? 'process' : null
}

function member(object: string | null, key: string | null): string | null {
  if (object === null || key === null) return null
  if (object === 'globalThis') return GLOBALS.has(key) ? object : ROOTS.has(key) ? key : null
  // `import * as p` and `await import()` have the module itself in `default`.
  return key === 'default' ? object : `${object}.${key}`
}
