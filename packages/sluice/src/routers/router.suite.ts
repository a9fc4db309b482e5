import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RouterAbilities } from '../core/capabilities.ts'
import { type Weights, WHOLE } from '../core/weights.ts'
import { SluiceError } from '../errors.ts'
import type { Router, Traffic } from './router.ts'

/** A real router, with real apps behind it, for one test. */
export interface RouterLab {
  router: Router
  /** An app that answers every request with its own name, after `?ms=` of waiting and with the status `?status=`. */
  app(name: string): Promise<{ host: string; port: number }>
  /** How many requests apps of this name have been given. */
  asked(name: string): number
  /** A request through the router to the first host of `traffic`. */
  ask(traffic: Traffic, path?: string): Promise<{ status: number; body: string }>
  /** The same outside, opened anew, as after a restart of the engine. Closes the first one. */
  reopen(): Promise<Router>
  /** A router on the same outside that gives up soon. */
  impatient(): Promise<Router>
  /** The outside answers nothing any more, until the returned function is called. */
  hang(): Promise<() => void>
  /** The outside refuses every call, until the returned function is called. */
  refuse(): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** What every router must do, whatever it is made of; what only some can, where it says that it can. */
export function routerSuite(name: string, can: RouterAbilities, openLab: () => Promise<RouterLab>): void {
  describe(`the ${name} router`, () => {
    let lab: RouterLab
    let shop: Traffic

    beforeEach(async () => {
      lab = await openLab()
      shop = await trafficOf(lab, 'shop/production', { r1: WHOLE, r2: 0 })
    })
    afterEach(() => lab.close())

    test('sends requests where the weights say, and says exactly these weights', async () => {
      const shares = { r1: 7500, r2: 2500 }
      const traffic = await trafficOf(lab, 'shop/production', shares, { r1: 3 })
      await lab.router.route(traffic, fence(1))
      const { weights, weightEpoch, reached } = await lab.router.observe(shop.environment)
      expect({ weights, weightEpoch, reached }).toEqual({
        weights: traffic.weights,
        weightEpoch: 1,
        reached: true,
      })
      const answers = await Promise.all(Array.from({ length: 200 }, () => lab.ask(traffic)))
      const ofNew = answers.filter(({ body }) => body === 'shop/production r2').length
      expect(lab.router.can).toEqual(can)
      expect(answers.every(({ status }) => status === 200)).toBe(true)
      expect(ofNew).toBeGreaterThanOrEqual(45)
      expect(ofNew).toBeLessThanOrEqual(55)
    })

    test('has moved the traffic when it says so: no later request meets the old release', async () => {
      await lab.router.route(shop, fence(1))
      await lab.router.route(reweighted(shop, 2, { r2: WHOLE }), fence(2))
      const answers = await Promise.all(Array.from({ length: 40 }, () => lab.ask(shop)))
      expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['shop/production r2']))
    })

    test('does nothing more when told the same again', async () => {
      await lab.router.route(shop, fence(1))
      await lab.ask(shop)
      await lab.router.route(shop, fence(1))
      await lab.router.route(shop, fence(2))
      expect(await lab.router.observe(shop.environment)).toMatchObject({ weightEpoch: 1, reached: true })
      const counted = async () => (await lab.router.counts(shop.environment)).totals.requests
      await expect.poll(counted, soon).toBe(can.counts ? 1 : 0)
    })

    test('refuses a fence that is older than one it has seen, also after a restart', async () => {
      await lab.router.route(reweighted(shop, 2, { r2: WHOLE }), { token: 2, effect: 1 })
      await expectFenced(lab.router.route(shop, { token: 1, effect: 9 }))
      await expectFenced(lab.router.remove(shop.environment, { token: 1, effect: 9 }))
      const again = await lab.reopen()
      await expectFenced(again.route(shop, { token: 1, effect: 9 }))
      expect(await again.observe(shop.environment)).toMatchObject({ weights: { r2: WHOLE }, reached: true })
    })

    test('fences environments apart', async () => {
      const staging = await trafficOf(lab, 'shop/staging', { r1: WHOLE })
      await lab.router.route(shop, fence(9))
      await lab.router.route(staging, fence(1))
      expect((await lab.ask(staging)).body).toBe('shop/staging r1')
    })

    test('keeps environments of which nobody has spoken since a restart', async () => {
      const staging = await trafficOf(lab, 'shop/staging', { r1: WHOLE })
      await lab.router.route(shop, fence(1))
      await lab.router.route(staging, fence(1))
      const again = await lab.reopen()
      await again.route(reweighted(shop, 2, { r2: WHOLE }), fence(2))
      expect((await lab.ask(staging)).body).toBe('shop/staging r1')
      expect((await lab.ask(shop)).body).toBe('shop/production r2')
    })

    test('serves many environments that are routed at once', async () => {
      const names = Array.from({ length: 8 }, (_, n) => `app${n}/production`)
      const all = await Promise.all(names.map((environment) => trafficOf(lab, environment, { r1: WHOLE })))
      await Promise.all(all.map((traffic) => lab.router.route(traffic, fence(1))))
      const answers = await Promise.all(all.map((traffic) => lab.ask(traffic)))
      expect(answers.map(({ body }) => body)).toEqual(names.map((environment) => `${environment} r1`))
    })

    test('refuses an address that another environment has, and names both', async () => {
      const thief = { ...(await trafficOf(lab, 'thief/production', { r1: WHOLE })), settings: shop.settings }
      await lab.router.route(shop, fence(1))
      const refused = lab.router.route(thief, fence(1))
      await expect(refused).rejects.toMatchObject({ code: 'ROUTE_CONFLICT' })
      await expect(refused).rejects.toThrow(/thief\/production.*shop\/production/)
      expect((await lab.ask(shop)).body).toBe('shop/production r1')
    })

    test('serves an environment no longer that was removed, and may remove it twice', async () => {
      await lab.router.route(shop, fence(1))
      await lab.router.remove(shop.environment, fence(2))
      await lab.router.remove(shop.environment, fence(2))
      expect((await lab.ask(shop)).status).not.toBe(200)
      expect(await lab.router.observe(shop.environment)).toMatchObject({ weights: {} })
    })

    if (!can.inFlight) {
      test('says that it does not know what is in flight', async () => {
        await lab.router.route(shop, fence(1))
        expect((await lab.router.observe(shop.environment)).inFlight).toBeNull()
      })
    }

    test('lets requests finish on an instance that it has left', async () => {
      await lab.router.route(shop, fence(1))
      const slow = lab.ask(shop, '/?ms=400')
      await expect.poll(() => lab.asked('shop/production r1'), soon).toBe(1)
      const moved = reweighted(shop, 2, { r2: WHOLE })
      await lab.router.route({ ...moved, releases: draining(moved, 'r1') }, fence(2))
      expect((await lab.ask(shop)).body).toBe('shop/production r2')
      expect(await slow).toEqual({ status: 200, body: 'shop/production r1' })
    })

    if (can.inFlight) {
      test('shows requests in flight per instance until a drained release has none', async () => {
        await lab.router.route(shop, fence(1))
        // Longer than all that is looked at meanwhile.
        const slow = lab.ask(shop, '/?ms=3000')
        const inFlight = async () =>
          (await lab.router.observe(shop.environment)).inFlight?.['shop/production r1']?.requests
        await expect.poll(inFlight, soon).toBe(1)
        const moved = reweighted(shop, 2, { r2: WHOLE })
        await lab.router.route({ ...moved, releases: draining(moved, 'r1') }, fence(2))
        expect((await lab.ask(shop)).body).toBe('shop/production r2')
        expect(await inFlight()).toBe(1)
        expect((await slow).body).toBe('shop/production r1')
        await expect.poll(inFlight, soon).toBeFalsy()
      })
    }

    if (can.counts) {
      test('counts what users met, per release and weight epoch, and never less than before', async () => {
        await lab.router.route(shop, fence(1))
        for (const path of ['/', '/?status=404', '/?status=500']) await lab.ask(shop, path)
        await expect.poll(() => counted(lab.router, shop), soon).toEqual({ 'r1@1': [3, 1, 1] })
        await lab.router.route(reweighted(shop, 2, { r2: WHOLE }), fence(2))
        await lab.ask(shop)
        const both = { 'r1@1': [3, 1, 1], 'r2@2': [1, 0, 0] }
        await expect.poll(() => counted(lab.router, shop), soon).toEqual(both)
        const { totals } = await lab.router.counts(shop.environment)
        expect(totals).toEqual({ requests: 4, failed: 1, retried: 0, aborted: 0 })
      })
    }

    if (can.counts) {
      test('measures the time to the first byte of good answers', async () => {
        await lab.router.route(shop, fence(1))
        await lab.ask(shop)
        const { boots } = await lab.router.counts(shop.environment)
        expect(boots.length).toBeGreaterThan(0)
        for (const { arms } of boots)
          for (const arm of Object.values(arms)) expect(Array.isArray(arm.latency)).toBe(true)
      })
    }

    test('says that the outside is slow, and does what was asked when it is asked again', async () => {
      await lab.router.route(shop, fence(1))
      const router = await lab.impatient()
      const wakeUp = await lab.hang()
      const moved = reweighted(shop, 2, { r2: WHOLE })
      await expectOutside(router.route(moved, fence(2)))
      wakeUp()
      await router.route(moved, fence(2))
      expect((await lab.ask(shop)).body).toBe('shop/production r2')
      await router.close()
    })

    test('says that the outside refuses, and does what was asked when it is asked again', async () => {
      await lab.router.route(shop, fence(1))
      const router = await lab.impatient()
      const admit = await lab.refuse()
      const moved = reweighted(shop, 2, { r2: WHOLE })
      await expectOutside(router.route(moved, fence(2)))
      await expectUnsure(router, shop.environment)
      expect((await lab.ask(shop)).body).toBe('shop/production r1')
      await admit()
      await router.route(moved, fence(2))
      expect(await router.observe(shop.environment)).toMatchObject({ weights: { r2: WHOLE }, reached: true })
      await router.close()
    })

    test('tells a person where an environment is', () => {
      expect(lab.router.url(shop.settings).live).toMatch(/^http:\/\/shop-production\.localhost(:\d+)?\/$/)
      const preview = { hosts: ['preview--shop.localhost'], token: 'secret' }
      const shown = lab.router.url({ ...shop.settings, preview }).preview
      if (can.preview) expect(shown).toContain('preview--shop.localhost')
      else expect(shown).toBeNull()
    })
  })
}

