import type { BootCounts, RatioCounts } from './counts.ts'
import type { Ms, ReleaseId } from './release.ts'
import type { Weights } from './weights.ts'

/** What the target knows of one release. Exits and failed starts are cumulative. */
export interface ReleaseSeen {
  instances: number
  ready: number
  exitsBeforeReady: number
  exitsAfterReady: number
  /** Instances that used up their startup budget. */
  neverReady: number
  /** The newest health fact, for a person: wanted, found, evidence. */
  trouble: { message: string; todo?: string; details: string[] } | null
}

/** What the router is observed to serve. */
export interface RouterSeen {
  weightEpoch: number
  weights: Weights
  /** Every worker has acknowledged it. */
  reached: boolean
  /** In flight at the instances that are to leave (beyond `keep`), per release; null: this router does not know. */
  leaving: Record<ReleaseId, { requests: number; tunnels: number }> | null
}

/** Past tense, and carries time. Answers carry the effect's id; an answer nobody waits for changes nothing. */
export type Event =
  | { kind: 'started'; at: Ms }
  | { kind: 'scaled'; at: Ms; effect: number }
  | { kind: 'retired'; at: Ms; effect: number }
  | { kind: 'routed'; at: Ms; effect: number }
  | { kind: 'ran'; at: Ms; effect: number; ok: boolean; message: string; output: string[] }
  | {
      kind: 'observed'
      at: Ms
      effect: number
      releases: Record<ReleaseId, ReleaseSeen>
      router: RouterSeen | null
    }
  /** `isFull`: with what is judged at ticks only, latency and the user's own metrics. */
  | {
      kind: 'measured'
      at: Ms
      effect: number
      isFull: boolean
      boots: BootCounts[]
      ratios: RatioCounts[]
    }
  | { kind: 'woke'; at: Ms; effect: number }
  | { kind: 'failed'; at: Ms; effect: number; code: string; message: string }
  /** A person passes the gate or analysis the rollout waits at; `full`: all of them. */
  | { kind: 'promoted'; at: Ms; by: string; full: boolean }
  | { kind: 'paused'; at: Ms; by: string }
  | { kind: 'resumed'; at: Ms; by: string }
  | { kind: 'aborted'; at: Ms; by: string; why: string }

export type EventKind = Event['kind']
