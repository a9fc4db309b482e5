import { expect, test } from 'vitest'
import type { Check } from './check.ts'
import { createHealth } from './health.ts'
import type { HealthOptions } from './settings.ts'
import { virtualClock } from './virtual-clock.fixture.ts'

const token = 'let-me-see'

function app(options: Partial<HealthOptions> = {}) {
  const clock = virtualClock()
  const health = createHealth({ version: 'a1b2c3', clock, detail: { token }, onDrained() {}, ...options })
  async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const answer = await health.answer({ method, path, headers })
    if (answer === null) throw new Error(`${path} is not a probe`)
    return { ...answer, json: answer.body === '' ? null : JSON.parse(answer.body) }
  }
  return { clock, health, get, detail: () => get('/health/detailed', { authorization: `Bearer ${token}` }) }
}

function switchable(name: string, more: Partial<Check> = {}) {
  const state = { isUp: true, asked: 0 }
  const run = async () => {
    state.asked++
    if (!state.isUp) throw new Error(`${name} is down`)
  }
  return { state, check: { name, run, ...more } }
}

test('stays alive while a dependency is down, is not ready, names it in the detail, and comes back within one cache time', async () => {
  const { state, check } = switchable('database', { kind: 'datastore', cacheMs: 1000 })
  const { clock, get, detail } = app({ checks: [check] })
  expect(await get('/readyz')).toMatchObject({ status: 200, json: { status: 'ok', version: 'a1b2c3' } })

  state.isUp = false
  await clock.advance(1000)
  expect((await get('/livez')).status).toBe(200)
  const ready = await get('/readyz')
  expect(ready).toMatchObject({ status: 503, json: { status: 'error', reason: 'a critical check fails' } })
  expect(ready.body).not.toContain('database')
  expect(await get('/health')).toMatchObject({ status: 503, json: { status: 'error' } })
  expect(await detail()).toMatchObject({
    status: 503,
    json: { status: 'error', checks: { database: { status: 'error', output: 'database is down' } } },
  })

  state.isUp = true
  await clock.advance(1000)
  expect((await get('/readyz')).status).toBe(200)
})

test('asks no dependency to know that it lives or has started', async () => {
  const { state, check } = switchable('database')
  const { get } = app({ checks: [check] })
  await get('/livez')
  await get('/startupz')
  expect(state.asked).toBe(0)
})

test('answers within the limit of a check that never returns', async () => {
  const hung: Check = { name: 'hung', timeoutMs: 300, run: () => new Promise(() => {}) }
  const { clock, get } = app({ checks: [hung] })
  let status = 0
  get('/readyz').then((answer) => {
    status = answer.status
  })
  await clock.advance(299)
  expect(status).toBe(0)
  await clock.advance(1)
  expect(status).toBe(503)
})

test('runs checks side by side, each with its own limit', async () => {
  const hang = () => new Promise<void>(() => {})
  const { clock, detail } = app({
    checks: [
      { name: 'slow', timeoutMs: 400, run: hang },
      { name: 'slower', timeoutMs: 500, run: hang },
      { name: 'quick', run() {} },
    ],
  })
  const asked = detail()
  await clock.advance(500)
  const { checks } = (await asked).json
  expect(checks.slow.output).toBe('timeout after 400 ms')
  expect(checks.slower).toMatchObject({ output: 'timeout after 500 ms', latencyMs: 500 })
  expect(checks.quick).toMatchObject({ status: 'ok', latencyMs: 0 })
})

test('is degraded and yet ready while a part that is not critical is down', async () => {
  const { state, check } = switchable('cache', { critical: false })
  const { get, detail } = app({ checks: [check] })
  state.isUp = false
  expect(await get('/readyz')).toMatchObject({ status: 200, json: { status: 'degraded' } })
  expect(await get('/health')).toMatchObject({ status: 200, json: { status: 'degraded' } })
  expect(await detail()).toMatchObject({
    status: 200,
    json: { status: 'degraded', checks: { cache: { status: 'warn', output: 'cache is down' } } },
  })
})

test('has the simple form that every monitor knows', async () => {
  const { body, headers, status } = await app().get('/health')
  expect([status, body]).toEqual([200, '{"status":"ok"}'])
  expect(headers).toEqual({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': '15',
  })
})

test('has a detailed form with version, uptime, time and each check', async () => {
  const pool: Check = { name: 'pool', run: () => ({ observedValue: 3, observedUnit: 'connections' }) }
  const { clock, detail } = app({ checks: [pool], serviceId: 'shop' })
  await clock.advance(12_400)
  const { status, json } = await detail()
  expect(status).toBe(200)
  expect(json).toEqual({
    status: 'ok',
    version: 'a1b2c3',
    serviceId: 'shop',
    uptime: 12,
    timestamp: '2026-01-01T00:00:12.400Z',
    checks: {
      pool: {
        status: 'ok',
        observedValue: 3,
        observedUnit: 'connections',
        latencyMs: 0,
        time: '2026-01-01T00:00:12.400Z',
      },
    },
  })
})

