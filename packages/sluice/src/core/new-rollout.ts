import { newGuard } from './analysis/guard.ts'
import type { Trial } from './analysis/trial.ts'
import type { Drill } from './drill.ts'
import type { Party, Step } from './plan.ts'
import type { EnvironmentId, Ms, ReleaseId } from './release.ts'
import { engineVersion, type Rollout, type RolloutKind } from './rollout.ts'
import type { Weights } from './weights.ts'

export interface NewRollout {
  id: string
  kind: RolloutKind
  drill?: Drill
  environment: EnvironmentId
  strategy: string
  stable: Party | null
  candidate: Party
  steps: Step[]
  isExclusive: boolean
  keepWarmMs: number
  drainMs: number
  hasOnFailure: boolean
  /** The candidate runs already, with all its instances ready. */
  isWarm: boolean
  at: Ms
  /** The test that compares it with stable; null where nothing serves beside the candidate. */
  trial: Trial | null
  /** What the environment serves now. */
  weights: Weights
  /** The environment's last weight epoch and effect number; both go on from there. */
  weightEpoch: number
  nextEffect: number
}

/** A rollout before its first event, which is `started`. */
export function newRollout(given: NewRollout): Rollout {
  const { at, weights, steps, isWarm, ...rest } = given
  const keep: Record<ReleaseId, number> = {}
  return {
    ...rest,
    engine: engineVersion,
    status: 'running',
    reason: null,
    abort: null,
    isKept: false,
    now: at,
    startedAt: at,
    endedAt: null,
    steps,
    at: -1,
    stepSince: at,
    heldSince: null,
    paused: null,
    passed: false,
    passAll: false,
    planned: { weights, hold: false, keep, cut: [] },
    asked: null,
    confirmed: false,
    lastWeights: weights,
    counts: {},
    seen: null,
    before: { exitsBeforeReady: 0, exitsAfterReady: 0, neverReady: 0 },
    hasSettled: isWarm,
    shortSince: null,
    guard: newGuard(),
    verdict: null,
    highestShare: 0,
    routedWeights: weights,
    lastIncrease: null,
    steppedBackFrom: null,
    inconclusiveSince: null,
    hookFailure: null,
    awaiting: { act: null, route: null, observe: null, measure: null, wait: null },
    acted: 'no',
    refusals: { act: null, route: null, watch: null },
    warm: [],
  }
}
