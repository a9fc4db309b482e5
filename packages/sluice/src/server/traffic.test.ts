import { expect, test } from 'vitest'
import { noCounts } from '../core/counts.ts'
import { testClock } from '../runtime/test-clock.fixture.ts'
import { trafficOf } from './traffic.ts'
import { TrafficHistory } from './traffic-history.ts'

const production = 'shop/production'

/** A history with ten seconds of two thousand requests, with these durations by bucket. */
async function historyWith(latency: [index: number, count: number][]): Promise<TrafficHistory> {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  const counts = { requests: 2_000, bad: 20, clientErrors: 100, latency }
  for (const seen of [{}, counts]) {
    const boots = [{ boot: 'w1', arms: { 'r1@1': { ...noCounts, ...seen } } }]
    const { requests } = { requests: 0, ...seen }
    history.note(production, 'r1', {
      ...{ boots, instances: [] },
      totals: { requests, failed: 0, retried: 0, aborted: 0 },
    })
    await clock.pass(10_000)
  }
  return history
}

test('an environment has a rate, shares of failures, and times of its answers', async () => {
  // Bucket 32 k ends at about 2^k ms.
  const history = await historyWith([
    [31, 900],
    [127, 70],
    [223, 30],
  ])
  expect(trafficOf(history, production)).toEqual({
    ...{ requestsPerSecond: 200, failedShare: 0.01, clientErrorShare: 0.05 },
    latency: { medianMs: 2, p99Ms: 128 },
    allowance: { phi: expect.objectContaining({ clientErrors: expect.any(Number) }), instanceSd: 0 },
  })
})

test('nothing is said of answers that nobody has timed, or that took too long to be told apart', async () => {
  expect(trafficOf(await historyWith([]), production).latency).toBeNull()
  expect(trafficOf(await historyWith([[539, 100]]), production).latency).toBeNull()
  expect(trafficOf(new TrafficHistory(testClock()), production).requestsPerSecond).toBe(0)
})
