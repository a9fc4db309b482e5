import type { Evidence } from '../core/analysis/evidence.ts'
import type { DrillFault } from '../core/drill.ts'
import type { Fact } from '../core/narrate.ts'
import type { Party, Step, Warm } from '../core/plan.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'
import type { Reason, RolloutKind, RolloutStatus } from '../core/rollout.ts'
import type { StrategyName } from '../core/strategies/index.ts'
import type { StrategyPrice } from '../core/strategies/strategy.ts'
import type { Weights } from '../core/weights.ts'
import type { ErrorFacts } from '../errors.ts'
import type { DrillRecord, DrillResult } from '../runtime/drill-records.ts'
import type { HealthFact, InstanceState } from '../targets/target.ts'

/*
 * What agent and CLI say to each other: HTTP on the unix socket, JSON bodies; streams are one JSON object per line.
 * An error is answered with the status of its kind and `{ error: ErrorFacts }`.
 */

/** GET /v1/hello */
export interface Hello {
  protocol: 1
  version: string
  pid: number
  home: string
  startedAt: Ms
  listen: { host: string; port: number }
}

/** POST /v1/deploy, answered by a stream of DeployNews. */
export interface DeployRequest {
  /** Absolute. */
  folder: string
  environment?: string
  /** Instead of the one in sluice.yaml. */
  strategy?: StrategyName
  /** An existing release instead of the folder's content. */
  release?: ReleaseId
  /** An image instead of what sluice.yaml names or builds. */
  image?: string
  supersede: boolean
  by: string
}

export type DeployNews =
  /** What the deploy is about, before anything was done. */
  | {
      kind: 'planned'
      app: string
      environment: string
      target: string
      router: string
      instances: number
      strategy: StrategyName
      /** Why this strategy, where none was asked for. */
      recommended: string | null
      warnings: string[]
    }
  | { kind: 'fact'; fact: Fact }
  /** From here on the rollout's own stream tells what happens. `url`: where users reach the environment. */
  | { kind: 'rollout'; id: string; from: ReleaseId | null; to: ReleaseId; url: string }
  | { kind: 'error'; error: ErrorFacts }

/** POST /v1/plan with a DeployRequest (supersede and by are not looked at). */
export interface PlanAnswer {
  app: string
  environment: string
  strategy: StrategyName
  from: Party | null
  to: { release: ReleaseId; count: number }
  steps: { step: Step; text: string }[]
  price: StrategyPrice
  recommended: { strategy: StrategyName; why: string }
  /** Every strategy here: what it costs and risks, or why it cannot run. */
  compared: { strategy: StrategyName; summary: string; refusal: string | null; price: StrategyPrice }[]
  /** Variables that the new configuration adds, changes or drops; never their values. */
  configuration: { added: string[]; changed: string[]; removed: string[] }
  keepWarmMs: Ms
  warnings: string[]
}

/** GET /v1/environments/APP/ENV/traffic: what a simulation reckons with. */
export interface TrafficAnswer {
  /** Over the last ten minutes. */
  requestsPerSecond: number
  /** Of stable, over the last half hour: bad requests and 4xx answers per request; null without requests. */
  failedShare: number | null
  clientErrorShare: number | null
  /** Time to first byte of stable's recent answers; null without any. */
  latency: { medianMs: number; p99Ms: number } | null
  /** What a rollout's analysis would allow for: bursts of failures, and instances that differ. */
  allowance: { phi: { errors: number; clientErrors: number }; instanceSd: number }
}

/** GET /v1/status?app=&environment= */
export interface StatusAnswer {
  hello: Hello
  environments: EnvironmentStatus[]
  /** Loud things: a full disk, a proxy that lost counters. */
  warnings: string[]
}

export interface EnvironmentStatus {
  id: EnvironmentId
  app: string
  name: string
  isUp: boolean
  url: string
  previewUrl: string | null
  /** Of the preview address: `?sluice_token=` or header `x-sluice-token`. */
  previewToken: string | null
  stable: Party | null
  stableSince: Ms | null
  warm: Warm[]
  weights: Weights
  releases: {
    release: ReleaseId
    wanted: number
    instances: { id: string; state: InstanceState; handle: string; port: number | null; startedAt: Ms }[]
    facts: HealthFact[]
  }[]
  rollout: RolloutSummary | null
  /** The newest drill that went to its end. */
  lastDrill: { at: Ms; faults: number; caught: number } | null
  /** When it is removed by itself, of a preview; a deploy puts it off. */
  removedAt: Ms | null
  /** Over all time of the proxy's workers. */
  totals: { requests: number; failed: number; retried: number }
}