/** For what follows by itself, on a busy machine too. */
const soon = { timeout: 15_000 }

function fence(effect: number) {
  return { token: 1, effect }
}

/** Traffic to one app per release, or so many, each of which answers `environment release`. */
async function trafficOf(
  lab: RouterLab,
  environment: string,
  weights: Weights,
  counts: Record<string, number> = {},
): Promise<Traffic> {
  const releases = Object.keys(weights).map(async (release) => {
    const name = `${environment} ${release}`
    const instances = Array.from({ length: counts[release] ?? 1 }, async (_, number) => ({
      ...{ id: number === 0 ? name : `${name} ${number}`, state: 'serving' as const },
      ...(await lab.app(name)),
    }))
    return { release, instances: await Promise.all(instances) }
  })
  return {
    environment,
    settings: {
      hosts: [`${environment.replace('/', '-')}.localhost`],
      pathPrefix: '/',
      preview: null,
      sticky: null,
      maxBodyBytes: null,
      firstByteTimeoutMs: 30_000,
    },
    weightEpoch: 1,
    weights,
    salt: 'rollout-1',
    releases: await Promise.all(releases),
    previewRelease: null,
    hold: false,
  }
}

function reweighted(traffic: Traffic, weightEpoch: number, weights: Weights): Traffic {
  return { ...traffic, weightEpoch, weights }
}

