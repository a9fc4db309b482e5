import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { logBeta } from '../../std/log-gamma.ts'
import { bonferroniAny, logThreshold, weakestLogE, weightedLogE } from './average.ts'
import { addHalves, type HalvesTick, newBursts, phiOf } from './burst.ts'
import { lookAt, newDeadlineLook, score } from './deadline-look.ts'
import { betOn, gridU, logE, newBet, openEpoch, type TickCounts } from './e-process.ts'
import { exceedances, historyAfter } from './latency.ts'
import type { LatencyHistogram } from './latency-histogram.ts'
import { logQuantileEvidence } from './quantile-interval.ts'
import { logEAgainst, newRatioInterval, observe, ratioInterval } from './ratio-interval.ts'

// Expected values made with 60 digits, by direct products, integrals and root finding, without any code of ours:
// analysis reference, section 15. A vector of a known kind needs no change here.
const golden: Golden = JSON.parse(readFileSync(new URL('golden.fixture.json', import.meta.url), 'utf8'))

interface Golden {
  tolerance: number
  gridU: number[]
  vectors: { id: string; kind: string; description: string; input: never; expected: object }[]
}

type Ticks = [nC: number, nS: number, xC: number, xS: number][]

const kinds: Record<string, (input: never) => object> = {
  betaMixture,
  ratioEProcess,
  latency,
  ratioCS,
  quantileCS,
  decision,
  deadlineScore,
  phiHat,
}

it.each(golden.vectors)('$id $kind: $description', ({ kind, input, expected }) => {
  expectNear(kinds[kind]!(input), expected)
})

it('has the grid of effect sizes', () => {
  expectNear(gridU, golden.gridU)
})

function ratioEProcess(input: Parameters<typeof newBet>[0] & EProcessTicks): object {
  let bet = newBet(input)
  for (let time = 0; time < (input.repeat ?? 1); time++) {
    for (const [index, tick] of input.ticks.entries()) {
      if (input.epochBeforeTick?.includes(index)) bet = openEpoch(bet)
      bet = betOn(bet, countsOf(tick))
    }
  }
  return { logE: logE(bet) }
}

interface EProcessTicks {
  ticks: Ticks
  epochBeforeTick?: number[]
  repeat?: number
}

type Buckets = Record<string, number>

function latency(
  input: Parameters<typeof newBet>[0] & {
    tau: number
    marginBuckets: number
    tickSeconds: number
    halfLifeSeconds: number
    history: Buckets
    ticks: { canary: Buckets; stable: Buckets }[]
  },
): object {
  let history = histogramOf(input.history)
  let bet = newBet(input)
  const counts = input.ticks.map((buckets) => {
    const tick = { canary: histogramOf(buckets.canary), stable: histogramOf(buckets.stable) }
    const { nC, nS, xC, xS } = exceedances(input, history, tick)
    bet = betOn(bet, { nC, nS, xC, xS })
    // At any tick the agent may be ended and find its state again in a file.
    bet = JSON.parse(JSON.stringify(bet))
    history = JSON.parse(
      JSON.stringify(historyAfter(history, tick, input.tickSeconds, input.halfLifeSeconds)),
    )
    return [nC, nS, xC, xS]
  })
  return { counts, logE: logE(bet) }
}

function ratioCS(input: { ticks: Ticks; alpha: number; evalStep: number }): object {
  const evidence = input.ticks.map(countsOf).reduce(observe, newRatioInterval())
  const { low, estimate, high } = ratioInterval(evidence, input.alpha)
  // An implementation on a grid reports the next point outside.
  const steps = (theta: number) => Math.log(theta) / input.evalStep
  return {
    mleTheta: estimate,
    lower: low,
    upper: high,
    logMixture: logEAgainst(evidence, 1),
    gridLower: Math.exp(Math.floor(steps(low)) * input.evalStep),
    gridUpper: Math.exp(Math.ceil(steps(high)) * input.evalStep),
  }
}

function quantileCS({ tau, n, k, alpha }: { tau: number; n: number; k: number[]; alpha: number }): object {
  const logM = k.map((atOrBelow) => logQuantileEvidence(tau, n, atOrBelow))
  return { logM, inside: logM.map((log) => log < logThreshold(alpha)) }
}

function decision(input: {
  logE: number[]
  weights: number[]
  alpha: number
  promoteLogE: number[]
  alphaPromote: number
}): object {
  const bets = input.logE.map((log, index) => ({ logE: log, weight: input.weights[index]! }))
  const [logAverage, threshold] = [weightedLogE(bets), logThreshold(input.alpha)]
  const minPromote = weakestLogE(input.promoteLogE)
  return {
    logAverage,
    threshold,
    rollback: logAverage >= threshold,
    bonferroniAny: bonferroniAny(bets, input.alpha),
    minPromote,
    promote: minPromote >= logThreshold(input.alphaPromote),
  }
}

function deadlineScore(input: { theta0: number; delta: number; ticks: Ticks }): object {
  const look = input.ticks.reduce((sum, tick) => lookAt(sum, countsOf(tick), input), newDeadlineLook())
  return { z: score(look) }
}

function phiHat({ ticks, prior }: { ticks: HalvesTick[]; prior: number }): object {
  return { phi: phiOf(ticks.reduce(addHalves, newBursts()), prior) }
}

// The closed form of a Beta mixture at a constant share: not what Sluice bets, and a check of its likelihoods and Beta function.
function betaMixture(input: {
  xC: number
  xS: number
  p0: number
  priorA: number
  priorB: number
  oneSided: boolean
}): object {
  const { xC, xS, p0, priorA, priorB } = input
  const [a, b] = [priorA + xC, priorB + xS]
  const twoSided = logBeta(a, b) - logBeta(priorA, priorB) - xC * Math.log(p0) - xS * Math.log1p(-p0)
  const cut = Math.log(betaBelow(1 - p0, b, a)) - Math.log(betaBelow(1 - p0, priorB, priorA))
  return { logE: twoSided + (input.oneSided ? cut : 0) }
}

// The regularised incomplete Beta function of whole numbers, as a binomial tail.
function betaBelow(x: number, a: number, b: number): number {
  let sum = 0
  const n = a + b - 1
  for (let j = a; j <= n; j++) {
    const choose = Math.exp(-logBeta(j + 1, n - j + 1)) / (n + 1)
    sum += choose * x ** j * (1 - x) ** (n - j)
  }
  return sum
}

function countsOf([nC, nS, xC, xS]: Ticks[number]): TickCounts {
  return { nC, nS, xC, xS }
}

function histogramOf(buckets: Buckets): LatencyHistogram {
  return Object.entries(buckets).map(([index, count]) => [Number(index), count])
}

function expectNear(found: unknown, expected: unknown): void {
  if (typeof expected === 'number') {
    const difference = Math.abs((found as number) - expected)
    expect(difference, `${found} for ${expected}`).toBeLessThanOrEqual(
      golden.tolerance * Math.max(1, Math.abs(expected)),
    )
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(found as object)).toEqual(Object.keys(expected))
    for (const [key, value] of Object.entries(expected))
      expectNear((found as Record<string, unknown>)[key], value)
  } else {
    expect(found).toBe(expected)
  }
}
