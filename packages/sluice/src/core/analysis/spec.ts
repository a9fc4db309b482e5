import type { Ms } from '../release.ts'

/** How a candidate is judged beside stable. Plain data, journaled with the rollout. */
export interface AnalysisSpec {
  /** Bounds the chance that a candidate within the margins is ever rolled back by the sequential test. */
  alpha: number
  /** Spent on the one look at the deadline; 0: there is none. Together with `alpha` the bound of the whole analysis. */
  alphaLook: number
  /** Bounds the chance that a candidate beyond the wider margins is ever found as good as stable. */
  alphaPromote: number
  /** Evidence is weighed this often. */
  tickMs: Ms
  /** A candidate is not found good sooner than this after it first had traffic. */
  minBakeMs: Ms
  /** From the candidate's first traffic; then `onInconclusive` decides. */
  deadlineMs: Ms
  /**
   * Ticks in a row that have to agree before the candidate is rolled back. Four of five seconds bridge an outage that
   * reaches the candidate ten seconds before stable; three do so only where it begins with a tick.
   */
  confirmTicks: number
  /** A metric has no say before the candidate had so many bad requests by it. */
  minBadEvents: number
  onInconclusive: OnInconclusive
  metrics: MetricSpec[]
}

/** What happens when the time is over and the evidence speaks neither way. */
export type OnInconclusive = (typeof inconclusivePolicies)[number]
export const inconclusivePolicies = ['hold', 'promote', 'rollback'] as const

/** One share of bad requests that is compared between the arms. */
export interface MetricSpec {
  /** `errors`, `clientErrors`, `p99`, or the user's own. */
  id: string
  kind: MetricKind
  /** Its part in the average, relative to the other metrics' parts. */
  weight: number
  /** Worse than this is a regression. */
  rollback: Margin
  /** The candidate is good once it is shown to be better than this. */
  promote: Margin
}

export type MetricKind =
  /** 5xx, timeouts, resets. */
  | { is: 'errors' }
  /** 4xx. */
  | { is: 'clientErrors' }
  /** Answers slower than about stable's quantile `tau`. */
  | { is: 'latency'; tau: number }
  /** The user's own: bad and total of another source. */
  | { is: 'ratio' }

/** The candidate may have `theta0` times stable's share of bad requests and `delta` more. */
export interface Margin {
  theta0: number
  delta: number
  /** Latency only: buckets of 2.2 % by which the candidate may be slower. */
  buckets: number
}

export type ProfileName = keyof typeof profiles

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** The numbers of the analysis reference, section 10 (`default`), and two ways to trade certainty for time. */
export const profiles = {
  fast: {
    alpha: 0.0375,
    alphaLook: 0.0125,
    alphaPromote: 0.1,
    tickMs: second,
    minBakeMs: minute,
    deadlineMs: 10 * minute,
    confirmTicks: 3,
    minBadEvents: 5,
  },
  default: {
    alpha: 0.0075,
    alphaLook: 0.0025,
    alphaPromote: 0.05,
    tickMs: 5 * second,
    minBakeMs: 10 * minute,
    deadlineMs: hour,
    confirmTicks: 4,
    minBadEvents: 5,
  },
  careful: {
    alpha: 0.00075,
    alphaLook: 0.00025,
    alphaPromote: 0.01,
    tickMs: 5 * second,
    minBakeMs: 30 * minute,
    deadlineMs: 4 * hour,
    confirmTicks: 4,
    minBadEvents: 5,
  },
} satisfies Record<string, Omit<AnalysisSpec, 'onInconclusive' | 'metrics'>>

/** The metrics that every router counts, with weights and margins of the analysis reference, sections 4 to 6. */
export const standardMetrics = {
  errors: {
    id: 'errors',
    kind: { is: 'errors' },
    weight: 0.4,
    rollback: { theta0: 1.1, delta: 1e-4, buckets: 0 },
    promote: { theta0: 1.5, delta: 5e-4, buckets: 0 },
  },
  clientErrors: {
    id: 'clientErrors',
    kind: { is: 'clientErrors' },
    weight: 0.1,
    rollback: { theta0: 1.5, delta: 5e-4, buckets: 0 },
    promote: { theta0: 2, delta: 1e-3, buckets: 0 },
  },
  p99: latency('p99', 0.99, 0.25),
  p95: latency('p95', 0.95, 0.15),
  p50: latency('p50', 0.5, 0.1),
} satisfies Record<string, MetricSpec>

function latency(id: string, tau: number, weight: number): MetricSpec {
  return {
    id,
    kind: { is: 'latency', tau },
    weight,
    rollback: { theta0: 1, delta: 0, buckets: 4 },
    promote: { theta0: 1, delta: 0, buckets: 8 },
  }
}

/** As many restarts as one a minute needs until the deadline, and at least those of the reference. */
export function restartsOf({ deadlineMs }: AnalysisSpec): number {
  return Math.max(60, Math.ceil(deadlineMs / minute))
}

/** What is done where nobody has said otherwise. */
export const defaultAnalysis: AnalysisSpec = {
  ...profiles.default,
  onInconclusive: 'hold',
  metrics: Object.values(standardMetrics),
}
