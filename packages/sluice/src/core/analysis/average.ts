import { logSumExp } from '../../std/log-space.ts'

/** One metric's bet, and its part of the stake; the weights of all metrics sum to at most 1. */
export interface WeightedBet {
  weight: number
  logE: number
}

/** What a bet must reach to be wrong with probability alpha at most, in nats: ln(1/alpha), by Ville's inequality [proved]. */
export function logThreshold(alpha: number): number {
  return -Math.log(alpha)
}

/**
 * The weighted average of e-processes, in nats: ln of the sum of w E. Analysis reference, section 6.
 * It is an e-process under any dependence between the metrics, as a mean of values of which none has an expectation
 * above 1 [proved]; it fires whenever some metric passes its Bonferroni share, and sometimes before. Leave a metric out
 * (too few bad requests) to count its bet as lost: that only delays. -Infinity of no metrics, which JSON cannot write.
 */
export function weightedLogE(bets: readonly WeightedBet[]): number {
  return logSumExp(bets.map(({ weight, logE }) => Math.log(weight) + logE))
}

/** Whether a metric passes its Bonferroni share alone, w E >= 1/alpha. The average then has passed too, so: for the reason given. */
export function bonferroniAny(bets: readonly WeightedBet[], alpha: number): boolean {
  return bets.some(({ weight, logE }) => Math.log(weight) + logE >= logThreshold(alpha))
}

/**
 * The weakest of the bets towards promotion, in nats; -Infinity of none. A candidate is good when every metric says so,
 * an intersection-union test: no correction for their number is needed [proved]. Analysis reference, section 6.
 */
export function weakestLogE(logEs: readonly number[]): number {
  return logEs.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...logEs)
}
