import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { fakeProcess } from './fake-process.fixture.ts'
import { createHealth } from './health.ts'
import { healthFetch, healthMiddleware } from './hono.ts'

test('answers probes before the middleware of the app, and leaves all else to it', async () => {
  const health = createHealth({ version: '1', detail: { token: 'see' } })
  const seen: string[] = []
  const app = new Hono()
  app.use(healthMiddleware(health))
  app.use(async (context, next) => {
    seen.push(context.req.path)
    await next()
  })
  app.get('/shop', (context) => context.text('shop'))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const ready = await fetch(`${origin}/readyz?from=kubelet`)
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', version: '1' }])
  expect(ready.headers.get('cache-control')).toBe('no-store')
  expect((await fetch(`${origin}/startupz`)).status).toBe(503)
  const head = await fetch(`${origin}/livez`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect((await fetch(`${origin}/health/detailed`)).status).toBe(404)
  const headers = { authorization: 'Bearer see' }
  expect((await fetch(`${origin}/health/detailed`, { headers })).status).toBe(200)
  expect(await (await fetch(`${origin}/shop`)).text()).toBe('shop')
  expect((await fetch(`${origin}/nowhere`)).status).toBe(404)
  expect(seen).toEqual(['/shop', '/nowhere'])
  server.close()
})

test('leaves in order with the server that Hono runs on', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const app = new Hono()
  app.get('/slow', async (context) => {
    host.send('SIGTERM')
    await new Promise(setImmediate)
    return context.text('complete')
  })
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  health.serve(server)
  const slow = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slow`)
  expect([await slow.text(), slow.headers.get('connection')]).toEqual(['complete', 'close'])
  await expect.poll(() => host.exits, { timeout: 10_000 }).toEqual([0])
})

test('answers any server that speaks fetch', async () => {
  const answer = healthFetch(createHealth({ version: '1' }))
  expect(await answer(new Request('http://shop/'))).toBeNull()
  const response = await answer(new Request('http://shop/health'))
  expect([response?.status, await response?.json()]).toEqual([200, { status: 'ok' }])
})
