import { normalQuantile } from '../../std/normal-quantile.ts'
import type { Margin, TickCounts } from './e-process.ts'

/** Sums over all ticks of one metric, for a single look at the deadline. */
export interface DeadlineLook {
  /** Bad requests of the candidate beyond the margin, as far as the stable arm of the same tick tells. */
  S: number
  /** Estimated variance of S if failures were independent. */
  V: number
  xC: number
}

/** So few bad requests of the candidate are not enough for a normal approximation. */
const fewest = 10

export function newDeadlineLook(): DeadlineLook {
  return { S: 0, V: 0, xC: 0 }
}

/**
 * Adds a tick. Analysis reference, section 6.2: with p = theta0 nC / (theta0 nC + nS) of the tick
 *
 *     S += (1 - p) xC - p xS - delta nC (1 - p)        V += (1 - p)^2 xC + p^2 xS
 *
 * At pC = theta0 pS + delta the expected S is exactly 0 in every tick, whatever its share.
 */
export function lookAt(
  look: DeadlineLook,
  { nC, nS, xC, xS }: TickCounts,
  { theta0, delta }: Pick<Margin, 'theta0' | 'delta'>,
): DeadlineLook {
  if (nC === 0 || nS === 0) return look
  const p = (theta0 * nC) / (theta0 * nC + nS)
  return {
    S: look.S + (1 - p) * xC - p * xS - delta * nC * (1 - p),
    V: look.V + (1 - p) ** 2 * xC + p ** 2 * xS,
    xC: look.xC + xC,
  }
}

/**
 * z = S / sqrt(phi V), in standard deviations; 0 without a bad request. Asymptotically normal, not exact.
 * Failures in bursts have `phi` times the variance, which the reference's formula (phi = 1) leaves out.
 */
export function score({ S, V }: DeadlineLook, phi = 1): number {
  return V === 0 ? 0 : S / Math.sqrt(phi * V)
}

/**
 * Whether a metric is worse than its margin at the deadline, for its share of alpha (alpha of the look times the weight
 * of the metric, so that the shares of all sum to it). To be asked once, at a time fixed beforehand: asymptotic, and
 * void when looked at repeatedly.
 */
export function isBeyond(look: DeadlineLook, alphaShare: number, phi = 1): boolean {
  return look.xC >= fewest && score(look, phi) >= -normalQuantile(alphaShare)
}
