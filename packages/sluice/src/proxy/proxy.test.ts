import { createHash } from 'node:crypto'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import {
  environment,
  get,
  instance,
  Opened,
  openClient,
  openHttpApp,
  openProxy,
  openRawApp,
  release,
  settled,
  tell,
  turns,
  until,
} from './proxy.fixture.ts'

const opened = new Opened()
afterEach(() => opened.close())

const line = (path: string) => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`

test('gives every release exactly its share of 10,000 requests', async () => {
  const names = ['candidate', 'stable']
  const apps = await Promise.all(
    names.map((name) =>
      opened.add(
        openRawApp((socket) =>
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`),
        ),
      ),
    ),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r2', 500, apps[0]!.port), release('r1', 9_500, apps[1]!.port)]))
  const clients = Array.from({ length: 20 }, () => openClient(proxy.port))
  for (const client of clients) client.send(line('/').repeat(500))
  const sum = (of: string) =>
    proxy.proxy.read().rows.reduce((total, row) => total + (row.release === of ? row.requests : 0), 0)
  await until(() => sum('r1') + sum('r2') === 10_000)
  expect([sum('r2'), sum('r1')]).toEqual([500, 9_500])
  for (const { socket } of clients) socket.destroy()
})

test.each([
  ['a length', false],
  ['chunks', true],
])('carries 5 MB both ways unchanged, by %s', async (_, isChunked) => {
  const app = await opened.add(
    openHttpApp((request, response) => {
      const length = request.headers['content-length']
      if (length !== undefined) response.setHeader('Content-Length', length)
      request.pipe(response)
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const body = Buffer.alloc(5_000_000, 'sluice carries this unchanged; ')
  const hash = createHash('sha256')
  await new Promise<void>((resolve, reject) => {
    const headers = { Host: 'shop.test', ...(isChunked ? {} : { 'Content-Length': body.length }) }
    const sent = request({ port: proxy.port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
      expect(response.headers['transfer-encoding']).toBe(isChunked ? 'chunked' : undefined)
      response.on('data', (bytes: Buffer) => hash.update(bytes))
      response.on('end', resolve)
    })
    sent.on('error', reject)
    for (let at = 0; at < body.length; at += 100_000) sent.write(body.subarray(at, at + 100_000))
    sent.end()
  })
  expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'))
})

test('takes no more of a 200 MB answer than its buffers hold while the client does not read', async () => {
  const piece = Buffer.alloc(1_000_000)
  let written = 0
  const stream = (socket: Socket) => {
    while (written < 200_000_000 && socket.write(piece)) written += piece.length
  }
  const app = await opened.add(
    openRawApp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n')
      socket.on('drain', () => {
        written += piece.length
        stream(socket)
      })
      stream(socket)
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.socket.pause()
  client.send(line('/'))
  await until(() => app.accepted === 1)
  const taken = await settled(() => written)
  // Two pairs of kernel buffers of at most 6 MB each, and ours.
  expect(taken).toBeLessThan(30_000_000)
  client.socket.destroy()
})

test.each([
  ['alone', ''],
  ['behind another request', line('/')],
])('takes no more of a body than the app reads: %s', async (_, before) => {
  const app = await opened.add(
    openRawApp((socket, bytes) => {
      if (!bytes.includes('GET')) socket.pause()
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  const head = 'POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 200000000\r\n\r\n'
  client.send(`${before}${head}${'x'.repeat(200_000)}`)
  if (before !== '') {
    await until(() => app.received.includes('GET'))
    await turns()
    for (const socket of app.sockets) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  }
  const piece = Buffer.alloc(1_000_000)
  let written = 0
  const stream = () => {
    while (written < 200_000_000 && client.socket.write(piece)) written += piece.length
  }
  client.socket.on('drain', () => {
    written += piece.length
    stream()
  })
  await until(() => app.accepted === 1)
  stream()
  expect(await settled(() => written)).toBeLessThan(30_000_000)
  client.socket.destroy()
})

test.each(['GET', 'POST'])('replaces releases under load without one failed %s', async (method) => {
  const proxy = await opened.add(openProxy())
  const open = () =>
    openHttpApp((request, response) => {
      request.resume()
      request.on('end', () => setImmediate(() => response.end('ok')))
    })
  let current = { id: 'r0', app: await opened.add(open()) }
  proxy.serve(environment([release('r0', 10_000, current.app.port)]))
  let isOver = false
  const outcomes: Record<string, number> = {}
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const ask = () =>
    new Promise<void>((resolve) => {
      const book = (outcome: string) => {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        resolve()
      }
      const headers = { Host: 'shop.test' }
      const sent = request({ port: proxy.port, host: '127.0.0.1', method, agent, headers }, (response) => {
        response.resume()
        response.on('end', () => book(String(response.statusCode)))
        response.on('error', () => book('cut'))
      })
      sent.on('error', ({ message }) => book(message))
      sent.end(method === 'POST' ? 'x'.repeat(200) : undefined)
    })
  const clients = Array.from({ length: 16 }, async () => {
    while (!isOver) await ask()
  })
  for (let i = 1; i <= 8; i++) {
    const next = { id: `r${i}`, app: await opened.add(open()) }
    const drains = {
      ...release(current.id, 0),
      instances: [instance(`${current.id}.1`, current.app.port, 'draining')],
    }
    proxy.serve(
      environment([release(next.id, 0, next.app.port), release(current.id, 10_000, current.app.port)]),
    )
    proxy.serve(
      environment([release(next.id, 5_000, next.app.port), release(current.id, 5_000, current.app.port)]),
    )
    await until(() => proxy.proxy.read().rows.some((row) => row.release === next.id && row.requests > 20))
    proxy.serve(environment([release(next.id, 10_000, next.app.port), drains]))
    await until(() => proxy.proxy.read().gauges.every((row) => row.release === next.id || row.inFlight === 0))
    // Nothing is in flight there any more, so it may go at once.
    await current.app.close()
    proxy.serve(environment([release(next.id, 10_000, next.app.port)]))
    current = next
  }
  isOver = true
  await Promise.all(clients)
  agent.destroy()
  expect(Object.keys(outcomes)).toEqual(['200'])
  expect(outcomes['200']).toBeGreaterThan(300)
  const rows = proxy.proxy.read().rows
  expect(rows.filter((row) => row.failedForUser + row.retried + row.cut + row.aborted > 0)).toEqual([])
  expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(outcomes['200'])
})

test('books a request under the weights in force when it began', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)], { weightEpoch: 7 }))
  const client = openClient(proxy.port)
  client.send(get())
  await until(() => app.received !== '')
  proxy.serve(environment([release('r1', 10_000, app.port)], { weightEpoch: 8 }))
  for (const socket of app.sockets) socket.write('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n')
  await client.closed()
  expect(proxy.row('r1')).toMatchObject({ weightEpoch: 7, requests: 1, status: [0, 0, 0, 0, 0, 1] })
  const next = openClient(proxy.port)
  next.send(get())
  await until(() => app.received.split('GET').length === 3)
  for (const socket of app.sockets) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  await next.closed()
  expect(proxy.proxy.read().rows).toMatchObject([
    { weightEpoch: 7, requests: 1 },
    { weightEpoch: 8, requests: 1 },
  ])
})

test('an instance is cold for its first requests, which tell nothing of its latency', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end('ok')))
  const proxy = await opened.add(openProxy({ coldRequests: 2 }))
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  for (let i = 0; i < 5; i++) await tell(proxy.port, get())
  const row = proxy.row('r1')
  expect(row).toMatchObject({ requests: 5, cold: 2 })
  expect(row.firstByte.reduce((sum, [, count]) => sum + count, 0)).toBe(3)
  expect(row.lastByte.reduce((sum, [, count]) => sum + count, 0)).toBe(3)
})

test('an instance is warm after two minutes', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end('ok')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  proxy.pass(120_001)
  await tell(proxy.port, get())
  expect(proxy.row('r1')).toMatchObject({ requests: 1, cold: 0 })
})

test('rows of an instance that is gone are folded after ten minutes', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end('ok')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  await tell(proxy.port, get())
  proxy.serve(environment([release('r2', 10_000, app.port)]))
  proxy.pass(599_000)
  expect(proxy.row('r1')).toMatchObject({ instance: 'r1.1', requests: 1 })
  proxy.pass(2_000)
  expect(proxy.row('r1')).toMatchObject({ instance: '*', requests: 1, bytesOut: 2 })
})
