import type { ForeignVariable, VariableDefinition } from './declaration.ts'
import type { Secret } from './secret.ts'
import type { OutputOf } from './standard-schema.ts'
import type { Phase, Variable } from './variable.ts'

/** What `defineEnv` takes. */
export type EnvDefinition = Readonly<Record<string, VariableDefinition>>

/** What the app is given in a phase: a value for each variable, `undefined` where it may be missing then. */
export type EnvValues<Definition extends EnvDefinition, Now extends Phase = 'runtime'> = {
  readonly [Name in keyof Definition]: ValueOf<Definition[Name], Now>
}

type ValueOf<Given, Now> =
  Given extends Variable<infer Value, infer O>
    ? Shielded<Value, O> | Absence<O, Now>
    : Given extends ForeignVariable
      ? Shielded<OutputOf<Given['schema']>, Given> | Absence<Given, Now>
      : never

/** A flag whose value the compiler does not know may be either. */
type Shielded<Value, O> =
  Flag<O, 'secret'> extends true
    ? Secret<Value>
    : true extends Flag<O, 'secret'>
      ? Value | Secret<Value>
      : Value

type Absence<O, Now> = O extends { readonly default: infer Default }
  ? undefined extends Default
    ? AbsenceWithoutDefault<O, Now>
    : never
  : AbsenceWithoutDefault<O, Now>

type AbsenceWithoutDefault<O, Now> =
  true extends Flag<O, 'optional'>
    ? undefined
    : O extends { readonly requiredWhen: (...args: never[]) => boolean }
      ? undefined
      : [Now] extends [PhaseOf<O>]
        ? never
        : undefined

type PhaseOf<O> = O extends { readonly phase: infer P extends Phase } ? P : 'runtime'

type Flag<O, Name extends string> = Name extends keyof O ? O[Name] : false
