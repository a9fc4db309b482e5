import { expect, test } from 'vitest'
import { MemoryProxy, MemoryRouter } from '../runtime/memory-router.fixture.ts'
import { testClock } from '../runtime/test-clock.fixture.ts'
import { TrafficRate } from './traffic-rate.ts'

test('the rate is that of the last ten minutes', async () => {
  const clock = testClock()
  const rate = new TrafficRate(clock)
  expect(rate.of('shop/production')).toBe(0)
  rate.note('shop/production', 1_000)
  expect(rate.of('shop/production')).toBe(0)
  await clock.pass(60_000)
  rate.note('shop/production', 1_600)
  expect(rate.of('shop/production')).toBe(10)
  await clock.pass(9 * 60_000)
  rate.note('shop/production', 1_600)
  await clock.pass(60_000)
  rate.note('shop/production', 1_600)
  expect(rate.of('shop/production')).toBe(0)
})

test('counting that begins anew does not make it negative', async () => {
  const clock = testClock()
  const rate = new TrafficRate(clock)
  rate.note('shop/production', 1_000)
  await clock.pass(60_000)
  rate.note('shop/production', 60)
  await clock.pass(60_000)
  rate.note('shop/production', 120)
  expect(rate.of('shop/production')).toBe(1)
})

test('environments are looked at once a minute until nobody wants it any more, whatever one of them does', async () => {
  const clock = testClock()
  const rate = new TrafficRate(clock)
  const router = new MemoryRouter(new MemoryProxy(), clock)
  const asked: string[] = []
  const counting = {
    ...router,
    counts: async (environment: string) => {
      asked.push(environment)
      if (environment === 'shop/broken') throw new Error('no counts')
      return { boots: [], totals: { requests: asked.length, failed: 0, retried: 0, aborted: 0 } }
    },
  } as unknown as MemoryRouter
  const stop = rate.watch(counting, () => ['shop/broken', 'shop/production'])
  await clock.pass(121_000)
  expect(asked).toEqual(['shop/broken', 'shop/production', 'shop/broken', 'shop/production'])
  expect(rate.of('shop/production')).toBeGreaterThan(0)
  stop()
  await clock.pass(300_000)
  expect(asked).toHaveLength(4)
})
