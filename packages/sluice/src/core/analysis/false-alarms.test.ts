import { describe, expect, it } from 'vitest'
import { type Random, seeded } from '../../std/random.ts'
import { type Bet, betOn, logE, newBet, openEpoch } from './e-process.ts'

const seed = 20_261_122
const ticks = 240
const ticksPerMinute = 4

const worse = newBet({ theta0: 1.1, delta: 1e-4, sign: 1, omega0: 0.5 })
const good = newBet({ theta0: 1.5, delta: 5e-4, sign: -1 })

// An hour in ticks of 15 s, in which the candidate's share grows and the rates of both arms drift together. Poisson
// counts are the worst case of the proof. The limits are alpha itself, but for the unchanged version, which is well inside.
describe('of two thousand rollouts', () => {
  it('at most 8 of an unchanged version are turned back, at alpha 0.01', () => {
    expect(
      decided(2_000, worse, (pS) => pS, 0.01),
      `seed ${seed}`,
    ).toBeLessThanOrEqual(8)
  })
})

describe('of a thousand rollouts', () => {
  it('at most 10 at the edge of the margin are turned back, at alpha 0.01', () => {
    expect(decided(1_000, worse, edgeOf(worse), 0.01), `seed ${seed}`).toBeLessThanOrEqual(10)
  })

  it('at most 50 at the edge of the promote margin are found good, at alpha 0.05', () => {
    expect(decided(1_000, good, edgeOf(good), 0.05), `seed ${seed}`).toBeLessThanOrEqual(50)
  })
})

describe('of a hundred rollouts', () => {
  it('all of a version that is five times worse are turned back', () => {
    expect(
      decided(100, worse, (pS) => 5 * pS, 0.01),
      `seed ${seed}`,
    ).toBe(100)
  })

  it('most of an unchanged version are found good', () => {
    expect(
      decided(100, good, (pS) => pS, 0.05),
      `seed ${seed}`,
    ).toBeGreaterThan(50)
  })
})

function edgeOf({ theta0, delta }: Bet): (pS: number) => number {
  return (pS) => theta0 * pS + delta
}

/** In how many of so many hours the bet reaches 1/alpha at some tick. */
function decided(hours: number, bet: Bet, candidate: (pS: number) => number, alpha: number): number {
  const random = seeded(seed)
  let sum = 0
  for (let hour = 0; hour < hours; hour++) if (reaches(Math.log(1 / alpha), bet, candidate, random)) sum++
  return sum
}

function reaches(threshold: number, bet: Bet, candidate: (pS: number) => number, random: Random): boolean {
  for (let tick = 0; tick < ticks; tick++) {
    if (tick > 0 && tick % ticksPerMinute === 0) bet = openEpoch(bet)
    const nC = tick < ticks / 3 ? 20 : tick < ticks / 2 ? 50 : 150
    const nS = 500 - nC
    const pS = 0.01 * 3 ** Math.sin(tick / 20)
    bet = betOn(bet, { nC, nS, xC: poisson(nC * candidate(pS), random), xS: poisson(nS * pS, random) })
    if (logE(bet) >= threshold) return true
  }
  return false
}

function poisson(mean: number, random: Random): number {
  const least = Math.exp(-mean)
  let [count, product] = [0, random.next()]
  while (product > least) {
    count++
    product *= random.next()
  }
  return count
}
