import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WHOLE } from '../../core/weights.ts'
import { ask } from '../../proxy/load.fixture.ts'
import { openApps } from '../apps.fixture.ts'
import { type RouterLab, routerSuite } from '../router.suite.ts'
import type { InstancesSettings, RoutedInstance, Traffic } from '../router.ts'
import { instancesAbilities } from './abilities.ts'
import { type Balancer, openBalancer } from './balancer.fixture.ts'
import { type InstancesOptions, openInstancesRouter } from './instances.ts'

let home: string
let balancer: Balancer
let options: InstancesOptions

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'published-'))
  balancer = await openBalancer()
  options = { home, env: { PATH: process.env.PATH }, ...saying({ apply: balancer.apply }) }
})
afterEach(async () => {
  await balancer.close()
  rmSync(home, { recursive: true })
})

routerSuite('instances', instancesAbilities, async (): Promise<RouterLab> => {
  const apps = openApps()
  const lab: RouterLab = {
    router: await openInstancesRouter(options),
    app: apps.app,
    asked: apps.asked,
    ask: ({ settings }, path = '/') => ask({ port: balancer.port, host: settings.hosts[0]!, path }),
    async reopen() {
      await lab.router.close()
      lab.router = await openInstancesRouter(options)
      return lab.router
    },
    impatient: () =>
      openInstancesRouter({ ...options, ...saying({ apply: balancer.apply, timeoutMs: 2_000 }) }),
    hang: async () => balancer.hang(),
    async refuse() {
      balancer.refuses = true
      return async () => {
        balancer.refuses = false
      }
    },
    async close() {
      await lab.router.close()
      apps.close()
    },
  }
  return lab
})

