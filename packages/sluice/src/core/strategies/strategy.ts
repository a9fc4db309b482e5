import type { Capabilities } from '../capabilities.ts'
import type { HookName, Party, Step } from '../plan.ts'

/** So many instances, or a share of them. */
export type Amount = { count: number } | { basisPoints: number }

/** What every strategy needs to know of the environment and of the two releases. */
export interface PlanRequest {
  /** Null for the first release. */
  stable: Party | null
  candidate: Party
  /** Whether the router gives any share, or one that follows from the instances. */
  traffic: Capabilities['traffic']
  /** Releases still warm from an earlier rollout; they end before anything new is started. */
  warm: Party[]
  /** Hooks that are configured. */
  hooks: HookName[]
  drainMs: number
  /** 0: stable ends as soon as it has drained. */
  keepWarmMs: number
  /** Share that stable keeps for a while after the candidate has been promoted; null: none. */
  holdback: Holdback | null
}

export interface Holdback {
  basisPoints: number
  forMs: number
}

/** A way from stable to candidate: a function from its options and the environment to steps. */
export interface Strategy<Spec> {
  /** One line for help and plans. */
  summary: string
  steps(spec: Spec, request: PlanRequest): Step[]
  /** Why it cannot run with these capabilities; null when it can. */
  refusal(can: Capabilities): string | null
  /** For an app that cannot run twice. */
  isExclusive: boolean
  /** What it costs and risks, for a person who chooses. */
  price(spec: Spec, request: PlanRequest): StrategyPrice
}

export interface StrategyPrice {
  /** Instances beyond stable's that run at the peak. */
  extraInstances: number
  /** From the first step to the last, when every start takes `startMs`. */
  expectedMs: number
  /** Largest share of the users that a bad release meets before it is judged, in basis points. */
  exposedBasisPoints: number
  /** Two releases serve users at the same time. */
  serveTogether: boolean
  /** The app is not served for a moment. */
  interrupts: boolean
}
