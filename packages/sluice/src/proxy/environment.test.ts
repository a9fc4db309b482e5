import { expect, test } from 'vitest'
import { Environment } from './environment.ts'
import type { Exchange } from './exchange.ts'
import { pickInstance, pickRelease } from './pick.ts'
import { environment, openShared, release } from './proxy.fixture.ts'
import type { EnvironmentRoute } from './table.ts'

function served(route: EnvironmentRoute, workerIndex = 0, now = () => 0): Environment {
  const shared = openShared({}, now, workerIndex)
  const made = new Environment(shared, route)
  made.update(route)
  return made
}

test('four workers send their first request to the candidate at different times', () => {
  const first = [0, 1, 2, 3].map((worker) => {
    const stable = environment([release('r1', 10_000, 1)])
    const here = served(stable, worker)
    for (let i = 0; i < 10; i++) pickRelease(here, null)
    here.update(environment([release('r2', 100, 2), release('r1', 9_900, 1)]))
    let picks = 1
    while (pickRelease(here, null)!.id === 'r1') picks++
    return picks
  })
  expect(new Set(first).size).toBe(4)
  expect(Math.max(...first)).toBeLessThanOrEqual(150)
})

test('workers begin with different instances of a release', () => {
  const route = environment([release('r1', 10_000, 1, 2, 3)])
  const first = [0, 1, 2].map((worker) => pickInstance(served(route, worker).release('r1')!, null, 0)!.id)
  expect(new Set(first).size).toBe(3)
})

test('spreads over the instances of a release in turn, without those that are ejected', () => {
  const here = served(environment([release('r1', 10_000, 1, 2, 3)]))
  const r1 = here.release('r1')!
  const draw = (count: number) => Array.from({ length: count }, () => pickInstance(r1, null, 0)!.port)
  expect(draw(30).filter((port) => port === 2)).toHaveLength(10)
  r1.serving[1]!.eject()
  expect(draw(30).filter((port) => port === 2)).toHaveLength(0)
  r1.serving[0]!.eject()
  r1.serving[2]!.eject()
  expect(new Set(draw(30)).size).toBe(3)
})

test('names the instances of which everything has to be cut: closing or gone', () => {
  const here = served(environment([release('r1', 10_000, 1, 2, 3)]))
  const next = release('r1', 10_000, 1, 2)
  next.instances[1]!.state = 'closing'
  expect(here.update(environment([next])).map(({ id }) => id)).toEqual(['r1.3', 'r1.2'])
  expect(here.release('r1')!.serving.map(({ id }) => id)).toEqual(['r1.1'])
})

test('when the time of an ejection is over, one request probes the instance and the others wait for its outcome', () => {
  let now = 0
  const here = served(environment([release('r1', 10_000, 1)]), 0, () => now)
  const [instance] = here.release('r1')!.serving
  const probe = {} as Exchange
  instance!.eject()
  now = 999
  expect(instance!.isAvailable(now)).toBe(false)
  now = 1_000
  expect(instance!.isAvailable(now)).toBe(true)
  instance!.claim(probe)
  expect(instance!.isAvailable(now)).toBe(false)
  instance!.letGo(probe, false)
  instance!.eject()
  expect(instance!.isAvailable(now)).toBe(false)
  now = 2_000
  instance!.claim(probe)
  instance!.reached()
  expect(instance!.isAvailable(now)).toBe(true)
})
