import type { GuardState } from './analysis/guard.ts'
import type { Trial } from './analysis/trial.ts'
import type { Verdict } from './analysis/verdict.ts'
import type { Drill } from './drill.ts'
import type { Effect, Routing } from './effect.ts'
import type { ReleaseSeen, RouterSeen } from './event.ts'
import type { Party, Step, Warm } from './plan.ts'
import type { EnvironmentId, Ms, ReleaseId } from './release.ts'
import type { Weights } from './weights.ts'

/** Grows when `step` would read an old snapshot differently. */
export const engineVersion = 2

/**
 * `deploy` moves to a new release, `rollback` to an earlier one, and differ only in their plan. `drill` moves nobody: its
 * candidate is a copy of stable that is broken on purpose, and it ends with stable as it was.
 */
export type RolloutKind = 'deploy' | 'rollback' | 'drill'

export type RolloutStatus =
  /** The plan goes forward. */
  | 'running'
  /** Back to stable. */
  | 'undoing'
  /** All on the candidate; of a drill: its plan came to its end, and all are on stable as before. */
  | 'succeeded'
  /** All on stable again, at full count; or nothing runs, where there was no stable. */
  | 'rolled-back'

/** Why a rollout turned back. The kind decides the exit code. */
export interface Reason {
  kind: 'evidence' | 'health' | 'hook' | 'outside' | 'person' | 'superseded'
  message: string
  todo?: string
  details: string[]
}

/** Everything a decision depends on. Plain data: journaled, replayed, shown. */
export interface Rollout {
  id: string
  engine: number
  kind: RolloutKind
  /** Of a drill: what is broken. */
  drill?: Drill
  environment: EnvironmentId
  strategy: string
  stable: Party | null
  candidate: Party
  /** For an app that cannot run twice: undo ends the candidate before it starts stable again. */
  isExclusive: boolean
  keepWarmMs: number
  drainMs: number
  /** Hooks that the user has configured; others are passed over. */
  hasOnFailure: boolean

  status: RolloutStatus
  reason: Reason | null
  /** A person asked for the end; the reason `superseded` is a newer deploy's. */
  abort: { by: string; why: string } | null
  /** A person keeps the candidate although it was to be undone: stable has nothing ready to go back to. */
  isKept: boolean
  /** The newest time that any event carried; time never goes back. */
  now: Ms
  startedAt: Ms
  endedAt: Ms | null

  steps: Step[]
  /** Index of the current step; -1 before the first observation. */
  at: number
  stepSince: Ms
  /** When the current settle's condition began to hold. */
  heldSince: Ms | null
  paused: { at: Ms; by: string } | null
  /** A person passed the current gate or analysis. */
  passed: boolean
  /** A person passed all gates and analyses to come. */
  passAll: boolean

  /** What the steps want of the router; what it is told may differ while a release has nothing ready. */
  planned: { weights: Weights; hold: boolean; keep: Record<ReleaseId, number>; cut: ReleaseId[] }
  /** What the router was last told, null before the first time; `confirmed` once it has answered. */
  asked: Routing | null
  confirmed: boolean
  /** The weights last told and the epoch they were told under, whatever came of it. */
  lastWeights: Weights | null
  weightEpoch: number
  /** Counts this rollout has asked for. */
  counts: Record<ReleaseId, number>

  /** The newest observation. `isFresh`: it was made after the router's last answer. */
  seen: {
    at: Ms
    releases: Record<ReleaseId, ReleaseSeen>
    router: RouterSeen | null
    isFresh: boolean
  } | null
  /** Exits and failed starts of the candidate before this rollout began: they do not count against it. */
  before: Pick<ReleaseSeen, 'exitsBeforeReady' | 'exitsAfterReady' | 'neverReady'>
  /** The candidate has settled once; from then on losing its instances is a failure. */
  hasSettled: boolean
  /** Since when the candidate has had fewer ready instances than it should. */
  shortSince: Ms | null
  guard: GuardState
  /** The sequential test; null where nothing serves beside the candidate. */
  trial: Trial | null
  /** What the evidence said at the newest tick. */
  verdict: Verdict | null
  /** Largest share of the traffic that the candidate has had, in basis points, before it had all of it. */
  highestShare: number
  /** The weights that the router has last confirmed. */
  routedWeights: Weights
  /** When the candidate's share last grew, and the weights before. */
  lastIncrease: { at: Ms; from: Weights } | null
  /** The weights to return to when an incident is over that began just after the candidate's share had grown. */
  steppedBackFrom: Weights | null
  /** Since when the time for the analysis is over and the evidence speaks neither way. */
  inconclusiveSince: Ms | null
  /** What the hook of the current step answered when it failed. */
  hookFailure: { message: string; details: string[] } | null

  nextEffect: number
  /** At most one of each kind is awaited; an answer to any other id changes nothing. */
  awaiting: {
    act: Extract<Effect, { kind: 'scale' | 'retire' | 'run' }> | null
    route: Extract<Effect, { kind: 'route' }> | null
    observe: Extract<Effect, { kind: 'observe' }> | null
    measure: Extract<Effect, { kind: 'measure' }> | null
    wait: Extract<Effect, { kind: 'wait' }> | null
  }
  /** Answer of the current step's action. */
  acted: 'no' | 'asked' | 'done'
  /** Consecutive refusals of the current action or of the router, and when to ask again. */
  refusals: { act: Refused | null; route: Refused | null; watch: Refused | null }
  /** Releases left running for a quick way back when it ended well. */
  warm: Warm[]
}

export interface Refused {
  times: number
  againAt: Ms
  message: string
}

/** What the engine before this one had not: nothing was judged by evidence then. */
const sinceEngine2 = {
  isKept: false,
  trial: null,
  verdict: null,
  highestShare: 0,
  routedWeights: {},
  lastIncrease: null,
  steppedBackFrom: null,
  inconclusiveSince: null,
}

/** A state as this engine reads it, whichever wrote it. One of an older engine goes on from its snapshot. */
export function ofThisEngine(rollout: Rollout): Rollout {
  if (rollout.engine === engineVersion) return rollout
  const steps = rollout.steps.map((step) =>
    step.kind === 'analyze' ? { ...step, purpose: step.purpose ?? 'pace' } : step,
  )
  return { ...sinceEngine2, ...rollout, engine: engineVersion, steps }
}

/** True once nothing more will happen. */
export function isOver(rollout: Rollout): boolean {
  return rollout.status === 'succeeded' || rollout.status === 'rolled-back'
}

/** The candidate has been promoted, and stable keeps a small share to compare it with. */
export function isWatching({ status, steps, at }: Rollout): boolean {
  const step = steps[at]
  return status === 'running' && step?.kind === 'analyze' && step.purpose === 'hold back'
}

/** The time as the current step sees it: a pause uses none of it up. */
export function stepTime(rollout: Rollout): Ms {
  return rollout.paused?.at ?? rollout.now
}
