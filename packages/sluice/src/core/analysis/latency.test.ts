import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../std/histogram.ts'
import { type Random, seeded } from '../../std/random.ts'
import { type Bet, betOn, logE, newBet } from './e-process.ts'
import { exceedances, historyAfter } from './latency.ts'
import { type LatencyHistogram, overflowBucket } from './latency-histogram.ts'

const p95 = { tau: 0.95, marginBuckets: 4 }
const seed = 7

describe('answer times', () => {
  const history: LatencyHistogram = [
    [100, 95],
    [120, 5],
  ]

  it('of the candidate may be longer by the margin', () => {
    const tick = {
      canary: [
        [100, 3],
        [104, 2],
        [105, 1],
      ],
      stable: [
        [100, 30],
        [101, 4],
        [104, 2],
      ],
    } as const
    expect(exceedances(p95, history, tick)).toEqual({ nC: 6, nS: 36, xC: 1, xS: 6 })
  })

  it('are compared with the past alone: what comes in a tick does not move its threshold', () => {
    const stable: LatencyHistogram = [[300, 10_000]]
    expect(exceedances(p95, history, { canary: [], stable }).xS).toBe(10_000)
    expect(exceedances(p95, historyAfter(history, { stable }, 5), { canary: [], stable }).xS).toBe(0)
  })

  it('are no evidence before stable has a past', () => {
    const tick = { canary: [[300, 9]], stable: [[100, 90]] } as const
    expect(exceedances(p95, [], tick)).toEqual({ nC: 0, nS: 0, xC: 0, xS: 0 })
  })

  // Counted as zero slow answers of the candidate, every tick would speak for it.
  it('are no evidence where the threshold is too long to be measured', () => {
    const slow: LatencyHistogram = [[overflowBucket - 4, 100]]
    const tick = {
      canary: [[overflowBucket, 50]],
      stable: [
        [overflowBucket - 4, 450],
        [overflowBucket, 9],
      ],
    } as const
    expect(exceedances(p95, slow, tick)).toEqual({ nC: 0, nS: 0, xC: 0, xS: 0 })
    expect(exceedances({ ...p95, marginBuckets: 3 }, slow, tick)).toEqual({ nC: 50, nS: 459, xC: 50, xS: 9 })
  })
})

describe('a rollout in which the database slows down and recovers', () => {
  it('does not turn back a candidate that is as fast as stable', () => {
    expect(run(1).regress, `seed ${seed}`).toBeLessThan(Math.log(100))
  })

  it('finds that candidate good', () => {
    expect(run(1).promote, `seed ${seed}`).toBeGreaterThan(Math.log(20))
  })

  it('turns back a candidate that takes a third longer', () => {
    const { regress, promote } = run(1.33)
    expect(regress, `seed ${seed}`).toBeGreaterThan(Math.log(100))
    expect(promote, `seed ${seed}`).toBeLessThan(Math.log(20))
  })

  it('comes to the same numbers when the agent is restarted at every tick', () => {
    const stored = <T>(state: T): T => JSON.parse(JSON.stringify(state))
    expect(run(1.33, stored)).toEqual(run(1.33))
  })
})

/** Twenty minutes of 100 requests/s at 10 %, after five minutes of stable alone. */
function run(slowdown: number, stored = <T>(state: T): T => state): { regress: number; promote: number } {
  const random = seeded(seed)
  let history = answers(30_000, 100, 1, random)
  let regress: Bet = newBet({ theta0: 1, delta: 0, sign: 1 })
  let promote: Bet = newBet({ theta0: 1, delta: 0, sign: -1 })
  for (let tick = 0; tick < 120; tick++) {
    const medianMs = tick > 40 && tick < 60 ? 150 : 100
    const counts = {
      canary: answers(100, medianMs, slowdown, random),
      stable: answers(900, medianMs, 1, random),
    }
    regress = stored(betOn(regress, exceedances(p95, history, counts)))
    promote = stored(betOn(promote, exceedances({ ...p95, marginBuckets: 8 }, history, counts)))
    history = stored(historyAfter(history, counts, 10))
  }
  return { regress: logE(regress), promote: logE(promote) }
}

// Lognormal, with a 99th percentile of 3.2 times the median.
function answers(count: number, medianMs: number, slowdown: number, random: Random): LatencyHistogram {
  const counts = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    const bucket = bucketOf(medianMs * slowdown * Math.exp(0.5 * normal))
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  return [...counts].sort(([a], [b]) => a - b)
}
