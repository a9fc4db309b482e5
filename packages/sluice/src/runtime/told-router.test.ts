import { expect, test } from 'vitest'
import type { Routing } from '../core/effect.ts'
import { newEnvironmentState } from './environment-state.ts'
import { MemoryProxy, MemoryRouter } from './memory-router.fixture.ts'
import { MemoryMachine, MemoryTarget } from './memory-target.fixture.ts'
import type { Records } from './records.ts'
import { Standing } from './standing.ts'
import { testClock } from './test-clock.fixture.ts'
import { ToldRouter } from './told-router.ts'
import { settingsOf } from './world.fixture.ts'

function opened() {
  const clock = testClock()
  const proxy = new MemoryProxy()
  const environments = { saveState: async () => {}, save: async () => {} }
  const records = { environments } as unknown as Records
  const standing = new Standing({ settings: settingsOf(), state: newEnvironmentState(), records })
  const target = new MemoryTarget(new MemoryMachine(clock))
  const told = new ToldRouter({ standing, target, router: new MemoryRouter(proxy, clock) })
  return { clock, proxy, standing, told }
}

const fence = (effect: number) => ({ token: 1, effect })
const routing = (weightEpoch: number): Routing => ({
  ...{ weightEpoch, weights: { r1: 10_000 }, keep: {}, cut: [], hold: false, preview: null },
})

test('what waits while the router is slow is told in its order', async () => {
  const { clock, proxy, told } = opened()
  const { promise, resolve } = Promise.withResolvers<void>()
  proxy.hold = promise
  const all = [told.tell(routing(1), fence(1)), told.tell(routing(2), fence(2)), told.refresh(false)]
  await clock.settle()
  expect(proxy.told).toEqual([])
  resolve()
  await Promise.all(all)
  expect(proxy.told.map(({ weightEpoch }) => weightEpoch)).toEqual([1, 2])
})

test('what waits when it is closed is never told', async () => {
  const { clock, proxy, told, standing } = opened()
  const { promise, resolve } = Promise.withResolvers<void>()
  proxy.hold = promise
  const first = told.tell(routing(1), fence(1))
  await clock.settle()
  const second = told.tell(routing(2), fence(2))
  const closed = told.close()
  resolve()
  await Promise.all([first, second, closed])
  expect(proxy.told.map(({ weightEpoch }) => weightEpoch)).toEqual([1])
  expect(standing.state.routing).toMatchObject({ weightEpoch: 1 })
})

test('what is the same is not told again unless it must be', async () => {
  const { proxy, told } = opened()
  await told.tell(routing(1), fence(1))
  await told.refresh(false)
  expect(proxy.told).toHaveLength(1)
  await told.refresh(true)
  expect(proxy.told).toHaveLength(2)
})