test('speaks health+json to whoever accepts it', async () => {
  const { get } = app({
    serviceId: 'shop',
    checks: [
      {
        ...{ name: 'pool', kind: 'datastore', measurement: 'connections' },
        run: () => ({ observedValue: 3, output: 'not shown, since it passes' }),
      },
      { name: 'mail', critical: false, run: () => Promise.reject(new Error('no mail')) },
    ],
  })
  const answer = await get('/health/detailed', {
    accept: 'application/health+json, application/json;q=0.5',
    authorization: `bearer ${token}`,
  })
  expect(answer.status).toBe(200)
  expect(answer.headers).toMatchObject({ 'content-type': 'application/health+json', vary: 'accept' })
  const time = '2026-01-01T00:00:00.000Z'
  expect(answer.json).toEqual({
    status: 'warn',
    version: 'a1b2c3',
    releaseId: 'a1b2c3',
    serviceId: 'shop',
    checks: {
      'pool:responseTime': [
        { componentType: 'datastore', status: 'pass', time, observedValue: 0, observedUnit: 'ms' },
      ],
      'pool:connections': [{ componentType: 'datastore', status: 'pass', time, observedValue: 3 }],
      'mail:responseTime': [
        { status: 'warn', time, output: 'no mail', observedValue: 0, observedUnit: 'ms' },
      ],
    },
  })
})

test('fails in health+json with 503 when a critical check does', async () => {
  const { get } = app({ checks: [{ name: 'db', run: () => Promise.reject(new Error('no db')) }] })
  const headers = { accept: 'application/health+json', authorization: `Bearer ${token}` }
  const answer = await get('/health/detailed', headers)
  expect([answer.status, answer.json.status]).toEqual([503, 'fail'])
})

test.each([
  ['no token', {}],
  ['a wrong token', { authorization: 'Bearer let-me-sef' }],
  ['a part of the token', { authorization: 'Bearer let-me' }],
  ['the token without a scheme', { authorization: token }],
  ['another scheme', { authorization: `Basic ${token}` }],
])('tells nothing to whoever has %s', async (_what, headers: Record<string, string>) => {
  const { state, check } = switchable('database')
  for (const method of ['GET', 'HEAD', 'POST']) {
    const { get } = app({ checks: [check] })
    const { status, body } = await get('/health/detailed', headers, method)
    expect(status).toBe(404)
    expect(body).toBe(method === 'HEAD' ? '' : '{"error":"not found"}')
  }
  expect(state.asked).toBe(0)
})

test('shows details to nobody where no token is set, or an empty one', async () => {
  for (const detail of [{}, { token: '' }, { token: undefined }]) {
    const { get } = app({ detail })
    for (const authorization of ['Bearer ', 'Bearer undefined', '']) {
      expect((await get('/health/detailed', { authorization })).status).toBe(404)
    }
  }
})

test('shows details to whom the app allows it, and to nobody when it cannot say', async () => {
  const allow = ({ headers }: { headers: Record<string, unknown> }) => headers['x-from'] === 'inside'
  const { get } = app({ detail: { allow } })
  expect((await get('/health/detailed', { 'x-from': 'inside' })).status).toBe(200)
  expect((await get('/health/detailed', {})).status).toBe(404)
  const unsure = app({ detail: { allow: () => Promise.reject(new Error('who?')) } })
  expect((await unsure.get('/health/detailed')).status).toBe(404)
})

test('has not started until it is told so', async () => {
  const { health, get } = app()
  expect(await get('/startupz')).toMatchObject({ status: 503, json: { reason: 'starting' } })
  health.markStarted()
  expect((await get('/startupz')).status).toBe(200)
})

test('is alive and not ready while it leaves, and asks nothing to say so', async () => {
  const { state, check } = switchable('database')
  const { health, get, detail } = app({ checks: [check] })
  void health.drain()
  expect((await get('/livez')).status).toBe(200)
  expect(await get('/readyz')).toMatchObject({ status: 503, json: { reason: 'draining' } })
  expect((await get('/health')).status).toBe(503)
  expect(state.asked).toBe(0)
  expect(await detail()).toMatchObject({ status: 503, json: { status: 'error', draining: true } })
})

test('is not ready when leaving began while its checks ran', async () => {
  const { clock, health, get } = app({
    checks: [{ name: 'slow', run: () => new Promise<void>((resolve) => clock.after(100, resolve)) }],
  })
  const asked = get('/readyz')
  await clock.advance(50)
  void health.drain()
  await clock.advance(50)
  expect(await asked).toMatchObject({ status: 503, json: { reason: 'draining' } })
})

test('answers HEAD as GET without the body, and refuses what would change something', async () => {
  const { get } = app()
  const head = await get('/livez', {}, 'HEAD')
  const plain = await get('/livez')
  expect(head).toMatchObject({ status: 200, body: '', headers: plain.headers })
  expect(await get('/livez', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('knows its own paths, with a query or without, and leaves all others to the app', async () => {
  const { health, get } = app({ paths: { ready: '/healthz', simple: false } })
  expect((await get('/healthz?verbose')).status).toBe(200)
  for (const path of ['/', '/readyz', '/health', '/livez/', '/livezz']) {
    expect(await health.answer({ method: 'GET', path, headers: {} })).toBeNull()
  }
})

test('calls a version that nobody set unknown', async () => {
  expect((await app({ version: undefined }).get('/livez')).json.version).toBe('unknown')
})
