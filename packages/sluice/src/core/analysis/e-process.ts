import { logAddExp, logSumExp } from '../../std/log-space.ts'

/**
 * Whole numbers of requests that completed in one tick, of the candidate (C) and of stable (S), and the bad ones among
 * them: 0 <= xC <= nC, 0 <= xS <= nS. A tick is of any length and holds one cohort: requests that began under one
 * traffic weight. Ticks of different share must not be summed before they are bet on.
 */
export interface TickCounts {
  nC: number
  nS: number
  xC: number
  xS: number
}

/** A tick in which nothing completed. */
export const noTickCounts: TickCounts = { nC: 0, xC: 0, nS: 0, xS: 0 }

/**
 * The sum of ticks, for what reports or guards; a bet is made on each tick by itself. Keys keep the order of `a`: a state
 * that is folded again is compared with the recorded one as text.
 */
export function addTickCounts(a: TickCounts, b: TickCounts): TickCounts {
  return { ...a, nC: a.nC + b.nC, xC: a.xC + b.xC, nS: a.nS + b.nS, xS: a.xS + b.xS }
}

/**
 * The statement that is bet against, about the probabilities pC and pS that a request is bad:
 * `sign` 1, towards rollback: pC <= theta0 * pS + delta in every tick, "the candidate is not worse than the margin";
 * `sign` -1, towards promotion: pC >= theta0 * pS + delta in every tick, "it is worse than the (wider) margin".
 */
export interface Margin {
  /** The ratio of bad shares that is still tolerated, > 0. */
  theta0: number
  /** Bad requests per request that are tolerated on top, >= 0. */
  delta: number
  sign: 1 | -1
}

/**
 * An e-process: a fair bet against the statement of its margin, as plain data that survives JSON at any point.
 *
 * Analysis reference, sections 1 to 3. It begins with a stake of 1. While the statement holds, the expected value of
 * stake won and stake not yet opened never grows, so that it may be looked at after every tick: by Ville's inequality
 * P(logE ever reaches ln(1/alpha)) <= alpha [proved].
 *
 * Proved for requests that fail independently, each with a probability of its own, at any error rate, with rates that
 * drift, and under any split of the traffic that was chosen from the past. It is no proof for retries, bursts beyond
 * `phi`, or arms that differ in more than their version (section 9).
 */
export interface Bet extends Margin {
  /** Divisor for failures that come in bursts, >= 1: the largest burst, known before the first tick (section 1.2). */
  phi: number
  /** The part of the stake that is bet from the start, 0..1; the rest is held back for restarts. */
  omega0: number
  /** How often a held-back part may be opened. */
  nEpochs: number
  epochsOpened: number
  /** Natural logarithm of what each alternative of `gridU` has won. Finite: JSON has no -Infinity. */
  logM: number[]
}

/**
 * The effect sizes that are bet on, each with the same stake: u = |ln(theta1 / theta0)| = ln(1.1) * 2^(k/2), k = 0..13,
 * from a ratio 1.1 times the margin to 5,600 times. Analysis reference, section 2; a discrete mixture stays exact when
 * the traffic share changes, which a Beta prior does not.
 */
export const gridU: readonly number[] = Array.from({ length: 14 }, (_, k) => Math.log(1.1) * 2 ** (k / 2))

/** theta1 / theta0 - 1 of each alternative, in either direction. */
const risesUp = gridU.map((u) => Math.expm1(u))
const risesDown = gridU.map((u) => Math.expm1(-u))

/** The logarithm of nothing, as far as JSON can write it. Its exponential is 0, like that of -Infinity. */
const logNothing = -Number.MAX_VALUE

/** A bet before its first tick. Without `omega0` the whole stake is bet at once, and there are no restarts. */
export function newBet({
  theta0,
  delta,
  sign,
  phi = 1,
  omega0 = 1,
  nEpochs = 60,
}: Margin & Partial<Pick<Bet, 'phi' | 'omega0' | 'nEpochs'>>): Bet {
  const logM = gridU.map(() => finite(Math.log(omega0)))
  return { theta0, delta, sign, phi, omega0, nEpochs, epochsOpened: 0, logM }
}

/**
 * Opens one of `nEpochs` equal parts of the stake held back, so that a regression that begins late is not set against
 * what was lost before it. Call it before the tick that it is meant for, at times chosen from the past; analysis
 * reference, section 3 (the idea of the e-detectors of Shin, Ramdas and Rinaldo, arXiv 2203.03532, with a bounded stake).
 * Changes nothing when all parts are open or none was held back. Valid [proved]: no more is ever staked than 1.
 */
export function openEpoch(bet: Bet): Bet {
  const { omega0, nEpochs, epochsOpened, logM } = bet
  if (epochsOpened >= nEpochs || omega0 >= 1) return bet
  const part = Math.log((1 - omega0) / nEpochs)
  return { ...bet, epochsOpened: epochsOpened + 1, logM: logM.map((log) => logAddExp(log, part)) }
}

/** Bets on one tick: multiplies each alternative by its factor. A tick without requests on both sides changes nothing. */
export function betOn(bet: Bet, counts: TickCounts): Bet {
  if (counts.nC === 0 || counts.nS === 0) return bet
  const factors = logFactors(bet, counts)
  return { ...bet, logM: bet.logM.map((log, k) => finite(log + factors[k]!)) }
}

/** What the bet is worth: the logarithm of the mean over the alternatives, in nats. Reject at ln(1/alpha). */
export function logE({ logM }: Bet): number {
  return logSumExp(logM) - Math.log(logM.length)
}

/**
 * ln f of one tick for each alternative of `gridU`, in nats; analysis reference, section 1, formula (1):
 *
 *     theta1 = theta0 * exp(sign * u)
 *     b = (theta0 nC + nS) / (theta1 nC + nS)      a = (theta1 / theta0) b
 *     ln f = (xC ln a + xS ln b - delta nC (a - 1)) / phi
 *
 * E[f] <= 1 under the margin's statement, given nC, nS and the past [proved there]. With delta 0 and phi 1 it is the
 * likelihood ratio of xC given xC + xS, as in Lindon and Malek, arXiv 2011.03567. Computed as in section 11, so that it
 * is accurate when nC is a tiny part. Needs nC + nS > 0.
 */
export function logFactors(
  { theta0, delta, sign, phi }: Margin & { phi: number },
  { nC, nS, xC, xS }: TickCounts,
): number[] {
  const odds = (theta0 * nC) / (theta0 * nC + nS)
  const rises = sign === 1 ? risesUp : risesDown
  const factors = new Array<number>(gridU.length)
  for (let k = 0; k < factors.length; k++) {
    const rise = rises[k]!
    const logB = -Math.log1p(odds * rise)
    const logA = logB + sign * gridU[k]!
    const moreThanOne = (rise * (1 - odds)) / (1 + odds * rise)
    factors[k] = (xC * logA + xS * logB - delta * nC * moreThanOne) / phi
  }
  return factors
}

function finite(log: number): number {
  return log < logNothing ? logNothing : log
}
