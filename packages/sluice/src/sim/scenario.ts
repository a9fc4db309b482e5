import type { AnalysisSpec } from '../core/analysis/spec.ts'
import type { HookName, Party, StepKind } from '../core/plan.ts'
import type { RolloutKind } from '../core/rollout.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import type { Holdback } from '../core/strategies/strategy.ts'

/** How a release's instances behave. */
export type Behaviour =
  | { kind: 'good' }
  | { kind: 'neverReady' }
  /** Ends before it is ready. */
  | { kind: 'exitsAtOnce' }
  /** Ready, then ends, and again after each start. */
  | { kind: 'dies'; afterMs: number }
  /** Ready, then its readiness fails for good. */
  | { kind: 'fallsSick'; afterMs: number }
  /** Answers this share of its requests with an error. */
  | { kind: 'fails'; share: number }

/** What becomes of stable by itself. */
export type StableBehaviour =
  | { kind: 'good' }
  /** All of it ends at once, and starts again. */
  | { kind: 'diesWholly'; atMs: number; backAfterMs: number }
  /** Nothing of it is ever ready again. */
  | { kind: 'fallsSick'; atMs: number }

/** What the outside does to calls, until it stops at `untilMs`. Shares of all calls. */
export interface Faults {
  refused: number
  /** Applied, and the answer is lost. */
  lostReply: number
  /** Reported as timed out, and applied afterwards. */
  appliedLate: number
  /** Takes seconds instead of milliseconds. */
  slow: number
  /** Answered twice, the second time seconds later. */
  answeredTwice: number
  /** Measurements that repeat an older one. */
  staleCounts: number
  /** Crash of the driver, per journaled event: before it is appended, or after it and before its effects. */
  crashBeforeAppend: number
  crashAfterAppend: number
  /** One of stable's instances ends, now and then. */
  stableDies: number
  untilMs: number
}

export type CommandName = 'abort' | 'supersede' | 'pause' | 'resume' | 'promote' | 'promoteFull'

/** What a person does, and when: after so long, or as soon as a step of this kind is under way. */
export interface Command {
  does: CommandName
  when: { atMs: number } | { step: StepKind }
}

/** Everything about a simulated world. Times count from its beginning. */
export interface Scenario {
  seed: number
  kind: RolloutKind
  /** Followed by a deploy; a rollback has the fast plan of its own, and only asks whether the app can run twice. */
  spec: StrategySpec
  /** `instances`: the router gives every instance the same, and does not know what is in flight. */
  traffic: 'weighted' | 'instances'
  /** How the candidate is judged beside stable; null: by guards alone. */
  analysis: AnalysisSpec | null
  holdback: Holdback | null
  stable: Party | null
  candidate: Party
  candidateIs: Behaviour
  /** The candidate of a rollback runs already, all of it ready. */
  isWarm: boolean
  stableIs: StableBehaviour
  /** Left from an earlier rollout. */
  warm: Party[]
  startMs: number
  requestsPerSecond: number
  /** Share of the requests that fail at both releases, always. */
  background: number
  /** Share of the connections that stay until they are cut. */
  tunnels: number
  keepWarmMs: number
  drainMs: number
  /** Which hooks there are, how long they take, and which of them fails. */
  hooks: HookName[]
  hookMs: number
  failingHook: HookName | null
  /** So much later than the first the second worker of the router follows. */
  workerLagMs: number
  /** When the router's workers restart, with an older table and new counters. */
  losesTableAtMs: number[]
  /** Both releases fail this share of their requests meanwhile. */
  outage: { fromMs: number; untilMs: number; share: number } | null
  /** The driver's clock is behind for a while. */
  clockBack: { fromMs: number; untilMs: number; byMs: number } | null
  faults: Faults
  person: Command[]
}

export const quiet: Faults = {
  refused: 0,
  lostReply: 0,
  appliedLate: 0,
  slow: 0,
  answeredTwice: 0,
  staleCounts: 0,
  crashBeforeAppend: 0,
  crashAfterAppend: 0,
  stableDies: 0,
  untilMs: 0,
}

/** A world in which nothing goes wrong: four instances, a good candidate, and users. */
export const calm: Scenario = {
  seed: 1,
  kind: 'deploy',
  spec: { kind: 'blue-green', bakeMs: 5_000, approve: false, progressDeadlineMs: 60_000 },
  traffic: 'weighted',
  analysis: null,
  holdback: null,
  stable: { release: 'r1', count: 4 },
  candidate: { release: 'r2', count: 4 },
  candidateIs: { kind: 'good' },
  isWarm: false,
  stableIs: { kind: 'good' },
  warm: [],
  startMs: 50,
  requestsPerSecond: 100,
  background: 0,
  tunnels: 0,
  keepWarmMs: 0,
  drainMs: 5_000,
  hooks: [],
  hookMs: 20,
  failingHook: null,
  workerLagMs: 2,
  losesTableAtMs: [],
  outage: null,
  clockBack: null,
  faults: quiet,
  person: [],
}

/** True where calls go astray, the driver crashes or its clock is wrong, so that nothing can be promised about time. */
export function isDisturbed(scenario: Scenario): boolean {
  return scenario.faults.untilMs > 0 || scenario.clockBack !== null || scenario.losesTableAtMs.length > 0
}
