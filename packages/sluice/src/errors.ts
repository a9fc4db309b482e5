/** Decides exit code, HTTP status, whether to retry, and whether to show a stack. */
export type ErrorKind = 'usage' | 'config' | 'refused' | 'outside' | 'bug'

const kinds: { [K in ErrorKind]: { exitCode: number; httpStatus: number } } = {
  usage: { exitCode: 2, httpStatus: 400 },
  config: { exitCode: 2, httpStatus: 422 },
  refused: { exitCode: 3, httpStatus: 409 },
  outside: { exitCode: 4, httpStatus: 502 },
  bug: { exitCode: 70, httpStatus: 500 },
}

/** The catalogue: a code never changes its meaning. Add one line for each new failure. */
export const catalogue = {
  // usage
  USAGE: 'usage',
  UNKNOWN_APP: 'usage',
  UNKNOWN_ENVIRONMENT: 'usage',
  UNKNOWN_RELEASE: 'usage',
  UNKNOWN_ROLLOUT: 'usage',
  UNSUPPORTED_PLATFORM: 'usage',
  // config
  CONFIG_MISSING: 'config',
  CONFIG_INVALID: 'config',
  ENV_INVALID: 'config',
  SECRET_UNREADABLE: 'config',
  // refused
  ROLLOUT_UNDER_WAY: 'refused',
  NO_ROLLOUT: 'refused',
  NOTHING_TO_ROLL_BACK_TO: 'refused',
  NOTHING_DEPLOYED: 'refused',
  UNHEALTHY: 'refused',
  JOURNAL_PRUNED: 'refused',
  ROUTE_CONFLICT: 'refused',
  TOO_MANY_PREVIEWS: 'refused',
  STRATEGY_UNSUPPORTED: 'refused',
  STATE_TOO_NEW: 'refused',
  AGENT_RUNNING: 'refused',
  OUT_OF_DATE: 'refused',
  ENV_UNDECLARED: 'refused',
  NOT_READY: 'refused',
  FENCED: 'refused',
  LEASE_LOST: 'refused',
  // outside
  BUILD_FAILED: 'outside',
  SNAPSHOT_FAILED: 'outside',
  START_FAILED: 'outside',
  HOOK_FAILED: 'outside',
  PORT_TAKEN: 'outside',
  ENGINE_UNREACHABLE: 'outside',
  ENGINE_REFUSED: 'outside',
  IMAGE_NOT_FOUND: 'outside',
  IMAGE_UNFIT: 'outside',
  NAME_TAKEN: 'outside',
  PROXY_UNREACHABLE: 'outside',
  APPLY_FAILED: 'outside',
  AGENT_UNREACHABLE: 'outside',
  METRIC_SOURCE_FAILED: 'outside',
  STORE_FULL: 'outside',
  STORE_FAILED: 'outside',
  TIMED_OUT: 'outside',
  // bug
  BUG: 'bug',
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof catalogue

/** What crosses a socket or a journal: the same facts, without the class. */
export interface ErrorFacts {
  code: ErrorCode
  /** What was wanted and what was found, in one or two sentences. */
  message: string
  /** What the reader can do about it; a command where there is one. */
  todo?: string
  /** Evidence shown below the message: log lines, ports, responses. */
  details?: string[]
}

/**
 * The one error class of Sluice. Thrown at the edges only; inside the core a failure is data.
 *
 * @example throw new SluiceError('UNKNOWN_ENVIRONMENT', 'no environment "prod"; known are: staging, production', { cause })
 */
export class SluiceError extends Error {
  readonly code: ErrorCode
  readonly todo: string | undefined
  readonly details: string[]

  constructor(
    code: ErrorCode,
    message: string,
    more: { todo?: string; details?: string[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'SluiceError'
    this.code = code
    this.todo = more.todo
    this.details = more.details ?? []
  }

  get kind(): ErrorKind {
    return catalogue[this.code]
  }

  get exitCode(): number {
    return kinds[this.kind].exitCode
  }

  get httpStatus(): number {
    return kinds[this.kind].httpStatus
  }

  facts(): ErrorFacts {
    return {
      code: this.code,
      message: this.message,
      ...(this.todo === undefined ? {} : { todo: this.todo }),
      ...(this.details.length === 0 ? {} : { details: this.details }),
    }
  }

  static from(facts: ErrorFacts): SluiceError {
    const { code, message, ...more } = facts
    return new SluiceError(code in catalogue ? code : 'BUG', message, more)
  }
}

/** Anything thrown, as facts; what is not a SluiceError is a bug of ours and says so. */
export function factsOf(error: unknown): ErrorFacts {
  if (error instanceof SluiceError) return error.facts()
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error && error.stack ? error.stack.split('\n').slice(1, 6) : []
  return { code: 'BUG', message, details: stack.map((line) => line.trim()) }
}
