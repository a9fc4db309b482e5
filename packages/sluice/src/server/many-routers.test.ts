import { expect, it } from 'vitest'
import { WHOLE } from '../core/weights.ts'
import type { Traffic } from '../routers/router.ts'
import { MemoryProxy, MemoryRouter } from '../runtime/memory-router.fixture.ts'
import { testClock } from '../runtime/test-clock.fixture.ts'
import { production, settingsOf } from '../runtime/world.fixture.ts'
import { manyRouters } from './many-routers.ts'

const clock = testClock()
const traffic: Traffic = {
  environment: production,
  settings: settingsOf().route,
  weightEpoch: 3,
  weights: { r1: WHOLE },
  salt: 'x',
  releases: [{ release: 'r1', instances: [{ id: 'r1-0-1', host: '127.0.0.1', port: 1, state: 'serving' }] }],
  previewRelease: null,
  hold: false,
}

function openBoth() {
  const proxies = { embedded: new MemoryProxy(), haproxy: new MemoryProxy() }
  const names = ['haproxy', 'embedded']
  const routers = manyRouters(
    { router: async (name) => new MemoryRouter(proxies[name as keyof typeof proxies], clock) },
    { namesOf: () => names, inUse: () => names },
  )
  return { proxies, routers, names }
}

it('serves an environment that has moved at both routers, and counts what both of them answered', async () => {
  const { proxies, routers } = openBoth()
  await routers.route(traffic, { token: 1, effect: 1 })
  const [one, other] = [proxies.embedded.begin(production)!, proxies.haproxy.begin(production)!]
  one.end(200)
  expect((await routers.observe(production)).inFlight?.['r1-0-1']).toEqual({ requests: 1, tunnels: 0 })
  other.end(500)
  const { totals, boots } = await routers.counts(production)
  expect(totals).toEqual({ requests: 2, failed: 1, retried: 0, aborted: 0 })
  expect(boots).toHaveLength(2)
})

it('has reached what both have reached, and no more', async () => {
  const { routers, proxies } = openBoth()
  await routers.route(traffic, { token: 1, effect: 1 })
  proxies.haproxy.route(production).traffic = { ...traffic, weightEpoch: 2, weights: {} }
  expect(await routers.observe(production)).toMatchObject({ weightEpoch: 2, weights: {} })
})

it('leaves a router that users have left, and goes on at the other', async () => {
  const { routers, proxies, names } = openBoth()
  await routers.route(traffic, { token: 1, effect: 1 })
  names.pop()
  await routers.leave(production, 'embedded', { token: 1, effect: 2 })
  expect(proxies.embedded.begin(production)).toBeNull()
  expect(proxies.haproxy.begin(production)).not.toBeNull()
})
