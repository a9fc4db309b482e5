import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logSumExp } from '../../std/log-space.ts'
import {
  type Bet,
  betOn,
  gridU,
  logE,
  logFactors,
  type Margin,
  newBet,
  openEpoch,
  type TickCounts,
} from './e-process.ts'

const errors: Margin = { theta0: 1.1, delta: 1e-4, sign: 1 }
const promotion: Margin = { theta0: 1.5, delta: 5e-4, sign: -1 }

function counts(nC: number, nS: number, xC: number, xS: number): TickCounts {
  return { nC, nS, xC, xS }
}

const tick = fc
  .tuple(fc.nat(2_000), fc.nat(20_000), fc.nat(1_000), fc.nat(1_000))
  .map(([nC, nS, xC, xS]) => counts(nC, nS, Math.min(nC, xC), Math.min(nS, xS)))
const margin = fc.record<Margin>({
  theta0: fc.constantFrom(0.8, 1, 1.1, 1.5),
  delta: fc.constantFrom(0, 1e-4, 5e-3),
  sign: fc.constantFrom(1, -1),
})

describe('a bet', () => {
  it('can never be expected to win while its statement is true', () => {
    let [cases, most] = [0, 0]
    for (const { margin, phi, pC, pS } of truths()) {
      for (const [nC, nS] of [
        [1, 1],
        [1, 5],
        [5, 1],
        [4, 4],
      ] as const) {
        cases++
        most = Math.max(most, ...expectedFactors({ ...margin, phi }, { nC, nS, pC, pS }))
      }
    }
    expect(cases).toBeGreaterThan(10_000)
    expect(most).toBeLessThanOrEqual(1 + 1e-12)
    // Where the statement just holds there is nothing to spare, so a bet any bolder would have been noticed.
    expect(most).toBeGreaterThan(1 - 1e-12)
  })

  it('wins when its statement is false', () => {
    expect(
      Math.max(...expectedFactors({ ...errors, phi: 1 }, { nC: 6, nS: 6, pC: 0.5, pS: 0.1 })),
    ).toBeGreaterThan(1.5)
    expect(
      Math.max(...expectedFactors({ ...promotion, phi: 1 }, { nC: 6, nS: 6, pC: 0.1, pS: 0.5 })),
    ).toBeGreaterThan(1.5)
  })

  it('takes a tick without requests on one side, or without any, for no evidence', () => {
    const bet = betOn(newBet(errors), counts(100, 900, 3, 1))
    for (const empty of [counts(0, 1_000, 0, 9), counts(500, 0, 400, 0), counts(0, 0, 0, 0)]) {
      expect(betOn(bet, empty)).toEqual(bet)
    }
  })

  it('needs several errors against a stable release that has none', () => {
    const after = (bad: number) => logE(betOn(newBet(errors), counts(1_000, 9_000, bad, 0)))
    expect([after(0), after(1), after(2)].every((value) => value < Math.log(100))).toBe(true)
    expect(after(5)).toBeGreaterThan(Math.log(100))
  })

  it('is the mean of plain products, in both directions', () => {
    const ticks = [counts(40, 160, 2, 3), counts(100, 100, 0, 1), counts(7, 193, 1, 0)]
    for (const { theta0, delta, sign } of [errors, promotion]) {
      const products = gridU.map((u) =>
        ticks.reduce((product, { nC, nS, xC, xS }) => {
          const theta1 = theta0 * Math.exp(sign * u)
          const b = (theta0 * nC + nS) / (theta1 * nC + nS)
          const a = (theta1 / theta0) * b
          return product * a ** xC * b ** xS * Math.exp(-delta * nC * (a - 1))
        }, 1),
      )
      const mean = products.reduce((sum, product) => sum + product, 0) / products.length
      expect(Math.exp(logE(ticks.reduce(betOn, newBet({ theta0, delta, sign }))))).toBeCloseTo(mean, 10)
    }
  })

  it('cannot be fed the sum of ticks of different share', () => {
    // Stable's failures fell while the candidate had next to no traffic: Simpson's paradox, if summed.
    const before = counts(10, 990, 1, 99)
    const later = counts(500, 500, 5, 5)
    const apart = [before, later].reduce(betOn, newBet(errors))
    const summed = betOn(newBet(errors), counts(510, 1_490, 6, 104))
    expect(Math.abs(logE(apart) - logE(summed))).toBeGreaterThan(0.5)
  })

  it('may be fed the sum of ticks of the same share', () => {
    const twice = [counts(50, 450, 3, 2), counts(50, 450, 0, 7)].reduce(betOn, newBet(errors))
    expect(logE(twice)).toBeCloseTo(logE(betOn(newBet(errors), counts(100, 900, 3, 9))), 12)
  })

  it('counts a burst of failures as one', () => {
    const single = betOn(newBet({ ...errors, delta: 0 }), counts(100, 900, 2, 1))
    const bursts = betOn(newBet({ ...errors, delta: 0, phi: 10 }), counts(100, 900, 20, 10))
    expect(logE(bursts)).toBeCloseTo(logE(single), 12)
  })

  it('goes on from a file as if nothing had been, at any tick', () => {
    fc.assert(
      fc.property(
        margin,
        fc.constantFrom(0, 0.5, 1),
        fc.array(tick, { maxLength: 12 }),
        (margin, omega0, ticks) => {
          let kept = newBet({ ...margin, omega0 })
          let stored = kept
          for (const [index, tick] of ticks.entries()) {
            const next = (bet: Bet) => betOn(index % 3 === 1 ? openEpoch(bet) : bet, tick)
            kept = next(kept)
            stored = next(JSON.parse(JSON.stringify(stored)))
            expect(stored).toEqual(kept)
            expect(kept.logM.every(Number.isFinite)).toBe(true)
          }
        },
      ),
    )
  })

  it('stays finite however much it loses', () => {
    let bet = newBet({ ...promotion, omega0: 1 })
    const worst = counts(Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER, 0)
    for (let i = 0; i < 100; i++) bet = betOn(bet, worst)
    expect(JSON.parse(JSON.stringify(bet))).toEqual(bet)
  })
})

