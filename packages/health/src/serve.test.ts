import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { fakeProcess } from './fake-process.fixture.ts'
import { createHealth } from './health.ts'

/** A second is too short for a busy machine. */
const soon = { timeout: 10_000 }

const open: Server[] = []
const agents: Agent[] = []

afterEach(() => {
  for (const server of open.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
  for (const agent of agents.splice(0)) agent.destroy()
})

async function listen(server: Server): Promise<number> {
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  agents.push(agent)
  return agent
}

async function ask(port: number, path: string, options: { agent?: Agent; method?: string } = {}) {
  const request = get({ host: '127.0.0.1', port, path, ...options })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

test('answers probes before the app sees them, also for listeners that come later', async () => {
  const seen: string[] = []
  const server = createServer()
  const health = createHealth({ version: '1', process: fakeProcess() })
  health.serve(server)
  server.on('request', (request, response) => {
    seen.push(request.url ?? '')
    response.writeHead(301, { location: 'https://shop.example/' }).end()
  })
  const port = await listen(server)
  const probe = await ask(port, '/readyz?from=kubelet')
  expect([probe.status, JSON.parse(probe.body)]).toEqual([200, { status: 'ok', version: '1' }])
  expect(probe.headers['cache-control']).toBe('no-store')
  const head = await ask(port, '/livez', { method: 'HEAD' })
  expect([head.status, head.body]).toEqual([200, ''])
  expect((await ask(port, '/anything')).status).toBe(301)
  expect(seen).toEqual(['/anything'])
})

test('ends kept-alive connections with the answers on them, and refuses new ones', async () => {
  const host = fakeProcess()
  const release: (() => void)[] = []
  const server = createServer((request, response) => {
    if (request.url === '/quick') response.end('quick')
    else release.push(() => response.end('slow'))
  })
  // A connection that nobody closes would stay for longer than the test.
  server.keepAliveTimeout = 60_000
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0, graceMs: 10_000 } })
  health.serve(server)
  const port = await listen(server)

  const [idle, busy] = [keepAlive(), keepAlive()]
  await ask(port, '/quick', { agent: idle })
  const slow = ask(port, '/slow', { agent: busy })
  await expect.poll(() => release.length, soon).toBe(1)

  host.send('SIGTERM')
  await expect.poll(() => ask(port, '/quick').catch((error) => error.code), soon).toBe('ECONNREFUSED')
  await expect.poll(() => Object.keys(idle.freeSockets), soon).toEqual([])
  expect(host.exits).toEqual([])

  const closed = once(server, 'close')
  release[0]!()
  const { body, headers } = await slow
  expect([body, headers.connection]).toEqual(['slow', 'close'])
  await closed
  await expect.poll(() => host.exits, soon).toEqual([0])
  expect(JSON.parse(host.out[0]!)).toMatchObject({ inFlightAtStart: 1, finished: 1, cut: 0 })
})

test('ends the connection of an answer that had begun before, as soon as it is complete', async () => {
  const host = fakeProcess()
  const release: (() => void)[] = []
  const server = createServer((_request, response) => {
    response.write('half ')
    release.push(() => response.end('whole'))
  })
  server.keepAliveTimeout = 60_000
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  health.serve(server)
  const port = await listen(server)
  const asked = ask(port, '/', { agent: keepAlive() })
  await expect.poll(() => release.length, soon).toBe(1)
  host.send('SIGTERM')
  const closed = once(server, 'close')
  release[0]!()
  expect((await asked).body).toBe('half whole')
  await closed
})

test('answers during the wait, and lets no connection outlive its answer', async () => {
  const host = fakeProcess()
  const server = createServer((_request, response) => response.end('still here'))
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 60_000 } })
  health.serve(server)
  const port = await listen(server)
  host.send('SIGTERM')
  const agent = keepAlive()
  const app = await ask(port, '/', { agent })
  expect([app.status, app.body, app.headers.connection]).toEqual([200, 'still here', 'close'])
  const probe = await ask(port, '/readyz', { agent })
  expect([probe.status, probe.headers.connection]).toEqual([503, 'close'])
})

