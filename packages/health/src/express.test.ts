import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, test } from 'vitest'
import { healthMiddleware } from './express.ts'
import { fakeProcess } from './fake-process.fixture.ts'
import { createHealth } from './health.ts'

async function listen(app: express.Express) {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('answers probes before the middleware of the app, and leaves all else to it', async () => {
  const health = createHealth({ version: '1', detail: { token: 'see' } })
  const seen: string[] = []
  const app = express()
  app.use(healthMiddleware(health))
  app.use((request, response, next) => {
    seen.push(request.path)
    if (request.path === '/shop') next()
    else response.redirect(301, 'https://shop.example/')
  })
  app.get('/shop', (_request, response) => {
    response.send('shop')
  })
  const { server, origin } = await listen(app)

  const ready = await fetch(`${origin}/readyz?from=kubelet`)
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', version: '1' }])
  expect(ready.headers.get('cache-control')).toBe('no-store')
  expect((await fetch(`${origin}/startupz`)).status).toBe(503)
  const head = await fetch(`${origin}/health`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  expect((await fetch(`${origin}/health/detailed`)).status).toBe(404)
  const headers = { authorization: 'Bearer see', accept: 'application/health+json' }
  const detail = await fetch(`${origin}/health/detailed`, { headers })
  expect(detail.headers.get('content-type')).toBe('application/health+json')
  expect(await (await fetch(`${origin}/shop`)).text()).toBe('shop')
  expect(seen).toEqual(['/shop'])
  server.close()
})

test('answers below the path that it is mounted at', async () => {
  const app = express()
  app.use('/internal', healthMiddleware(createHealth({ version: '1' })))
  const { server, origin } = await listen(app)
  expect((await fetch(`${origin}/internal/livez`)).status).toBe(200)
  expect((await fetch(`${origin}/livez`)).status).toBe(404)
  server.close()
})

test('leaves in order with the server that Express has made', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const app = express()
  let finish = () => {}
  app.get('/slow', (_request, response) => {
    finish = () => response.send('complete')
    host.send('SIGTERM')
    setImmediate(() => finish())
  })
  const { server, origin } = await listen(app)
  health.serve(server)
  const slow = await fetch(`${origin}/slow`)
  expect([await slow.text(), slow.headers.get('connection')]).toEqual(['complete', 'close'])
  await expect.poll(() => host.exits, { timeout: 10_000 }).toEqual([0])
  expect(server.listening).toBe(false)
})
