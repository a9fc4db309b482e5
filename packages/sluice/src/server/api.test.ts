import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { blueGreen } from '../runtime/world.fixture.ts'
import { api } from './api.ts'
import type { Hello } from './contract.ts'
import { type ControlWorld, openControlWorld } from './control.fixture.ts'

const hello: Hello = {
  ...{ protocol: 1, version: '0.0.0', pid: 1, home: '/nowhere', startedAt: 0 },
  listen: { host: '127.0.0.1', port: 8080 },
}

let world: ControlWorld
let app: ReturnType<typeof api>
let shutdowns: unknown[]

beforeEach(async () => {
  shutdowns = []
  world = await openControlWorld()
  app = api({ control: world.control, hello, shutdown: async (how) => void shutdowns.push(how) })
})
afterEach(() => world[Symbol.asyncDispose]())

const post = (path: string, body: unknown) =>
  app.request(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
const production = '/v1/environments/shop/production'

async function answer(response: Response | Promise<Response>): Promise<{ status: number; body: never }> {
  const found = await response
  return { status: found.status, body: (await found.json()) as never }
}

describe('an error', () => {
  test('has the status of its kind and its facts', async () => {
    expect(await answer(app.request('/v1/rollouts/ffff'))).toMatchObject({
      status: 400,
      body: { error: { code: 'UNKNOWN_ROLLOUT', todo: 'sluice history lists them' } },
    })
    await world.deployed({ release: 'r1' })
    expect(await answer(post(`${production}/promote`, {}))).toMatchObject({
      status: 409,
      body: { error: { code: 'NO_ROLLOUT' } },
    })
  })

  test('names what is known where a name is not', async () => {
    await world.deployed({ release: 'r1' })
    expect(await answer(post('/v1/environments/shop/staging/down', {}))).toMatchObject({
      status: 400,
      body: { error: { code: 'UNKNOWN_ENVIRONMENT', message: expect.stringContaining('shop/production') } },
    })
    expect(await answer(post(`${production}/explode`, {}))).toMatchObject({
      status: 400,
      body: { error: { code: 'USAGE', message: expect.stringContaining('promote, pause') } },
    })
  })

  test('of a rollback to nowhere is a refusal', async () => {
    await world.deployed({ release: 'r1' })
    expect(await answer(post(`${production}/rollback`, { by: 'ann' }))).toMatchObject({
      status: 409,
      body: { error: { code: 'NOTHING_TO_ROLL_BACK_TO' } },
    })
  })
})

describe('a rollback', () => {
  test('while a rollout is under way is refused, and offers to go back from that one first', async () => {
    await world.deployed({ release: 'r1' })
    await world.begin({ release: 'r2', spec: { ...blueGreen, approve: true } })
    const { status, body } = await answer(post(`${production}/rollback`, { by: 'ann' }))
    const { error } = body as { error: { code: string; todo: string } }
    expect([status, error.code]).toEqual([409, 'ROLLOUT_UNDER_WAY'])
    expect(error.todo.split('\n')).toEqual([
      'go back from it    sluice abort',
      'wait for it        sluice status --watch',
    ])
  })
})

describe('the traffic of an environment', () => {
  test('is what was seen of it, and what its next rollout would be judged with', async () => {
    await world.deployed({ release: 'r1' })
    expect(await answer(app.request(`${production}/traffic`))).toEqual({
      status: 200,
      body: {
        ...{ requestsPerSecond: 0, failedShare: null, clientErrorShare: null, latency: null },
        allowance: { phi: { errors: 1, clientErrors: 1 }, instanceSd: 0 },
      },
    })
  })

  test('of one that was never deployed to is not known', async () => {
    expect(await answer(app.request(`${production}/traffic`))).toMatchObject({
      status: 400,
      body: { error: { code: 'UNKNOWN_ENVIRONMENT' } },
    })
  })
})

describe('a body', () => {
  test('that is not as it should be is refused with every reason, and nothing is begun', async () => {
    const { status, body } = await answer(
      post('/v1/deploy', { folder: '', environment: 'Prod', surprise: 1 }),
    )
    expect(status).toBe(400)
    const { error } = body as { error: { code: string; details: string[] } }
    expect(error.code).toBe('USAGE')
    expect(error.details.join('\n')).toMatch(/folder: [\s\S]*environment: [\s\S]*surprise/)
    expect(await world.control.records.rollouts.list({ limit: 1 })).toEqual([])
  })

  test('names a release as r7, or not at all', async () => {
    await world.deployed({ release: 'r1' })
    expect((await post(`${production}/rollback`, { by: 'ann', release: '7; drop table' })).status).toBe(400)
  })

  test('that is no JSON is the fault of who sent it', async () => {
    for (const path of ['/v1/deploy', '/v1/plan', '/v1/shutdown'])
      expect(await answer(post(path, '{"folder": '))).toMatchObject({
        status: 400,
        body: { error: { code: 'USAGE' } },
      })
  })
})

describe('an address', () => {
  test('that is none is answered like every error', async () => {
    expect(await answer(app.request('/v1/nonsense'))).toMatchObject({
      status: 404,
      body: { error: { code: 'USAGE' } },
    })
  })

  test('asks for news after a number', async () => {
    const id = await world.deployed({ release: 'r1' })
    expect((await app.request(`/v1/rollouts/${id}/news?after=yesterday`)).status).toBe(400)
  })

  test('asks for the logs of a release by its name', async () => {
    await world.deployed({ release: 'r1' })
    expect((await app.request(`${production}/logs?release=../etc`)).status).toBe(400)
  })
})

describe('an action', () => {
  test('speaks to the rollout that is under way, and is written down with who asked', async () => {
    await world.deployed({ release: 'r1' })
    const id = await world.begin({ release: 'r2', spec: { ...blueGreen, approve: true } })
    await world.clock.pass(1_000)
    expect(await answer(post(`${production}/pause`, { by: 'ann' }))).toMatchObject({
      status: 200,
      body: { rollout: { id, paused: true } },
    })
    const audit = await world.control.store.db.selectFrom('audit').selectAll().execute()
    expect(audit).toMatchObject([{ by: 'ann', what: 'pause', environment: 'shop/production' }])
  })
})

test('the status shows environments as they are', async () => {
  await world.deployed({ release: 'r1' })
  const { body } = await answer(app.request('/v1/status?app=shop'))
  expect(body).toMatchObject({
    hello,
    environments: [
      {
        ...{ id: 'shop/production', isUp: true, stable: { release: 'r1', count: 2 }, rollout: null },
        weights: { r1: 10_000 },
        releases: [{ release: 'r1', wanted: 2, instances: [{ state: 'ready' }, { state: 'ready' }] }],
      },
    ],
  })
  expect((await answer(app.request('/v1/status?app=blog'))).body).toMatchObject({ environments: [] })
})

test('the history is newest first and as long as was asked for', async () => {
  await world.deployed({ release: 'r1' })
  await world.clock.pass(1_000)
  await world.deployed({ release: 'r2' })
  const history = async (query: string) => {
    const { body } = await answer(app.request(`/v1/history?${query}`))
    return (body as { rollouts: { to: string }[] }).rollouts.map(({ to }) => to)
  }
  expect((await history('app=shop')).sort()).toEqual(['r1', 'r2'])
  expect(await history('app=shop&environment=production&limit=1')).toHaveLength(1)
  expect(await history('app=blog')).toEqual([])
})

test('news come as one line of JSON each, and end with the rollout', async () => {
  const id = await world.deployed({ release: 'r1' })
  const response = await app.request(`/v1/rollouts/${id}/news?follow=1`)
  const lines = (await response.text()).trimEnd().split('\n')
  const news = lines.map((line) => JSON.parse(line))
  expect(news.at(-1)).toMatchObject({ rollout: { id, status: 'succeeded' } })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
})

test('a failed deploy ends its stream with the facts of the error', async () => {
  const response = await post('/v1/deploy', { folder: '/no/such/folder', by: 'ann' })
  const lines = (await response.text()).trimEnd().split('\n')
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: 'error', error: { code: 'CONFIG_MISSING' } })
})

test('a shutdown is passed on with its patience', async () => {
  expect((await post('/v1/shutdown', { drainMs: 7 })).status).toBe(200)
  expect((await post('/v1/shutdown', { drainMs: -1 })).status).toBe(400)
  expect(shutdowns).toEqual([{ everything: true, drainMs: 7 }])
})