test('sends the last byte of a big answer to a slow client before it ends', async () => {
  const size = 30_000_000
  const host = fakeProcess()
  let isHandedOver = false
  const server = createServer((_request, response) => {
    response.end(Buffer.alloc(size))
    isHandedOver = true
  })
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0, graceMs: 20_000 } })
  health.serve(server)
  const port = await listen(server)
  const request = get({ host: '127.0.0.1', port, agent: keepAlive() })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await expect.poll(() => isHandedOver, soon).toBe(true)
  host.send('SIGTERM')
  await expect.poll(() => server.listening, soon).toBe(false)
  expect(host.exits).toEqual([])
  expect((await buffer(response)).length).toBe(size)
  await expect.poll(() => host.exits, soon).toEqual([0])
})

test('leaves a connection alone that has become a WebSocket after it carried requests', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const server = createServer((_request, response) => response.end())
  const finish: (() => void)[] = []
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n')
    health.track(socket, () => finish.push(() => socket.end('bye')))
  })
  health.serve(server)
  const port = await listen(server)
  const agent = keepAlive()
  await ask(port, '/', { agent })
  await expect.poll(() => Object.keys(agent.freeSockets), soon).toHaveLength(1)
  const headers = { connection: 'upgrade', upgrade: 'test' }
  const request = get({ host: '127.0.0.1', port, agent, headers })
  const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket]
  expect(request.reusedSocket).toBe(true)
  host.send('SIGTERM')
  await expect.poll(() => server.listening, soon).toBe(false)
  await expect.poll(() => finish.length, soon).toBe(1)
  finish[0]!()
  expect(await text(socket)).toBe('bye')
})

test('ends an event stream with its close notice', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    health.track(response, () => response.end('event: bye\ndata:\n\n'))
  })
  health.serve(server)
  const port = await listen(server)
  const request = get({ host: '127.0.0.1', port })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  host.send('SIGTERM')
  expect(await text(response)).toBe('data: 1\n\nevent: bye\ndata:\n\n')
  await expect.poll(() => host.exits, soon).toEqual([0])
  expect(JSON.parse(host.out[0]!)).toMatchObject({ inFlightAtStart: 1, finished: 1, cut: 0 })
})

test('gives an upgraded connection its close notice before it ends', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const server = createServer()
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n')
    health.track(socket, () => socket.end('bye'))
  })
  health.serve(server)
  const port = await listen(server)
  const request = get({ host: '127.0.0.1', port, headers: { connection: 'upgrade', upgrade: 'test' } })
  const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket]
  host.send('SIGTERM')
  expect(await text(socket)).toBe('bye')
  await expect.poll(() => host.exits, soon).toEqual([0])
})

test('counts a request whose client has gone as over', async () => {
  const host = fakeProcess()
  let arrived = 0
  const server = createServer(() => arrived++)
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0, graceMs: 20_000 } })
  health.serve(server)
  const port = await listen(server)
  const request = get({ host: '127.0.0.1', port }).on('error', () => {})
  await expect.poll(() => arrived, soon).toBe(1)
  host.send('SIGTERM')
  request.destroy()
  await expect.poll(() => host.exits, soon).toEqual([0])
})

test('closes every server that it serves', async () => {
  const host = fakeProcess()
  const health = createHealth({ version: '1', process: host, drain: { delayMs: 0 } })
  const [inner, outer] = [createServer(), createServer()]
  const ports = [await listen(inner), await listen(outer)]
  for (const server of [inner, outer, inner]) health.serve(server)
  expect((await ask(ports[0]!, '/livez')).status).toBe(200)
  host.send('SIGTERM')
  await expect.poll(() => host.exits, soon).toEqual([0])
  expect([inner.listening, outer.listening]).toEqual([false, false])
})
