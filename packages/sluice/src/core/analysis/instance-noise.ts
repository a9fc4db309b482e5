import { normalQuantile } from '../../std/normal-quantile.ts'

/** One stable instance over a time before the rollout that is the same for all: requests, and bad ones. */
export interface InstanceTotals {
  n: number
  x: number
}

/**
 * How much stable's instances differ in their share of bad requests by themselves (another node, another cache): the
 * standard deviation of ln(multiplier), beyond what chance and bursts explain. 0 where they explain all of it.
 *
 * Method of moments, for instance i with x_i ~ Poisson(mu_i m_i) in bursts of `phi`, mu_i = X n_i / N, and m_i lognormal
 * of mean 1: Var x_i = phi mu_i + c^2 mu_i^2, with c^2 = exp(sd^2) - 1. With a_i = n_i / N, A2 and A3 the sums of a_i^2 and
 * a_i^3, the pooled rate estimated from the same data,
 *
 *     c^2 = (sum (x_i - mu_i)^2 - phi X (1 - A2)) / (X^2 (A2 - 2 A3 + A2^2)),  at least 0        sd = sqrt(ln(1 + c^2))
 *
 * (Cochran's and DerSimonian and Laird's way of taking chance out of a spread.) Moments of x rather than of ln x, because
 * an instance without a bad request has no logarithm. An estimate, for widening a margin: with k instances it is itself
 * uncertain by about 1/sqrt(2 (k - 1)) of its value and more often too low, so that two or three tell next to nothing.
 * And it is 0 as long as equal instances would spread as much once in a hundred times: with few failures chance alone
 * would widen the margin of every third rollout until nothing could be seen any more.
 */
export function instanceSd(instances: readonly InstanceTotals[], phi = 1): number {
  const N = instances.reduce((sum, { n }) => sum + n, 0)
  const X = instances.reduce((sum, { x }) => sum + x, 0)
  if (X === 0 || N === 0) return 0
  let [spread, A2, A3] = [0, 0, 0]
  for (const { n, x } of instances) {
    const a = n / N
    spread += (x - X * a) ** 2
    A2 += a ** 2
    A3 += a ** 3
  }
  const weight = X ** 2 * (A2 - 2 * A3 + A2 ** 2)
  const byChance = phi * X * (1 - A2)
  if (weight <= 0 || spread <= byChance * chanceFactor(instances.length - 1)) return 0
  return Math.sqrt(Math.log1p((spread - byChance) / weight))
}

/** The 99 % quantile of chi-squared over its degrees of freedom, by Wilson and Hilferty's cube (PNAS 17, 1931). */
function chanceFactor(degrees: number): number {
  const ninth = 2 / (9 * degrees)
  return (1 - ninth + normalQuantile(0.99) * Math.sqrt(ninth)) ** 3
}

/** Beyond it a margin would hide what a test is for. */
export const widestTheta0 = 2

/**
 * theta0 wide enough that instances drawn by lot seldom look like a regression: max(theta0, exp(2.5 sd sqrt(1/kC + 1/kS))),
 * for kC instances of the candidate and kS of stable. Analysis reference, section 9: false rollbacks fall from as much as
 * 27 % to at most 0.5 % [simulated, with the true sd]. Never beyond `widestTheta0`: instances that need more are too
 * unlike for a test, which is for the caller to say.
 */
export function widenedTheta0(sd: number, kC: number, kS: number, theta0 = 1.1): number {
  return Math.max(theta0, Math.min(widestTheta0, luckOf(sd, kC, kS)))
}

/** True where the luck of instances could look like more than `widestTheta0` times as many failures. */
export function areTooUnlike(sd: number, kC: number, kS: number): boolean {
  return luckOf(sd, kC, kS) > widestTheta0
}

function luckOf(sd: number, kC: number, kS: number): number {
  return sd === 0 ? 1 : Math.exp(2.5 * sd * Math.sqrt(1 / kC + 1 / kS))
}
