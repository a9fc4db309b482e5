import { type Checked, type Circumstances, check, checkAsync, type Source, type Warning } from './check.ts'
import { type Declaration, declare } from './declaration.ts'
import { definitionError, EnvError } from './env-error.ts'
import type { EnvDefinition, EnvValues } from './env-values.ts'
import { exampleFile } from './example-file.ts'
import { type EnvJsonSchema, jsonSchema } from './json-schema.ts'
import { markdownTable } from './markdown-table.ts'
import { nearest } from './nearest.ts'
import { type Problem, report } from './problem.ts'
import type { Phase } from './variable.ts'

export interface EnvOptions<P extends Phase = Phase> {
  /** Every set variable that begins so has to be declared, or it is told as misspelt. Declared names are given in full. */
  prefix?: string
  /** The phase where a call does not say another; `runtime` where nothing is said. */
  phase?: P
  /** Given each warning of `parse`; one line on stderr where it is not said. */
  onWarning?: (warning: Warning) => void
}

export interface ParseOptions<P extends Phase = Phase> {
  /** Only variables of this phase are demanded. */
  phase?: P
  /** Chooses among `defaults`; NODE_ENV of the source where it is not said. */
  mode?: string
}

export interface ExitOptions<P extends Phase = Phase> extends ParseOptions<P> {
  /** Where it says what is wrong, and how it ends; the running process where it is not said. */
  process?: { stderr: { write: (text: string) => unknown }; exit: (code: number) => unknown }
}

/** What `check` finds. */
export type CheckResult<Values> =
  | { readonly ok: true; readonly values: Values; readonly warnings: readonly Warning[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Warning[] }

/** The exit code of `parseOrExit`: EX_CONFIG of sysexits.h, "something was found in an unconfigured state". */
export const EX_CONFIG = 78

/** Variables as they are declared; reads `process.env` where no source is given, and never writes to it. */
export interface Env<Definition extends EnvDefinition, P extends Phase> {
  /** Frozen values. Throws one `EnvError` (`ENV_INVALID`) with all problems. */
  parse: <const Now extends Phase = P>(
    source?: Source,
    options?: ParseOptions<Now>,
  ) => EnvValues<Definition, Now>
  /** The same where a schema takes its time, which `parse` refuses. */
  parseAsync: <const Now extends Phase = P>(
    source?: Source,
    options?: ParseOptions<Now>,
  ) => Promise<EnvValues<Definition, Now>>
  /** The same as `parse`, but ends the process with exit code 78 and a line on stderr for each problem, without a stack. */
  parseOrExit: <const Now extends Phase = P>(
    source?: Source,
    options?: ExitOptions<Now>,
  ) => EnvValues<Definition, Now>
  /** The same as `parse`, as data: neither throws nor warns. */
  check: <const Now extends Phase = P>(
    source?: Source,
    options?: ParseOptions<Now>,
  ) => CheckResult<EnvValues<Definition, Now>>
  /** The same as `parseAsync`, as data. */
  checkAsync: <const Now extends Phase = P>(
    source?: Source,
    options?: ParseOptions<Now>,
  ) => Promise<CheckResult<EnvValues<Definition, Now>>>
  /**
   * What `env.schema.yaml` says, for `sluice env` and other languages. Without a mode, only what is true in production and
   * in development: a default that differs between them is left out, and its variable is not required.
   */
  toJsonSchema: (options?: { mode?: string }) => EnvJsonSchema
  /** The text of `.env.example`, in the order of the definition; secrets without a value. */
  toExample: () => string
  /** A table for a README, in the order of the definition. */
  toMarkdown: () => string
}

/**
 * Declares the variables that an app reads.
 * @throws EnvError (`ENV_DEFINITION`) with every mistake in the definition itself.
 */
export function defineEnv<const Definition extends EnvDefinition, const P extends Phase = 'runtime'>(
  definition: Definition,
  options: EnvOptions<P> = {},
): Env<Definition, P> {
  const declarations = declareAll(definition, options)
  const circumstances = ({ phase, mode }: ParseOptions): Circumstances => ({
    declarations,
    prefix: options.prefix,
    phase: phase ?? options.phase ?? 'runtime',
    mode,
  })
  const onWarning = options.onWarning ?? (({ text }: Warning) => console.warn(text))

  // What is read is unknown to the compiler here; `EnvValues` says what it is by the same rules.
  function settle<Values>(checked: Checked): Values {
    for (const warning of checked.warnings) onWarning(warning)
    if (checked.problems.length === 0) return checked.values as Values
    throw new EnvError('ENV_INVALID', report(checked.problems), checked.problems)
  }

  return {
    parse: (source = process.env, given = {}) => settle(check(source, circumstances(given))),
    parseAsync: async (source = process.env, given = {}) =>
      settle(await checkAsync(source, circumstances(given))),
    parseOrExit: (source = process.env, given = {}) => {
      try {
        return settle(check(source, circumstances(given)))
      } catch (error) {
        if (error instanceof EnvError) exit(error, given.process ?? process)
        throw error
      }
    },
    check: (source = process.env, given = {}) => resultOf(check(source, circumstances(given))),
    checkAsync: async (source = process.env, given = {}) =>
      resultOf(await checkAsync(source, circumstances(given))),
    toJsonSchema: ({ mode } = {}) => jsonSchema(declarations, mode),
    toExample: () => exampleFile(declarations),
    toMarkdown: () => markdownTable(declarations),
  }
}

function declareAll(definition: EnvDefinition, options: EnvOptions): ReadonlyMap<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  const mistakes: string[] = []
  for (const [name, given] of Object.entries(definition)) {
    try {
      declarations.set(name, declare(name, given))
    } catch (error) {
      if (!(error instanceof EnvError)) throw error
      mistakes.push(`${name === '' ? '""' : name}: ${error.message}`)
    }
  }
  for (const { name, replacement } of declarations.values()) {
    if (replacement === undefined || Object.hasOwn(definition, replacement)) continue
    const near = nearest(replacement, Object.keys(definition))
    const fix = near === null ? 'Declare it, or give the advice as text.' : `Did you mean ${near}?`
    mistakes.push(`${name}: its replacement ${replacement} is not declared. ${fix}`)
  }
  mistakes.push(...optionMistakes(options))
  if (mistakes.length === 0) return declarations
  throw definitionError(`The definition of the environment is wrong:\n  ${mistakes.join('\n  ')}`)
}

const known = ['prefix', 'phase', 'onWarning'] satisfies (keyof EnvOptions)[]

function optionMistakes(options: EnvOptions): string[] {
  const { prefix, phase, onWarning } = options
  const mistakes = Object.keys(options)
    .filter((option) => !known.some((one) => one === option))
    .map((option) => `unknown option "${option}". Known are ${known.join(', ')}.`)
  if (prefix !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(prefix)) {
    mistakes.push('prefix is the beginning of a variable name, such as APP_')
  }
  if (![undefined, 'build', 'runtime'].includes(phase)) mistakes.push('phase is build or runtime')
  if (onWarning !== undefined && typeof onWarning !== 'function') mistakes.push('onWarning is a function')
  return mistakes
}

function exit({ message }: EnvError, { stderr, exit }: NonNullable<ExitOptions['process']>): void {
  stderr.write(`${message}\n`)
  exit(EX_CONFIG)
}

function resultOf<Values>({ values, problems, warnings }: Checked): CheckResult<Values> {
  return problems.length === 0
    ? { ok: true, values: values as Values, warnings }
    : { ok: false, problems, warnings }
}