describe('the list of an environment', () => {
  test('is a file that says whom to send requests to, for nobody else to read', async () => {
    const router = await openInstancesRouter(options)
    await router.route(trafficOf({ r1: 6_667, r2: 3_333 }, { r1: 2, r2: 2 }), { token: 1, effect: 1 })
    const file = join(home, 'shop/production.json')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      schema: 1,
      environment: 'shop/production',
      hosts: ['shop.localhost'],
      pathPrefix: '/',
      weightEpoch: 1,
      weights: { r1: 6_667, r2: 3_333 },
      endpoints: [
        { instance: 'r2-0-1', release: 'r2', host: '127.0.0.1', port: 2_000 },
        { instance: 'r1-0-1', release: 'r1', host: '127.0.0.1', port: 1_000 },
        { instance: 'r1-1-1', release: 'r1', host: '127.0.0.1', port: 1_001 },
      ],
    })
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  test('is told once, and again only when it means something else', async () => {
    const router = await openInstancesRouter(options)
    const traffic = trafficOf({ r1: WHOLE }, { r1: 2, r2: 2 })
    await router.route(traffic, { token: 1, effect: 1 })
    await router.route({ ...traffic, weightEpoch: 2 }, { token: 1, effect: 2 })
    expect(balancer.taken()).toBe(1)
    expect(await router.observe('shop/production')).toMatchObject({ weightEpoch: 2, reached: true })
    await router.route({ ...traffic, weights: { r2: WHOLE }, weightEpoch: 3 }, { token: 1, effect: 3 })
    expect(balancer.taken()).toBe(2)
  })

  test('that a crash kept from being told is told after it, though nothing has changed', async () => {
    const router = await openInstancesRouter(options)
    const traffic = trafficOf({ r1: WHOLE }, { r1: 2 })
    balancer.refuses = true
    await router.route(traffic, { token: 1, effect: 1 }).catch(() => {})
    balancer.refuses = false
    const again = await openInstancesRouter(options)
    expect(await again.observe('shop/production')).toMatchObject({ weightEpoch: 1, reached: false })
    await again.route(traffic, { token: 1, effect: 1 })
    expect(balancer.taken()).toBe(1)
    expect(await again.observe('shop/production')).toMatchObject({ reached: true })
  })

  test('that was not taken up says so, with what the command printed, until it has been', async () => {
    const router = await openInstancesRouter(options)
    const traffic = trafficOf({ r1: WHOLE }, { r1: 2 })
    balancer.refuses = true
    await expect(router.route(traffic, { token: 1, effect: 1 })).rejects.toMatchObject({
      code: 'APPLY_FAILED',
      message: expect.stringMatching(
        /list of shop\/production was not taken up: .*ended with exit code 1: shop\/production: not now$/,
      ),
      details: ['shop/production: not now'],
    })
    expect(await router.warnings()).toEqual([expect.stringContaining('shop/production was not taken up')])
    balancer.refuses = false
    await router.route(traffic, { token: 1, effect: 1 })
    expect(await router.warnings()).toEqual([])
  })

  test('that was taken up before is told again after one that was not: half of that may have been', async () => {
    const router = await openInstancesRouter(options)
    const traffic = trafficOf({ r1: WHOLE }, { r1: 2, r2: 2 })
    await router.route(traffic, { token: 1, effect: 1 })
    balancer.refuses = true
    await router.route({ ...traffic, weights: { r2: WHOLE } }, { token: 1, effect: 2 }).catch(() => {})
    balancer.refuses = false
    const again = await openInstancesRouter(options)
    await again.route(traffic, { token: 1, effect: 3 })
    expect(balancer.taken()).toBe(2)
    expect(await again.observe('shop/production')).toMatchObject({ reached: true })
  })

  test('is told again after a while, so that a balancer which was started anew has it', async () => {
    const router = await openInstancesRouter({ ...options, againMs: 50 })
    await router.route(trafficOf({ r1: WHOLE }, { r1: 2 }), { token: 1, effect: 1 })
    await expect.poll(() => balancer.taken(), { timeout: 10_000 }).toBeGreaterThan(2)
    balancer.refuses = true
    await expect.poll(() => router.warnings(), { timeout: 10_000 }).toHaveLength(1)
    expect(await router.observe('shop/production')).toMatchObject({ reached: false })
    balancer.refuses = false
    await expect.poll(() => router.warnings(), { timeout: 10_000 }).toEqual([])
    await router.close()
  })

  test('says that its command is not there', async () => {
    const router = await openInstancesRouter({ ...options, ...saying({ apply: ['/nowhere/apply'] }) })
    const failed = router.route(trafficOf({ r1: WHOLE }, { r1: 1 }), { token: 1, effect: 1 })
    await expect(failed).rejects.toThrow(/\/nowhere\/apply.* could not be started/)
  })

  test('is only written where no command is given', async () => {
    const router = await openInstancesRouter({ ...options, ...saying({ apply: null, waitMs: 20 }) })
    await router.route(trafficOf({ r1: WHOLE }, { r1: 1 }), { token: 1, effect: 1 })
    expect(balancer.taken()).toBe(0)
    expect(await router.observe('shop/production')).toMatchObject({ reached: true })
  })
})

/** What agent.yaml says. */
function saying(more: Partial<InstancesSettings>): Pick<InstancesOptions, 'settings'> {
  return { settings: async () => ({ apply: null, timeoutMs: 10_000, waitMs: 0, ...more }) }
}

/** So many instances per release, at ports of their own: r2-1-1 is at 2001. */
function trafficOf(weights: Traffic['weights'], counts: Record<string, number>): Traffic {
  const releases = Object.entries(counts).map(([release, count]) => ({
    release,
    // The last one first: their order is nobody's promise.
    instances: Array.from({ length: count }, (_, slot): RoutedInstance => {
      const port = Number(release.slice(1)) * 1_000 + slot
      return { id: `${release}-${slot}-1`, host: '127.0.0.1', port, state: 'serving' }
    }).reverse(),
  }))
  return {
    environment: 'shop/production',
    settings: {
      ...{ hosts: ['shop.localhost'], pathPrefix: '/', preview: null, sticky: null },
      ...{ maxBodyBytes: null, firstByteTimeoutMs: 30_000 },
    },
    weightEpoch: 1,
    weights,
    salt: '',
    releases: releases.reverse(),
    previewRelease: null,
    hold: false,
  }
}
