import type { Execution } from './execution.ts'
import type { Look } from './look/look.ts'
import type { Trial } from './running/trial.ts'

/**
 * How important the app is, after its objective of availability: A above 99.9 %, B 99 to 99.9 %, C 95 to 99 %. A stricter
 * tier asks for all that the ones below it ask for.
 */
export type Tier = 'A' | 'B' | 'C'
export type Severity = 'critical' | 'high' | 'medium'

/** How something is found out. */
export type Method =
  /** By reading files. */
  | 'static'
  /** By running a command of the project, or by the record of one. */
  | 'executed'
  /** By starting the app on this machine and trying it. */
  | 'probe'
  /** By the stored reply of a platform's API. */
  | 'platform'
  /** By what a person has signed. */
  | 'attested'

export type Status =
  | 'pass'
  /** Found not to hold, or what has to be in the repository is not there. */
  | 'fail'
  /** Holds in part; does not block. */
  | 'warn'
  /** Does not apply, and it is said why. */
  | 'na'
  /** Nobody could tell. Never counts as passed. */
  | 'unknown'

/** One line of proof: a place in a file, a command and its exit code, a request and its reply. Never the value of a secret. */
export interface Evidence {
  says: string
  /** Relative to the repository's folder, with `/`. */
  file?: string
  /** From 1. */
  line?: number
}

/** What one method found. */
export interface Answer {
  status: Status
  /** One sentence: what was found, and for `unknown` what would settle it. */
  says: string
  /** At least one where the status is `pass`. */
  evidence: Evidence[]
  /** Only a sign, by names or habits: it counts where no other method has spoken. */
  isHint?: true
}

/** One readiness check: what has to hold, how it is found out, and what to do where it does not hold. */
export interface Check {
  /** `APP-07`: never changes its meaning. */
  id: string
  /** What has to hold, as a claim. */
  title: string
  severity: Severity
  /** The least strict tier in which it blocks; null: it only warns. */
  blocksFrom: Tier | null
  /** What proves it: any of these sets of methods, each of which has passed. */
  passes: readonly (readonly Method[])[]
  /** What is not proof and yet better than nothing: `warn` where these have passed. */
  warns?: readonly (readonly Method[])[]
  /** A method whose word takes the place of another's: the same thing, tried on the files as they are now. */
  replaces?: Partial<Record<Method, Method>>
  /** What to do, in a sentence or two. */
  fix: string
  /** Which generators of `sluice init` write what is missing; for `sluice check --fix`. */
  fixedBy?: readonly FixName[]
  /** What others call it: `DL3025`, `pod-probes-identical`. */
  tags?: readonly string[]
  /** Where a person may sign for it, how long that may hold at most, in days. */
  attestedForDays?: number
  /** Why it does not concern this app; null where it does. */
  concerns?(look: Look): string | null | Promise<string | null>
  static?(look: Look): Answer | Promise<Answer>
  /** The trial is there where one was asked for as well. Null where there is nothing to run, so that it does not speak. */
  executed?(look: Look, execution: Execution, trial: Trial | null): Promise<Answer | null>
  probe?(look: Look, trial: Trial): Promise<Answer>
  platform?(look: Look): Answer | Promise<Answer>
}

/** A generator of `sluice init`, or `env-example` for `sluice env sync`. */
export type FixName =
  | 'sluice-yaml'
  | 'env-schema'
  | 'env-example'
  | 'dockerfile'
  | 'compose'
  | 'kubernetes'
  | 'alerts'
  | 'runbook'
  | 'on-call'
  | 'ci'

export function pass(says: string, evidence: Evidence[]): Answer {
  return { status: 'pass', says, evidence }
}

export function fail(says: string, evidence: Evidence[] = []): Answer {
  return { status: 'fail', says, evidence }
}

export function warn(says: string, evidence: Evidence[] = []): Answer {
  return { status: 'warn', says, evidence }
}

export function unknown(says: string, evidence: Evidence[] = []): Answer {
  return { status: 'unknown', says, evidence }
}

export function notApplicable(why: string): Answer {
  return { status: 'na', says: why, evidence: [] }
}

/** An answer that counts only where no other method has spoken. */
export function hint(answer: Answer): Answer {
  return { ...answer, isHint: true }
}
