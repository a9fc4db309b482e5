import type { Ms, ReleaseId } from './release.ts'
import type { Weights } from './weights.ts'

/** When a command or webhook of the user's runs. */
export type HookName = 'smoke' | 'beforeTraffic' | 'after' | 'onFailure'

/** What will happen, in order. Every step names an end state, so that entering it twice is harmless. */
export type Step =
  /** `count` instances of the release exist. */
  | { kind: 'provision'; release: ReleaseId; count: number }
  /**
   * `count` instances are ready for `forMs` on end. After `patienceMs` `atLeast` are enough;
   * at the deadline the step fails, where there is one. On the way back it goes on instead.
   */
  | {
      kind: 'settle'
      release: ReleaseId
      count: number
      atLeast: number
      forMs: number
      patienceMs: number
      deadlineMs: number | null
    }
  /** The router is told these weights. Empty: nothing serves; with `hold` requests wait meanwhile. */
  | { kind: 'shift'; weights: Weights; hold: boolean }
  /** The router is observed to serve the weights it was told. */
  | { kind: 'verify'; deadlineMs: number | null }
  /**
   * The candidate is watched for `forMs`; guards and evidence may turn the rollout back at any moment of it. `pace`: then
   * it goes on, unless it is suspicious. `decide`: then the evidence has to be enough, or the policy for too little of
   * it decides. `hold back`: the candidate has been promoted, and stable keeps a small share to compare it with.
   */
  | { kind: 'analyze'; forMs: number; purpose: AnalyzePurpose }
  /** Waits for a person. */
  | { kind: 'gate'; name: string }
  | { kind: 'hook'; hook: HookName }
  /** Instances beyond the first `keep` take no new requests, and have none in flight; what is left is cut at the deadline. */
  | { kind: 'drain'; release: ReleaseId; keep: number; deadlineMs: number }
  /** Only the first `keep` instances are left; at 0 the release is gone from the router too. */
  | { kind: 'retire'; release: ReleaseId; keep: number }

export type AnalyzePurpose = 'pace' | 'decide' | 'hold back'

export type StepKind = Step['kind']

/** A release and how many instances of it an environment wants. */
export interface Party {
  release: ReleaseId
  count: number
}

/** A release that no longer serves but is kept running for a quick way back. */
export interface Warm extends Party {
  retireAt: Ms
}
