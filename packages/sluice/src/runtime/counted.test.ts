import { expect, test } from 'vitest'
import { type ArmCounts, type BootCounts, noCounts } from '../core/counts.ts'
import { SluiceError } from '../errors.ts'
import type { MetricSource, Reading } from '../metrics/source.ts'
import { counted } from './counted.ts'
import { testClock } from './test-clock.fixture.ts'

const arm = (requests: number): ArmCounts => ({ ...noCounts, requests, latency: [[100, requests]] })

/** The router's counts as a test says, and one other source that answers or fails. */
function world(other: () => Reading['ratios'] = () => []) {
  const missing: unknown[] = []
  const clock = testClock()
  const now = { arms: {} as BootCounts['arms'] }
  const router: MetricSource = {
    read: async () => ({ boots: [{ boot: 'w1', arms: structuredClone(now.arms) }], ratios: [] }),
    close: async () => {},
  }
  const others: MetricSource = {
    read: async () => ({ boots: [], ratios: other() }),
    close: async () => {},
  }
  const read = counted({
    sources: async () => [router, others],
    question: { environment: 'shop/production', releases: ['r8', 'r7'] },
    firstEpoch: 3,
    clock,
    onMissing: (error) => missing.push(error),
  })
  return { read, clock, now, missing }
}

test('between ticks the journal keeps no latency, and nothing of other sources', async () => {
  const { read, now } = world(() => [{ metric: 'm', counter: 'c', release: 'r8', bad: 1, total: 2 }])
  now.arms = { 'r8@3': arm(5) }
  expect(await read(false)).toEqual({
    boots: [{ boot: 'w1', arms: { 'r8@3': { ...arm(5), latency: [] } } }],
    ratios: [],
  })
  expect((await read(true)).ratios).toHaveLength(1)
})

test('weight epochs from before the rollout are left out', async () => {
  const { read, now } = world()
  now.arms = { 'r7@0': arm(900), 'r7@2': arm(90), 'r7@3': arm(9) }
  expect(Object.keys((await read(true)).boots[0]!.arms)).toEqual(['r7@3'])
})

test('a histogram that has not grown is left out, but once in a minute it is told again', async () => {
  const { read, now, clock } = world()
  const latencies = async () =>
    Object.values((await read(true)).boots[0]!.arms).map(({ latency }) => latency.length)
  now.arms = { 'r7@3': arm(9), 'r8@3': arm(1) }
  expect(await latencies()).toEqual([1, 1])
  now.arms['r8@3'] = arm(2)
  await clock.pass(5_000)
  expect(await latencies()).toEqual([0, 1])
  await clock.pass(60_000)
  expect(await latencies()).toEqual([1, 1])
})

test('a source that cannot be read is missing data, and is told of', async () => {
  const { read, now, missing } = world(() => {
    throw new SluiceError('METRIC_SOURCE_FAILED', 'connection refused')
  })
  now.arms = { 'r8@3': arm(5) }
  expect(await read(true)).toMatchObject({ boots: [{ arms: { 'r8@3': { requests: 5 } } }], ratios: [] })
  expect(missing).toHaveLength(1)
})