function draining(traffic: Traffic, release: string): Traffic['releases'] {
  return traffic.releases.map((it) => {
    if (it.release !== release) return it
    return { ...it, instances: it.instances.map((instance) => ({ ...instance, state: 'draining' as const })) }
  })
}

/** [requests, bad, client errors] per arm, over all boots; arms without requests are left out. */
async function counted(router: Router, traffic: Traffic): Promise<Record<string, number[]>> {
  const { boots } = await router.counts(traffic.environment)
  const total: Record<string, [number, number, number]> = {}
  for (const [arm, counts] of boots.flatMap(({ arms }) => Object.entries(arms))) {
    const [requests, bad, clientErrors] = total[arm] ?? [0, 0, 0]
    total[arm] = [requests + counts.requests, bad + counts.bad, clientErrors + counts.clientErrors]
  }
  return Object.fromEntries(Object.entries(total).filter(([, [requests]]) => requests > 0))
}

async function expectFenced(attempt: Promise<void>): Promise<void> {
  await expect(attempt).rejects.toMatchObject({ code: 'FENCED' })
}

/** It cannot tell at all, or not that what it was told last is served. */
async function expectUnsure(router: Router, environment: string): Promise<void> {
  const seen = await router.observe(environment).catch((error: unknown) => error)
  if (seen instanceof SluiceError) expect(seen.kind).toBe('outside')
  else expect(seen).toMatchObject({ reached: false })
}

async function expectOutside(attempt: Promise<unknown>): Promise<void> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SluiceError)
  expect((error as SluiceError).kind).toBe('outside')
}
