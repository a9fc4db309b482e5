import type { Injection } from './drill.ts'
import type { HookName } from './plan.ts'
import type { Ms, ReleaseId } from './release.ts'
import type { Weights } from './weights.ts'

/** The whole of what the router should do with an environment, except for the addresses, which the driver knows. */
export interface Routing {
  weightEpoch: number
  weights: Weights
  /** Of these releases only the first so many instances take new requests; others take them with all. */
  keep: Record<ReleaseId, number>
  /** What leaves these releases' instances beyond `keep` is cut now. */
  cut: ReleaseId[]
  hold: boolean
  preview: ReleaseId | null
  /** Only while a drill goes on. */
  drill?: Injection
}

/** Imperatives that state an end, never a delta; doing one twice, or late, is harmless. */
export type Effect =
  | { kind: 'scale'; id: number; release: ReleaseId; count: number }
  | { kind: 'retire'; id: number; release: ReleaseId }
  | { kind: 'route'; id: number; routing: Routing }
  | { kind: 'run'; id: number; hook: HookName }
  /** Answered when the target's view changes, or after `withinMs`. */
  | { kind: 'observe'; id: number; withinMs: number }
  /** Answered with the counters as they are at `atMs`; where it need not be `full`, without what only ticks want. */
  | { kind: 'measure'; id: number; atMs: Ms; isFull: boolean }
  | { kind: 'wait'; id: number; untilMs: Ms }

export type EffectKind = Effect['kind']
