import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logSumExp } from '../../std/log-space.ts'
import { type Random, seeded } from '../../std/random.ts'
import type { TickCounts } from './e-process.ts'
import {
  logEAgainst,
  newRatioInterval,
  observe,
  type RatioEvidence,
  ratioInterval,
} from './ratio-interval.ts'

function counts(nC: number, nS: number, xC: number, xS: number): TickCounts {
  return { nC, nS, xC, xS }
}

function evidenceOf(ticks: readonly TickCounts[]): RatioEvidence {
  return ticks.reduce(observe, newRatioInterval())
}

const tick = fc
  .tuple(fc.nat(500), fc.nat(500), fc.nat(30), fc.nat(30))
  .map(([nC, nS, xC, xS]) => counts(nC, nS, Math.min(nC, xC), Math.min(nS, xS)))

/** More shares than can be told apart, from 1 % to 99 %. */
const wideShares = Array.from({ length: 99 }, (_, i) => counts(i + 1, 99 - i, i % 3, (i + 1) % 4))

describe('the interval of the ratio', () => {
  it('has no bounds, and no estimate, before anything went wrong', () => {
    const nothing = { low: 0, estimate: null, high: Number.POSITIVE_INFINITY }
    expect(ratioInterval(newRatioInterval(), 0.05)).toEqual(nothing)
    expect(ratioInterval(evidenceOf([counts(100, 900, 0, 0), counts(10, 0, 9, 0)]), 0.05)).toEqual(nothing)
  })

  it('has no lower bound while only stable failed, and no upper one while only the candidate did', () => {
    const stableOnly = ratioInterval(evidenceOf([counts(500, 500, 0, 40)]), 0.05)
    expect(stableOnly).toMatchObject({ low: 0, estimate: 0 })
    expect(stableOnly.high).toBeLessThan(1)
    const candidateOnly = ratioInterval(evidenceOf([counts(500, 500, 40, 0)]), 0.05)
    expect(candidateOnly).toMatchObject({
      estimate: Number.POSITIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    })
    expect(candidateOnly.low).toBeGreaterThan(1)
  })

  it('is not misled by a share that changes while the rates do', () => {
    const ticks = [counts(10, 990, 1, 99), counts(500, 500, 5, 5), counts(900, 100, 18, 2)]
    expect(ratioInterval(evidenceOf(ticks), 0.05).estimate).toBeCloseTo(1, 6)
  })

  it('is wider for failures that come in bursts', () => {
    const evidence = evidenceOf([counts(500, 4_500, 120, 300)])
    const [single, bursts] = [ratioInterval(evidence, 0.05), ratioInterval(evidence, 0.05, 10)]
    expect(bursts.low).toBeLessThan(single.low)
    expect(bursts.high).toBeGreaterThan(single.high)
    // Bursts of ten are a tenth of the evidence.
    const tenth = ratioInterval(evidenceOf([counts(500, 4_500, 12, 30)]), 0.05)
    expect(bursts.low).toBeCloseTo(tenth.low, 9)
  })

  it('ends where the evidence against a ratio reaches 1/alpha', () => {
    for (const ticks of [[counts(100, 900, 8, 20), counts(300, 700, 9, 5)], hourOfShares(), wideShares]) {
      const evidence = evidenceOf(ticks)
      const { low, high } = ratioInterval(evidence, 0.01)
      for (const end of [low, high]) expect(logEAgainst(evidence, end)).toBeCloseTo(Math.log(100), 8)
    }
  })
})

describe('the evidence about the ratio', () => {
  it('is the whole likelihood as long as there are few shares', () => {
    fc.assert(
      fc.property(
        fc.array(tick, { maxLength: 32 }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (ticks, theta) => {
          expect(logEAgainst(evidenceOf(ticks), theta)).toBeCloseTo(plainEvidence(ticks, theta), 8)
        },
      ),
    )
  })

  it('never says more than the whole likelihood when shares are many', () => {
    fc.assert(
      fc.property(
        fc.array(tick, { minLength: 33, maxLength: 120 }),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (ticks, theta) => {
          const evidence = evidenceOf(ticks)
          expect(evidence.groups.length).toBeLessThanOrEqual(32)
          expect(logEAgainst(evidence, theta)).toBeLessThanOrEqual(plainEvidence(ticks, theta) + 1e-8)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('loses a tenth of a nat at most to an hour of different shares', () => {
    const ticks = hourOfShares()
    const evidence = evidenceOf(ticks)
    expect(evidence.groups.length).toBe(32)
    for (const theta of [0.5, 0.9, 1, 1.1, 2]) {
      expect(plainEvidence(ticks, theta) - logEAgainst(evidence, theta)).toBeLessThan(0.1)
    }
    expect(JSON.stringify(evidence).length).toBeLessThan(3_000)
  })

  it('goes on from a file as if nothing had been', () => {
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 60 }), (ticks) => {
        let stored = newRatioInterval()
        for (const tick of ticks) stored = JSON.parse(JSON.stringify(observe(stored, tick)))
        expect(stored).toEqual(evidenceOf(ticks))
      }),
    )
  })
})

it('holds the true ratio in at least 95 of 100 rollouts, however often one looks', () => {
  const seed = 5
  const random = seeded(seed)
  let held = 0
  for (let rollout = 0; rollout < 100; rollout++) if (isHeldThroughout(2, random)) held++
  expect(held, `seed ${seed}`).toBeGreaterThanOrEqual(95)
})

function isHeldThroughout(theta: number, random: Random): boolean {
  let evidence = newRatioInterval()
  for (let tick = 0; tick < 60; tick++) {
    const nC = random.between(10, 60)
    const bad = (n: number, p: number) => Array.from({ length: n }).filter(() => random.chance(p)).length
    evidence = observe(evidence, counts(nC, 100, bad(nC, 0.05 * theta), bad(100, 0.05)))
    if (logEAgainst(evidence, theta) >= Math.log(20)) return false
  }
  return true
}

/** 720 ticks whose shares differ by chance, with many bad requests. */
function hourOfShares(): TickCounts[] {
  const random = seeded(3)
  return Array.from({ length: 720 }, () => {
    const nC = 30 + random.between(0, 20) + random.between(0, 20)
    return counts(nC, random.between(400, 500), Math.round(nC * 0.5), 220)
  })
}

/** Section 6.1 tick by tick, as it is written there. */
function plainEvidence(ticks: readonly TickCounts[], theta: number): number {
  const H = (g: number) =>
    ticks.reduce((sum, { nC, nS, xC, xS }) => {
      const w = nC + nS === 0 ? 0 : nC / (nC + nS)
      return sum + xC * g - (xC + xS) * Math.log1p(w * Math.expm1(g))
    }, 0)
  const grid = Array.from({ length: 139 }, (_, i) => -6.9 + i * 0.1)
  const weights = grid.map((g) => 1 / (Math.abs(g) + 0.5))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return logSumExp(grid.map((g, i) => Math.log(weights[i]! / total) + H(g))) - H(Math.log(theta))
}
