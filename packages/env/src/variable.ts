import { definitionError } from './env-error.ts'
import type { Kind } from './kinds/kind.ts'

/** When a variable is needed: while a release is built, or while it runs. */
export type Phase = 'build' | 'runtime'

/** The values of NODE_ENV that defaults may differ by. */
export type Mode = 'development' | 'test' | 'production'

/** What can be said of every variable, whatever its kind. */
export interface About {
  /** Its value comes as a `Secret` and is never shown. It may have a default for tests only. */
  secret?: boolean
  /** May be missing without a default; then it is `undefined`. */
  optional?: boolean
  /** When it is demanded; `runtime` where it is not said. In the other phase it may be missing, and is checked if set. */
  phase?: Phase
  /** One or two sentences on what it is for. */
  docs?: string
  /** Its text, as an example; never a real secret. */
  example?: string
  /** Warns where it is set: a sentence such as "use NEW_NAME", or the name of the variable that replaces it. */
  deprecated?: string | { readonly use: string }
  /** Demanded when this is true of the values of the other variables; otherwise it may be missing. */
  requiredWhen?: (others: Readonly<Record<string, unknown>>) => boolean
}

/** What stands in for a variable that is not set. */
export interface Defaults<Value> {
  /** In every mode that `defaults` does not name. */
  default?: Value
  /** By mode, that is by NODE_ENV. */
  defaults?: { readonly [M in Mode]?: Value }
}

export interface Options<Value> extends About, Defaults<Value> {}

/** A variable as one of the kinds makes it. */
export interface Variable<out Value, out O> {
  readonly options: O
  /** Options of its kind alone. */
  readonly ownOptions: readonly string[]
  /** Throws where its own options are wrong; not before, since only `defineEnv` knows the name to complain about. */
  readonly kind: () => Kind<Value>
}

/** Lets the compiler refuse a misspelt option, which a type parameter alone would take. */
export type Exactly<O, Known> = O & Known & { readonly [K in Exclude<keyof O, keyof Known>]: never }

export function variable<Value, O extends object, Own extends object>(
  kind: (options: Own) => Kind<Value>,
  options: O | undefined,
  ownOptions: readonly string[] = [],
): Variable<Value, O> {
  const given = options ?? ({} as O)
  return {
    options: given,
    ownOptions,
    kind: () => {
      if (typeof given !== 'object') throw definitionError('the options of a kind are an object')
      return kind(given as unknown as Own)
    },
  }
}

export function isVariable(value: unknown): value is Variable<unknown, object> {
  return value !== null && typeof value === 'object' && 'kind' in value && 'ownOptions' in value
}
