import fastify from 'fastify'
import { expect, test } from 'vitest'
import { fakeProcess } from './fake-process.fixture.ts'
import { healthPlugin } from './fastify.ts'
import { createHealth } from './health.ts'

test('answers probes before the hooks of the app, and leaves all else to it', async () => {
  const health = createHealth({ version: '1', detail: { token: 'see' } })
  const seen: string[] = []
  const app = fastify()
  app.register(healthPlugin(health))
  for (const name of ['onRequest', 'onResponse'] as const) {
    app.addHook(name, async (request) => void seen.push(`${name} ${request.url}`))
  }
  app.addHook('onSend', async (request, _reply, payload) => {
    seen.push(`onSend ${request.url}`)
    return payload
  })
  app.get('/shop', async () => 'shop')
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })

  const ready = await fetch(`${origin}/readyz?from=kubelet`)
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', version: '1' }])
  expect(ready.headers.get('cache-control')).toBe('no-store')
  const head = await fetch(`${origin}/livez`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect((await fetch(`${origin}/health/detailed`)).status).toBe(404)
  const headers = { authorization: 'Bearer see' }
  expect((await fetch(`${origin}/health/detailed`, { headers })).status).toBe(200)
  expect((await app.inject('/health')).body).toBe('{"status":"ok"}')
  // Fastify calls these whatever became of the reply; with `health.serve(app.server)` it does not see probes at all.
  expect(seen.filter((one) => !one.startsWith('onResponse'))).toEqual([])
  seen.length = 0
  expect(await (await fetch(`${origin}/shop`)).text()).toBe('shop')
  expect(seen).toEqual(['onRequest /shop', 'onSend /shop', 'onResponse /shop'])
  expect((await fetch(`${origin}/nowhere`)).status).toBe(404)
  await app.close()
})

test('leaves in order with the server that Fastify has made, and closes Fastify in the end', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const log: string[] = []
  const app = fastify()
  app.register(healthPlugin(health))
  const seen: string[] = []
  app.addHook('onResponse', async (request) => void seen.push(request.url))
  app.addHook('onClose', async () => void log.push('fastify is closed'))
  app.get('/slow', async () => {
    host.send('SIGTERM')
    await new Promise(setImmediate)
    log.push('slow is finished')
    return 'complete'
  })
  health.serve(app.server)
  health.onClose('fastify', () => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  expect((await fetch(`${origin}/readyz`)).status).toBe(200)
  const slow = await fetch(`${origin}/slow`)
  expect([await slow.text(), slow.headers.get('connection')]).toEqual(['complete', 'close'])
  await expect.poll(() => host.exits, { timeout: 10_000 }).toEqual([0])
  expect(log).toEqual(['slow is finished', 'fastify is closed'])
  expect(seen).toEqual(['/slow'])
})
