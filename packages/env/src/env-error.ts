import type { Problem } from './problem.ts'

/**
 * What `@sluice/env` throws. `ENV_INVALID`: the environment does not fit, and `problems` holds every reason.
 * `ENV_DEFINITION`: the call of `defineEnv` itself is wrong, whatever the environment; `problems` is empty.
 */
export class EnvError extends Error {
  override readonly name = 'EnvError'
  readonly code: 'ENV_INVALID' | 'ENV_DEFINITION'
  readonly problems: readonly Problem[]

  constructor(code: EnvError['code'], message: string, problems: readonly Problem[] = []) {
    super(message)
    this.code = code
    this.problems = problems
  }
}

/** A mistake in the definition, in one sentence. */
export function definitionError(message: string): EnvError {
  return new EnvError('ENV_DEFINITION', message)
}
