import { logBeta } from '../../std/log-gamma.ts'
import { type LatencyHistogram, totalOf, upperEdgeMs } from './latency-histogram.ts'

/** The quantile is above `lowMs` and at most `highMs`; 0 and Infinity where there is no bound. */
export interface QuantileInterval {
  lowMs: number
  highMs: number
}

/** Weight of the prior in requests; Howard and Ramdas' r. */
const kappa = 100

/**
 * The evidence in nats that an edge is not the tau-quantile, when c of n requests were at or below it: a mixture of
 * binomial likelihood ratios against tau, with a Beta(kappa tau, kappa (1 - tau)) prior. Analysis reference, section 5:
 *
 *     ln M = betaln(kappa tau + c, kappa (1 - tau) + n - c) - betaln(kappa tau, kappa (1 - tau)) - c ln tau - (n - c) ln(1 - tau)
 *
 * After Howard and Ramdas, Sequential estimation of quantiles, arXiv 1906.09712. Valid at all times together, for
 * requests of one arm that are alike and independent: for display only, as rates drift and arms must be compared in pairs.
 */
export function logQuantileEvidence(tau: number, n: number, atOrBelow: number): number {
  const above = n - atOrBelow
  const prior = [kappa * tau, kappa * (1 - tau)] as const
  const gain = logBeta(prior[0] + atOrBelow, prior[1] + above) - logBeta(...prior)
  return gain - atOrBelow * Math.log(tau) - above * Math.log1p(-tau)
}

/**
 * Where an arm's tau-quantile is, at confidence 1 - alpha at all times together; display only, as above. Bounds are edges
 * of buckets: the last edge that has clearly too few requests at or below it, and the first that has clearly too many.
 */
export function quantileInterval(histogram: LatencyHistogram, tau: number, alpha: number): QuantileInterval {
  const n = totalOf(histogram)
  const isOutside = (atOrBelow: number) => logQuantileEvidence(tau, n, atOrBelow) >= -Math.log(alpha)
  let [lowMs, atOrBelow] = [0, 0]
  for (const [index, count] of histogram) {
    if (atOrBelow < tau * n && isOutside(atOrBelow)) lowMs = upperEdgeMs(index - 1)
    atOrBelow += count
    if (atOrBelow > tau * n && isOutside(atOrBelow)) return { lowMs, highMs: upperEdgeMs(index) }
  }
  return { lowMs, highMs: Number.POSITIVE_INFINITY }
}