describe('restart epochs', () => {
  const nEpochs = 3
  const restarting = newBet({ ...errors, omega0: 0.5, nEpochs })

  it('are worth what separate bets from each start would be, opened or not', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tick, fc.boolean()), { maxLength: 20 }), (steps) => {
        let bet = restarting
        const starts: { log: number; bet: Bet }[] = [{ log: Math.log(0.5), bet: newBet(errors) }]
        for (const [tick, isRestart] of steps) {
          if (isRestart) bet = openEpoch(bet)
          if (isRestart && starts.length <= nEpochs)
            starts.push({ log: Math.log(0.5 / nEpochs), bet: newBet(errors) })
          bet = betOn(bet, tick)
          for (const start of starts) start.bet = betOn(start.bet, tick)
        }
        const sum = logSumExp(starts.map(({ log, bet }) => log + logE(bet)))
        expect(logE(bet)).toBeCloseTo(sum, 8)
      }),
    )
  })

  it('never stake more than what was held back', () => {
    let bet = restarting
    for (let i = 0; i < 10; i++) bet = openEpoch(bet)
    expect(bet.epochsOpened).toBe(nEpochs)
    expect(logE(bet)).toBeCloseTo(0, 12)
  })

  it('change nothing where all was staked at once', () => {
    const bet = newBet(promotion)
    expect(openEpoch(bet)).toBe(bet)
  })

  it('notice a regression that begins after long health', () => {
    const healthy = counts(50, 450, 1, 9)
    const sick = counts(50, 450, 5, 9)
    const isReached = (bet: Bet) => logE(bet) >= Math.log(100)
    let [patient, hasty] = [newBet({ ...errors, omega0: 0.5 }), newBet(errors)]
    for (let i = 0; i < 360; i++) [patient, hasty] = [betOn(patient, healthy), betOn(hasty, healthy)]
    patient = openEpoch(patient)
    for (let i = 0; i < 10; i++) [patient, hasty] = [betOn(patient, sick), betOn(hasty, sick)]
    expect([isReached(patient), isReached(hasty)]).toEqual([true, false])
  })
})

interface Truth {
  margin: Margin
  phi: number
  pC: number
  pS: number
}

/** Rates on the edge of the statement and inside it, from 0 to 1. */
function* truths(): Generator<Truth> {
  const parts = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
  for (const theta0 of [0.5, 1, 1.1, 1.5, 4]) {
    for (const delta of [0, 1e-4, 0.05]) {
      for (const sign of [1, -1] as const) {
        for (const phi of [1, 2.5]) {
          for (const pS of parts) {
            const edge = theta0 * pS + delta
            if (sign === -1 && edge > 1) continue
            const rates = parts.map((part) =>
              sign === 1 ? part * Math.min(1, edge) : edge + part * (1 - edge),
            )
            for (const pC of rates) yield { margin: { theta0, delta, sign }, phi, pC, pS }
          }
        }
      }
    }
  }
}

/** E[f] of each alternative, summed over all that can happen; failures come in independent pairs where phi allows it. */
function expectedFactors(
  terms: Margin & { phi: number },
  truth: { nC: number; nS: number; pC: number; pS: number },
): number[] {
  const burst = Math.floor(terms.phi)
  const { nC, nS, pC, pS } = truth
  const sums = gridU.map(() => 0)
  for (let xC = 0; xC <= nC; xC++) {
    for (let xS = 0; xS <= nS; xS++) {
      const probability = binomial(nC, xC, pC) * binomial(nS, xS, pS)
      const factors = logFactors(terms, counts(nC * burst, nS * burst, xC * burst, xS * burst))
      for (const [k, log] of factors.entries()) sums[k]! += probability * Math.exp(log)
    }
  }
  return sums
}

function binomial(n: number, x: number, p: number): number {
  let choose = 1
  for (let i = 0; i < x; i++) choose *= (n - i) / (i + 1)
  return choose * p ** x * (1 - p) ** (n - x)
}
