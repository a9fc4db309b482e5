import type { ReleaseId } from './release.ts'

/** `users` are evidence; `synthetic` requests (preview, forced release, drill) never are. */
export type Cohort = 'users' | 'synthetic'

/**
 * Cumulative counts since the counter's boot, for one release in one weight epoch.
 * A request is booked at its completion, under the release it was first given to and the weight epoch in force at its start.
 */
export interface ArmCounts {
  /** Completed requests, without those that the client aborted. */
  requests: number
  /** 5xx, timeouts, resets, refused: the failures that count against the release. */
  bad: number
  /** 4xx answers; a metric of its own. */
  clientErrors: number
  /** Given up by the client; in neither `requests` nor `bad`. */
  aborted: number
  /** The part that odd instances had: halves of one release must not differ. */
  odd: { requests: number; bad: number; clientErrors: number }
  /**
   * Time from head parsed to first byte of answers that are not errors: sparse base-2 exponential histogram of scale 5,
   * as [index, count] pairs with index = ceil(32 * log2(ms)) - 1. Leaves out cold instances.
   */
  latency: readonly (readonly [index: number, count: number])[]
}

/** Before anything was counted. */
export const noCounts: ArmCounts = {
  requests: 0,
  bad: 0,
  clientErrors: 0,
  aborted: 0,
  odd: { requests: 0, bad: 0, clientErrors: 0 },
  latency: [],
}

/**
 * Cumulative counts of one counter of another metric source: a series of Prometheus, for example. `counter` names it
 * within its metric and release; one that begins anew has another name, or is no lower than before.
 */
export interface RatioCounts {
  metric: string
  counter: string
  release: ReleaseId
  bad: number
  total: number
}

/** One counter's view: key of `arms` is `release@weightEpoch`. A boot id never comes twice, so a repeat is harmless. */
export interface BootCounts {
  boot: string
  /** Epoch 0 holds what was counted in epochs that are not told apart any more. */
  arms: Record<`${ReleaseId}@${number}`, ArmCounts>
}
