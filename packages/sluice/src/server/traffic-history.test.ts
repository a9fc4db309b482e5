import { expect, test } from 'vitest'
import { noCounts } from '../core/counts.ts'
import type { RouterCounts } from '../routers/router.ts'
import { testClock } from '../runtime/test-clock.fixture.ts'
import { TrafficHistory } from './traffic-history.ts'

const production = 'shop/production'

/** Cumulative counts of r7, of which the odd instances had the second number. */
function counts(requests: number, bad = 0, odd = { requests: 0, bad: 0 }): RouterCounts {
  return {
    boots: [
      {
        boot: 'w1',
        arms: {
          'r7@3': {
            ...noCounts,
            requests,
            bad,
            odd: { ...odd, clientErrors: 0 },
            latency: [[100, requests]],
          },
        },
      },
    ],
    instances: [],
    totals: { requests, failed: bad, retried: 0, aborted: 0 },
  }
}

test('the rate is that of the last ten minutes', async () => {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  expect(history.traffic(production).requestsPerSecond).toBe(0)
  history.note(production, 'r7', counts(1_000))
  expect(history.traffic(production).requestsPerSecond).toBe(0)
  for (let i = 1; i <= 60; i++) {
    await clock.pass(10_000)
    history.note(production, 'r7', counts(1_000 + i * 100, i))
  }
  expect(history.traffic(production)).toEqual({
    requestsPerSecond: 10,
    failedShare: 0.01,
    clientErrorShare: 0,
  })
  for (let i = 1; i <= 60; i++) {
    await clock.pass(10_000)
    history.note(production, 'r7', counts(7_000, 60))
  }
  expect(history.traffic(production).requestsPerSecond).toBe(0)
})

test('counting that begins anew does not make the rate negative', async () => {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  history.note(production, 'r7', counts(1_000))
  await clock.pass(10_000)
  history.note(production, 'r7', counts(60))
  expect(history.traffic(production).requestsPerSecond).toBe(0)
})

test('failures that come in bursts are known after half an hour, and not before', async () => {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  let [bad, oddBad] = [0, 0]
  for (let i = 0; i <= 180; i++) {
    history.note(production, 'r7', counts(i * 1_000, bad, { requests: i * 500, bad: oddBad }))
    if (i === 60) expect(history.baseline(production).isKnown).toBe(false)
    // Ten failures at a time, all on one half.
    bad += 10
    oddBad += i % 2 === 0 ? 10 : 0
    await clock.pass(10_000)
  }
  const { isKnown, phi, latency, recent } = history.baseline(production)
  expect(isKnown).toBe(true)
  expect(phi.errors).toBeGreaterThan(9)
  expect(phi.clientErrors).toBe(1)
  expect(latency.map(([index]) => index)).toEqual([100])
  expect(recent.length).toBeGreaterThan(170)
})

test('another stable release has a past of its own', async () => {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  history.note(production, 'r7', counts(0))
  await clock.pass(10_000)
  history.note(production, 'r7', counts(500))
  await clock.pass(10_000)
  history.note(production, 'r8', counts(900))
  expect(history.baseline(production).latency).toEqual([])
})

test('environments are looked at every ten seconds until nobody wants it any more, whatever one of them does', async () => {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  const asked: string[] = []
  const router = {
    counts: async (environment: string) => {
      asked.push(environment)
      if (environment === 'shop/broken') throw new Error('gone')
      return counts(asked.length)
    },
  }
  const stop = history.watch(router, () => [
    { id: 'shop/broken', stable: 'r1' },
    { id: production, stable: 'r7' },
  ])
  await clock.pass(25_000)
  expect(asked).toEqual(['shop/broken', production, 'shop/broken', production])
  stop()
  await clock.pass(60_000)
  expect(asked).toHaveLength(4)
})

test('an environment without requests is looked at once a minute, until it has some', async () => {
  const clock = testClock()
  const history = new TrafficHistory(clock)
  let [asked, requests] = [0, 0]
  const router = {
    counts: async () => {
      asked += 1
      return counts(requests)
    },
  }
  const stop = history.watch(router, () => [{ id: production, stable: 'r7' }])
  await clock.pass(25_000)
  expect(asked).toBe(2)
  await clock.pass(120_000)
  expect(asked).toBe(4)
  for (let look = 1; look <= 12; look++) {
    requests += 100
    await clock.pass(10_000)
  }
  expect(asked).toBeGreaterThanOrEqual(4 + 7)
  expect(history.traffic(production).requestsPerSecond).toBeGreaterThan(2)
  stop()
})
