import { describe, expect, it } from 'vitest'
import { requestsToSee, secondsToDecide } from './time-to-decision.ts'

const rollback = { theta0: 1.1, delta: 1e-4, sign: 1, phi: 1, omega0: 0.5, alpha: 0.01, weight: 0.5 } as const

// The table of section 8 of the analysis reference: requests of the candidate at a tenth of the traffic.
const table = [
  { base: 0.001, seen: [248_122, 38_446, 9_455, 2_706, 773, 280] },
  { base: 0.01, seen: [13_951, 3_020, 814, 252, 75, 27] },
  { base: 0.05, seen: [2_684, 593, 161, 50, 15, 5] },
]
const factors = [1.5, 2, 3, 5, 10, 20]

function expectNear(found: number, expected: number): void {
  // The table is rounded to whole requests, and its 5 is 5.5.
  expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThanOrEqual(
    Math.max(0.55, 0.01 * expected),
  )
}

describe('the requests that it takes', () => {
  it.each(table)('to see a baseline of $base failures per request grow', ({ base, seen }) => {
    for (const [i, factor] of factors.entries()) {
      expectNear(requestsToSee(rollback, { share: 0.1, pC: Math.min(1, base * factor), pS: base }), seen[i]!)
    }
  })

  it.each([
    [0.002, 2_073],
    [0.005, 730],
    [0.01, 351],
    [0.02, 172],
  ])('to see failures of %d where there were none', (pC, seen) => {
    expectNear(requestsToSee(rollback, { share: 0.1, pC, pS: 0 }), seen)
  })

  it('are endless where there is nothing to see, or nobody to see it', () => {
    expect(requestsToSee(rollback, { share: 0.1, pC: 0.01, pS: 0.01 })).toBe(Number.POSITIVE_INFINITY)
    expect(requestsToSee(rollback, { share: 0, pC: 0.5, pS: 0.01 })).toBe(Number.POSITIVE_INFINITY)
    expect(requestsToSee(rollback, { share: 1, pC: 0.5, pS: 0.01 })).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the time to a decision', () => {
  it.each([
    { rps: 100, share: 0.1, pS: 0.01, factor: 2, seconds: 302 },
    { rps: 100, share: 0.5, pS: 0.001, factor: 5, seconds: 124 },
    { rps: 1_000, share: 0.5, pS: 0.01, factor: 1.5, seconds: 54 },
    { rps: 1_000, share: 0.1, pS: 0.001, factor: 1.5, seconds: 2_481 },
  ])('is $seconds s for x$factor at $rps requests/s', ({ rps, share, pS, factor, seconds }) => {
    expectNear(secondsToDecide(rollback, { share, pC: pS * factor, pS }, rps), seconds)
  })

  it('is endless without traffic', () => {
    expect(secondsToDecide(rollback, { share: 0.1, pC: 0.1, pS: 0.01 }, 0)).toBe(Number.POSITIVE_INFINITY)
  })

  it('grows with bursts', () => {
    const outlook = { share: 0.1, pC: 0.05, pS: 0.01 }
    const [single, bursts] = [1, 5].map((phi) => secondsToDecide({ ...rollback, phi }, outlook, 100))
    expect(bursts).toBeCloseTo(5 * single!, 9)
  })

  it('is known for promotion too', () => {
    const promotion = {
      theta0: 1.5,
      delta: 5e-4,
      sign: -1,
      phi: 1,
      omega0: 1,
      alpha: 0.05,
      weight: 1,
    } as const
    const seconds = secondsToDecide(promotion, { share: 0.1, pC: 0, pS: 0 }, 100)
    expect(seconds).toBeGreaterThan(790)
    expect(seconds).toBeLessThan(920)
  })
})
