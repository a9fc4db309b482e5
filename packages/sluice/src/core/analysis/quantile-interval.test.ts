import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../std/histogram.ts'
import { seeded } from '../../std/random.ts'
import { addTo, type LatencyHistogram, overflowBucket, upperEdgeMs } from './latency-histogram.ts'
import { quantileInterval } from './quantile-interval.ts'

describe('the interval of a quantile', () => {
  it('is unbounded before anything was measured', () => {
    expect(quantileInterval([], 0.5, 0.05)).toEqual({ lowMs: 0, highMs: Number.POSITIVE_INFINITY })
    expect(quantileInterval([[100, 3]], 0.5, 0.05)).toEqual({ lowMs: 0, highMs: Number.POSITIVE_INFINITY })
  })

  it('is one bucket when all answers are in it', () => {
    const interval = { lowMs: upperEdgeMs(99), highMs: upperEdgeMs(100) }
    expect(quantileInterval([[100, 1_000]], 0.5, 0.05)).toEqual(interval)
  })

  it('may begin in a gap that no answer fell into', () => {
    expect(
      quantileInterval(
        [
          [100, 400],
          [200, 600],
        ],
        0.5,
        0.05,
      ).lowMs,
    ).toBe(upperEdgeMs(199))
  })

  it('has no upper end where the quantile may be a timeout', () => {
    const answers: LatencyHistogram = [
      [100, 500],
      [overflowBucket, 500],
    ]
    expect(quantileInterval(answers, 0.9, 0.05).highMs).toBe(Number.POSITIVE_INFINITY)
  })

  // Each run is looked at ten times, and all looks have to hold.
  it('holds the true quantile in at least 95 of 100 runs, however often one looks', () => {
    const seed = 11
    const random = seeded(seed)
    let held = 0
    for (let run = 0; run < 100; run++) {
      let answers: LatencyHistogram = []
      let isHeld = true
      for (let look = 0; look < 10; look++) {
        // Exponential with a mean of 100 ms: 90 % are within 230.3 ms.
        for (let i = 0; i < 50; i++)
          answers = addTo(answers, [[bucketOf(-100 * Math.log(1 - random.next())), 1]])
        const { lowMs, highMs } = quantileInterval(answers, 0.9, 0.05)
        isHeld &&= lowMs < 230.2585 && 230.2585 <= highMs
      }
      if (isHeld) held++
    }
    expect(held, `seed ${seed}`).toBeGreaterThanOrEqual(95)
  })
})
