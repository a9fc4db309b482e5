import { logSumExp } from '../../std/log-space.ts'
import type { TickCounts } from './e-process.ts'

/** Bad requests of ticks whose candidate share w was between `low` and `high`; `mean` is w averaged over those requests. */
export type ShareGroup = [low: number, mean: number, high: number, bad: number]

/**
 * All that the ticks so far say about the ratio pC / pS: how many of the bad requests were the candidate's, and at which
 * shares of traffic they fell. Plain data; a few hundred bytes, and at most 32 groups.
 */
export interface RatioEvidence {
  xC: number
  xS: number
  /** Ascending and apart. */
  groups: ShareGroup[]
}

/** Where the ratio pC / pS is; `estimate` is null without a bad request. A side without a bound is 0 or Infinity. */
export interface RatioInterval {
  low: number
  estimate: number | null
  high: number
}

const mostGroups = 32

/** ln theta of the alternatives: -6.9 .. 6.9 in steps of 0.1, that is ratios from 1/1000 to 1000. */
const prior = Array.from({ length: 139 }, (_, i) => (i - 69) / 10)
const farthest = 6.9
/** Their weights, in proportion to 1/(|ln theta| + 0.5), which favours ratios near 1. */
const logPrior = normalised(prior.map((g) => -Math.log(Math.abs(g) + 0.5)))

export function newRatioInterval(): RatioEvidence {
  return { xC: 0, xS: 0, groups: [] }
}

/**
 * Adds a tick. Without bad requests, or without requests in one arm, it says nothing about the ratio.
 *
 * The log-likelihood of g = ln theta is a sum over ticks (analysis reference, section 6.1),
 *
 *     H(g) = sum xC g - (xC + xS) ln(1 + w (e^g - 1))        w = nC / (nC + nS)
 *
 * of which only the candidate's bad requests and the number of bad requests at each w are needed: exact as long as there
 * are no more than 32 different shares. Beyond that the two neighbours are united whose union loses least.
 */
export function observe(evidence: RatioEvidence, { nC, nS, xC, xS }: TickCounts): RatioEvidence {
  if (nC === 0 || nS === 0 || xC + xS === 0) return evidence
  const share = nC / (nC + nS)
  const groups = withGroup(evidence.groups, [share, share, share, xC + xS])
  return { xC: evidence.xC + xC, xS: evidence.xS + xS, groups }
}

/**
 * The confidence sequence for the ratio: all theta that the mixture of alternatives has not refuted, from exact roots.
 * Analysis reference, section 6.1. At all times together it holds a constant ratio with probability 1 - alpha at least,
 * at any rates and any shares [proved: for the true theta every alternative is a bet as in `Bet` with delta 0].
 * Of a ratio that changes it shows where an average of it is. Failures in bursts need the same `phi` as the bets: each
 * likelihood is raised to 1/phi, and the interval is valid as they are.
 *
 * Where groups were united, w is known only within bounds, and the interval is a little wider, never narrower [proved].
 * ln(1 + w (e^g - 1)) is concave in w, so by Jensen's inequality H is at least what it would be with all requests of a group
 * at their mean share (`gathered`), and at most what it would be with them at its two ends and the same mean (`spread`).
 * The mixture is taken of the lower and compared with the higher.
 */
export function ratioInterval(evidence: RatioEvidence, alpha: number, phi = 1): RatioInterval {
  const { xC, xS } = evidence
  if (xC + xS === 0) return { low: 0, estimate: null, high: Number.POSITIVE_INFINITY }
  const estimate = likeliest(evidence)
  const mixture = logMixture(evidence, phi)
  const doubt = (g: number) => mixture - spread(evidence, g) / phi + Math.log(alpha)
  // `gathered` is highest here, and so no lower than its mixture: this point is always inside.
  const inside = Math.min(Math.max(estimate, -farthest), farthest)
  return {
    low: doubt(-farthest) < 0 ? 0 : Math.exp(crossing(doubt, inside, -farthest)),
    estimate: Math.exp(estimate),
    high: doubt(farthest) < 0 ? Number.POSITIVE_INFINITY : Math.exp(crossing(doubt, inside, farthest)),
  }
}