/** One rollout in short. */
export interface RolloutSummary {
  id: string
  kind: RolloutKind
  environment: EnvironmentId
  strategy: string
  from: ReleaseId | null
  to: ReleaseId
  /** `watching`: the candidate has been promoted, and stable keeps a small share for a while. */
  status: RolloutStatus | 'watching'
  reason: Reason | null
  startedBy: string
  startedAt: Ms
  endedAt: Ms | null
  paused: boolean
  /** Whether it waits for a person. */
  waitsFor: string | null
  step: { index: number; count: number; text: string; kind: Step['kind'] } | null
  weights: Weights
  /** The candidate's largest share until now, in basis points. */
  highestShare: number
  /** Requests and failures of users since it began. */
  counts: { candidate: { requests: number; bad: number }; stable: { requests: number; bad: number } }
  /** Of the sequential test; null where nothing serves beside the candidate. */
  evidence: Evidence | null
}

/** GET /v1/rollouts/ID/news?after=SEQ&follow=1: a stream of these until it is over. */
export interface RolloutNewsLine {
  seq: number
  at: Ms
  facts: Fact[]
  rollout: RolloutSummary
}

/** GET /v1/rollouts/ID/explain */
export interface ExplainAnswer {
  rollout: RolloutSummary
  entries: { seq: number; at: Ms; event: unknown; facts: Fact[] }[]
  /** Whether folding the journal gives the recorded state; null where another engine version wrote it. */
  replays: boolean | null
  /** The sequential test; null where there was none. */
  analysis: ExplainedAnalysis | null
}

/** The test of a rollout, recomputed from its journal. */
export interface ExplainedAnalysis {
  /** What is tested and what the threshold means, in sentences. */
  tests: string[]
  /** Ticks at which something changed, and some between them. */
  ticks: {
    seq: number
    at: Ms
    evidence: Evidence
    /** Failures of the candidate, one after another, that would have made it a rollback; 0: it was one. */
    failuresToRollback: number | null
  }[]
  /** Whether the evidence recorded with each decision is what the journal gives; null: another engine version. */
  agrees: boolean | null
}

/** GET /v1/history?app=&environment=&limit= */
export interface HistoryAnswer {
  rollouts: RolloutSummary[]
}

/** POST /v1/environments/APP/ENV/ACTION with { by, full?, release? }; `remove` is for previews. */
export type Action = 'promote' | 'pause' | 'resume' | 'abort' | 'rollback' | 'up' | 'down' | 'remove'

/** POST body of an action. */
export interface ActionRequest {
  by: string
  /** promote: all gates and analyses to come. */
  full?: boolean
  /** rollback: to this release instead of the last promoted one. */
  release?: ReleaseId
}

/** What every action answers: the rollout it began or spoke to, where there is one. */
export interface ActionAnswer {
  rollout: RolloutSummary | null
}

/** POST /v1/environments/APP/ENV/drill, answered by a stream of DrillNews. */
export interface DrillRequest {
  /** In this order. */
  faults: DrillFault[]
  by: string
  /** What the made-up requests ask for; default: what readiness is asked at. */
  path?: string
}

export type DrillNews =
  | { kind: 'drill'; environment: EnvironmentId; release: ReleaseId; copy: ReleaseId; faults: DrillFault[] }
  | { kind: 'fact'; fault: DrillFault; fact: Fact }
  | { kind: 'result'; result: DrillResult }
  | { kind: 'done'; record: DrillRecord }
  | { kind: 'error'; error: ErrorFacts }

/** GET /v1/environments/APP/ENV/logs?lines=&release=&follow=1: a stream of LogLine of targets/target.ts. */

/** POST /v1/shutdown { drainMs }: `sluice down` without an environment: ends instances, proxy and agent. */
