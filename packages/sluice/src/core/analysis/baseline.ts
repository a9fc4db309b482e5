import type { LatencyHistogram } from './latency-histogram.ts'

/** What is known of stable before a rollout begins. Frozen then, so that the test may rely on it (it is predictable). */
export interface Baseline {
  /** Burst divisors, at least 1. */
  phi: { errors: number; clientErrors: number }
  /** Half an hour of at least two instances; with less, `phi` is a guess and verdicts say `lowTrust`. */
  isKnown: boolean
  /** Standard deviation of the error multiplier among stable's instances beyond chance, on the log scale. */
  instanceSd: number
  /** Time to first byte of its recent answers, decayed; sparse, as in `ArmCounts`. */
  latency: LatencyHistogram
  /** Its failures before, so that an incident can be told from what is usual. */
  recent: { at: number; n: number; x: number }[]
}

/** Nothing is known: bursts are not allowed for. */
export const unknownBaseline: Baseline = {
  phi: { errors: 1, clientErrors: 1 },
  isKnown: false,
  instanceSd: 0,
  latency: [],
  recent: [],
}
