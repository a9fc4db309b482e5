import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type HaproxyLab,
  hasHaproxy,
  openHaproxyLab,
  trafficTo,
} from '../../packages/sluice/src/routers/haproxy/lab.fixture.ts'
import type { RoutedState, Traffic } from '../../packages/sluice/src/routers/router.ts'

const token = '0123456789abcdef'
const drillToken = 'fedcba9876543210'
/** It books a request when it is done with it, which may be after its client has the answer. */
const soon = { timeout: 20_000 }
const preview = { hosts: ['preview--shop.localhost'], token }

describe.skipIf(!hasHaproxy())('a request through HAProxy', () => {
  let lab: HaproxyLab
  let apps: Record<'r2' | 'r1', { host: string; port: number }>
  let effect = 0

  beforeAll(async () => {
    lab = await openHaproxyLab()
    const echo = (name: string) =>
      lab.serve((asked, answer) => {
        const query = new URL(asked.url!, 'http://app').searchParams
        const body = JSON.stringify({ name, url: asked.url, headers: asked.headers })
        setTimeout(() => answer.end(body), Number(query.get('ms') ?? 0))
      })
    apps = { r2: await echo('r2'), r1: await echo('r1') }
  })
  afterAll(() => lab.close())
  beforeEach(async () => lab.router.remove('shop/production', fence()))

  const fence = () => ({ token: 1, effect: ++effect })
  const route = (traffic: Traffic) => lab.router.route(traffic, fence())
  const arm = async (name: `${string}@${number}`, cohort?: Parameters<typeof lab.router.counts>[1]) =>
    (await lab.router.counts('shop/production', cohort)).boots.at(-1)!.arms[name]

  function send(path = '/', headers: Record<string, string> = {}, method = 'GET', body = '') {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const sent = request(
      {
        port: lab.port,
        host: '127.0.0.1',
        path,
        method,
        headers: { host: 'shop.localhost', ...headers },
        agent: false,
      },
      async (answer) => {
        let text = ''
        for await (const part of answer) text += part
        const json = text.startsWith('{') ? JSON.parse(text) : null
        resolve({ status: answer.statusCode!, headers: answer.headers, text, app: json })
      },
    )
    sent.on('error', reject)
    sent.end(body)
    return promise
  }

  type Answer = {
    status: number
    headers: Record<string, string | string[] | undefined>
    text: string
    app: { name: string; url: string; headers: Record<string, string> } | null
  }

  test('finds its environment by host and the longest path of whole segments', async () => {
    await route(trafficTo({ r1: apps.r1 }))
    const api = { environment: 'api/production', settings: { hosts: ['shop.localhost'], pathPrefix: '/api' } }
    await route(trafficTo({ r2: apps.r2 }, api))
    const names = async (path: string, host: string) => (await send(path, { host })).app?.name
    expect(await names('/', 'SHOP.localhost.:8080')).toBe('r1')
    expect(await names('/api', 'shop.localhost')).toBe('r2')
    expect(await names('/api/x?y', 'shop.localhost')).toBe('r2')
    expect(await names('/api?x', 'shop.localhost')).toBe('r2')
    expect(await names('/apix', 'shop.localhost')).toBe('r1')
    expect(await send('/', { host: 'shop.localhost/api' })).toMatchObject({ status: 404 })
    expect(await send('/', { host: 'elsewhere' })).toMatchObject({
      status: 404,
      text: 'Nothing is served here.\n',
    })
    await lab.router.remove('api/production', fence())
  })

  test('tells the app who asks, and nothing that a stranger says of it', async () => {
    await route(trafficTo({ r1: apps.r1 }, { settings: { preview } }))
    const lies = {
      'x-forwarded-for': '6.6.6.6',
      x_forwarded_for: '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'x-sluice-token': token,
      'x-sluice-drill': 'x',
    }
    const { headers } = (await send('/', lies)).app!
    expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|sluice/)
    expect(headers).toMatchObject({
      host: 'shop.localhost',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.localhost',
      'x-forwarded-port': String(lab.port),
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test('that is too large is refused, and one that is too slow is given up', async () => {
    await route(
      trafficTo(
        { r1: apps.r1 },
        { weightEpoch: 30, settings: { maxBodyBytes: 10, firstByteTimeoutMs: 2_000 } },
      ),
    )
    expect((await send('/', {}, 'POST', 'x'.repeat(10))).status).toBe(200)
    expect((await send('/', {}, 'POST', 'x'.repeat(11))).status).toBe(413)
    expect((await send('/?ms=10000')).status).toBe(504)
    await expect.poll(() => arm('r1@30'), soon).toMatchObject({ requests: 2, bad: 1 })
  })

  test('is refused with 503 where nothing serves', async () => {
    await route(trafficTo({ r1: apps.r1 }, { weights: {} }))
    expect(await send()).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  })

  test('reaches the preview by its token alone: in a field, in a cookie, or once in the address', async () => {
    await route(trafficTo(apps, { weights: { r1: 10_000 }, previewRelease: 'r2', settings: { preview } }))
    const host = preview.hosts[0]!
    expect((await send('/', { host })).status).toBe(404)
    expect((await send('/', { host, 'x-sluice-token': 'wrong' })).status).toBe(404)
    expect((await send('/', { host, 'x-sluice-token': token })).app?.name).toBe('r2')
    const cookie = `a=1; sluice_preview=${token}; b=2`
    const asked = (await send('/', { host, cookie })).app!
    expect([asked.name, asked.headers.cookie]).toEqual(['r2', 'a=1; b=2'])
    expect((await send('/', { host, cookie: `sluice_preview=${token}` })).app!.headers.cookie).toBeUndefined()
    const redirected = await send(`//x/y?a=1&sluice_token=${token}&b=2`, { host })
    expect(redirected).toMatchObject({ status: 302, headers: { location: '/x/y?a=1&b=2' } })
    expect(redirected.headers['set-cookie']).toEqual([
      `sluice_preview=${token}; Path=/; HttpOnly; SameSite=Lax`,
    ])
    expect((await send(`/?sluice_token=${token}`, { host })).headers.location).toBe('/')
  })

  test('may name its release with the token, and is no evidence then', async () => {
    const users = async () => (await lab.router.counts('shop/production')).totals.requests
    await route(trafficTo(apps, { weights: { r1: 10_000 }, settings: { preview } }))
    const before = await users()
    const asFor = async (release: string, given = token) =>
      send('/', { 'x-sluice-token': given, 'x-sluice-release': release })
    expect((await asFor('r2')).app?.name).toBe('r2')
    expect((await asFor('r2', 'wrong')).app?.name).toBe('r1')
    expect(await asFor('r9')).toMatchObject({ status: 404, text: 'No such release is served here.\n' })
    await expect.poll(users, soon).toBe(before + 1)
  })

  test('of a drill meets the fault that it asks for, and nobody else does', async () => {
    const drill = { token: drillToken, release: 'r2', errorShare: 1, delayMs: 300 }
    await route(
      trafficTo(apps, { weights: { r1: 10_000 }, previewRelease: 'r2', settings: { preview }, drill }),
    )
    const asked = { 'x-sluice-token': token, 'x-sluice-release': 'r2' }
    expect((await send('/', asked)).status).toBe(200)
    const startedAt = performance.now()
    expect((await send('/', { ...asked, 'x-sluice-drill': drillToken })).status).toBe(500)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300)
    expect(
      (await send('/', { ...asked, 'x-sluice-release': 'r1', 'x-sluice-drill': drillToken })).status,
    ).toBe(200)
    await expect.poll(() => arm('r2@1', 'synthetic'), soon).toMatchObject({ bad: 1 })
  })

  test('waits while its app is replaced, and is answered by the new one', async () => {
    await route(trafficTo({ r1: apps.r1 }, { weights: {}, hold: true }))
    const waiting = Array.from({ length: 20 }, (_, n) => send('/', {}, n % 2 ? 'POST' : 'GET', 'hello'))
    let answered = 0
    for (const one of waiting) one.then(() => answered++)
    const held = async () => (await lab.talk('show table held')).match(/conn_cur=(\d+)/)?.[1]
    await expect.poll(held, soon).toBe('20')
    expect(answered).toBe(0)
    await route(trafficTo({ r2: apps.r2 }, { weightEpoch: 7 }))
    const answers = await Promise.all(waiting)
    expect(new Set(answers.map(({ app }) => app?.name))).toEqual(new Set(['r2']))
    await expect.poll(() => arm('r2@7'), soon).toMatchObject({ requests: 20, bad: 0 })
  })

  test('goes to no instance that drains, and evenly to those that serve', async () => {
    const instance = (slot: number, at: typeof apps.r1, state: RoutedState = 'serving') => ({
      id: `r1-${slot}-1`,
      ...at,
      state,
    })
    const traffic = trafficTo({ r1: apps.r1 })
    const names = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => send()))
      return answers.filter(({ app }) => app?.name === 'r2').length
    }
    const both = (state: RoutedState) => [instance(0, apps.r1), instance(1, apps.r2, state)]
    await route({ ...traffic, releases: [{ release: 'r1', instances: both('serving') }] })
    expect(await names()).toBe(10)
    await route({ ...traffic, releases: [{ release: 'r1', instances: both('draining') }] })
    expect(await names()).toBe(0)
    await route({ ...traffic, releases: [{ release: 'r1', instances: both('serving') }] })
    expect(await names()).toBe(10)
  })

  test('is tried again elsewhere where that is harmless, and counts against its release', async () => {
    let met = 0
    const breaking = await lab.serve((asked) => {
      met++
      asked.socket.destroy()
    })
    const instances = [apps.r1, breaking].map((at, slot) => ({
      id: `r1-${slot}-1`,
      ...at,
      state: 'serving' as const,
    }))
    const traffic = trafficTo({ r1: apps.r1 }, { weightEpoch: 40 })
    await route({ ...traffic, releases: [{ release: 'r1', instances }] })
    const gets = [await send(), await send()]
    expect([gets.map(({ status }) => status), met]).toEqual([[200, 200], 1])
    const posts = [await send('/', {}, 'POST', 'x'), await send('/', {}, 'POST', 'x')]
    expect([posts.map(({ status }) => status).sort(), met]).toEqual([[200, 502], 2])
    await expect.poll(() => arm('r1@40'), soon).toMatchObject({ requests: 4, bad: 2 })
  })

  test('of one user stays on one release while its share rises, in the buckets of every driver', async () => {
    const settings = { sticky: { header: 'X-User' } }
    const at = async (candidate: number, user: string) => {
      await route(trafficTo(apps, { settings, weights: { r2: candidate, r1: 10_000 - candidate } }))
      return (await send('/', { 'x-user': user })).app?.name
    }
    for (const [user, bucket] of [
      ['user-1', 851],
      ['u0', 2979],
    ] as const) {
      expect(await at(bucket, user)).toBe('r1')
      expect(await at(bucket + 1, user)).toBe('r2')
    }
    // Fields are bytes; Node writes them as latin1.
    const zoe = Buffer.from('Zoë').toString('latin1')
    expect([await at(6933, zoe), await at(6934, zoe)]).toEqual(['r1', 'r2'])
  })

  test('of a user without a key is given one that it keeps its release by', async () => {
    const settings = { sticky: {} }
    const rise = (candidate: number) =>
      route(trafficTo(apps, { settings, weights: { r2: candidate, r1: 10_000 - candidate } }))
    await rise(5_000)
    const first = await Promise.all(Array.from({ length: 40 }, () => send()))
    const users = first.map(({ headers, app }) => {
      const [line] = headers['set-cookie'] as string[]
      expect(line).toMatch(/^sluice_uid=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/)
      return { cookie: line!.split(';')[0]!, name: app!.name }
    })
    const again = await Promise.all(users.map(({ cookie }) => send('/', { cookie })))
    expect(again.map(({ app }) => app!.name)).toEqual(users.map(({ name }) => name))
    expect(again.every(({ headers }) => headers['set-cookie'] === undefined)).toBe(true)
    await rise(8_000)
    const later = await Promise.all(users.map(({ cookie }) => send('/', { cookie })))
    const wentBack = users.filter(({ name }, i) => name === 'r2' && later[i]!.app!.name !== 'r2')
    expect(wentBack).toEqual([])
    const forged = await send('/', { cookie: 'sluice_uid=%0d%0aX: 1' })
    expect(forged.headers['set-cookie']).toHaveLength(1)
  })

  test('is counted exactly once, with its class, in the epoch of its start', async () => {
    await route(trafficTo({ r1: await lab.app('r1') }, { weightEpoch: 20 }))
    const paths = Array.from(
      { length: 2_000 },
      (_, n) => `/?status=${n % 10 === 0 ? 500 : n % 10 === 1 ? 404 : 200}`,
    )
    const slow = send('/?ms=300')
    const clients = Array.from({ length: 20 }, async () => {
      for (let path = paths.pop(); path !== undefined; path = paths.pop()) await send(path)
    })
    await Promise.all(clients)
    await route(trafficTo({ r1: await lab.app('again') }, { weightEpoch: 21 }))
    await slow
    const all = { requests: 2_001, bad: 200, clientErrors: 200, aborted: 0 }
    await expect.poll(() => arm('r1@20'), soon).toMatchObject(all)
    expect(await arm('r1@21')).toBeUndefined()
    expect(await lab.router.warnings()).toEqual([])
  })
})
