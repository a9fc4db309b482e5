export type { Source, Warning } from './check.ts'
export type { ForeignVariable, VariableDefinition } from './declaration.ts'
export {
  type CheckResult,
  defineEnv,
  type Env,
  type EnvOptions,
  EX_CONFIG,
  type ExitOptions,
  type ParseOptions,
} from './define-env.ts'
export { EnvError } from './env-error.ts'
export type { EnvDefinition, EnvValues } from './env-values.ts'
export type { EnvJsonSchema, VariableSchema } from './json-schema.ts'
export * from './kinds/index.ts'
export type { Problem } from './problem.ts'
export { Secret } from './secret.ts'
export type { StandardSchema } from './standard-schema.ts'
export type { About, Defaults, Mode, Options, Phase, Variable } from './variable.ts'