/**
 * The evidence in nats that the ratio is not `theta`, > 0: an e-process against it, in both directions, and at every theta.
 * The interval at alpha holds those of less than ln(1/alpha).
 */
export function logEAgainst(evidence: RatioEvidence, theta: number, phi = 1): number {
  return logMixture(evidence, phi) - spread(evidence, Math.log(theta)) / phi
}

function logMixture(evidence: RatioEvidence, phi: number): number {
  return logSumExp(prior.map((g, i) => logPrior[i]! + gathered(evidence, g) / phi))
}

function gathered({ xC, groups }: RatioEvidence, g: number): number {
  const rise = Math.expm1(g)
  return groups.reduce((H, [, mean, , bad]) => H - bad * Math.log1p(mean * rise), xC * g)
}

function spread({ xC, groups }: RatioEvidence, g: number): number {
  const rise = Math.expm1(g)
  return groups.reduce((H, [low, mean, high, bad]) => {
    const atHigh = high > low ? (mean - low) / (high - low) : 0
    return H - bad * ((1 - atHigh) * Math.log1p(low * rise) + atHigh * Math.log1p(high * rise))
  }, xC * g)
}

// The ln theta at which `gathered` is highest: where as many bad requests are expected of the candidate as there were.
function likeliest({ xC, xS, groups }: RatioEvidence): number {
  if (xC === 0) return Number.NEGATIVE_INFINITY
  if (xS === 0) return Number.POSITIVE_INFINITY
  const beyond = (g: number) =>
    groups.reduce((sum, [, w, , bad]) => sum + (bad * w) / (w + (1 - w) * Math.exp(-g)), -xC)
  return crossing(beyond, -100, 100)
}

/** Where a function changes from negative, at `from`, to positive, at `to`, as near as doubles can tell. */
function crossing(f: (x: number) => number, from: number, to: number): number {
  for (let halvings = 0; halvings < 64; halvings++) {
    const middle = (from + to) / 2
    if (f(middle) < 0) from = middle
    else to = middle
  }
  return (from + to) / 2
}

function withGroup(groups: readonly ShareGroup[], added: ShareGroup): ShareGroup[] {
  const [share] = added
  const home = groups.findIndex(([low, , high]) => low <= share && share <= high)
  if (home !== -1) return groups.with(home, union(groups[home]!, added))
  const after = groups.findIndex(([low]) => low > share)
  const grown = groups.toSpliced(after === -1 ? groups.length : after, 0, added)
  return grown.length > mostGroups ? withoutCheapest(grown) : grown
}

function withoutCheapest(groups: ShareGroup[]): ShareGroup[] {
  let [cheapest, least] = [0, Number.POSITIVE_INFINITY]
  for (let i = 0; i + 1 < groups.length; i++) {
    const price = priceOfUnion(groups[i]!, groups[i + 1]!)
    if (price < least) [cheapest, least] = [i, price]
  }
  return groups.toSpliced(cheapest, 2, union(groups[cheapest]!, groups[cheapest + 1]!))
}

// `spread` exceeds `gathered` by at most bad (width in log-odds)^2 / 8 for each group, whatever theta is (Hoeffding's
// lemma), so this is, but for the 8, the most that a union can cost in nats.
function priceOfUnion([low, , , bad]: ShareGroup, [, , high, more]: ShareGroup): number {
  return (bad + more) * Math.log((high * (1 - low)) / (low * (1 - high))) ** 2
}

function union([lowA, meanA, highA, badA]: ShareGroup, [lowB, meanB, highB, badB]: ShareGroup): ShareGroup {
  const [low, high, bad] = [Math.min(lowA, lowB), Math.max(highA, highB), badA + badB]
  const mean = meanA + ((meanB - meanA) * badB) / bad
  return [low, Math.min(Math.max(mean, low), high), high, bad]
}

function normalised(logs: number[]): number[] {
  const total = logSumExp(logs)
  return logs.map((log) => log - total)
}
