import { afterEach, expect, test } from 'vitest'
import {
  environment,
  get,
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

/** A proxy before an app that answers each request with its path. */
async function openEcho(limits: Parameters<typeof openProxy>[0] = {}) {
  const app = await opened.add(
    openHttpApp((request, response) => {
      request.resume()
      request.on('end', () => response.end(`<${request.url}>`))
    }),
  )
  const proxy = await opened.add(openProxy(limits))
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  return { app, proxy }
}

const line = (path: string) => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\n\r\n`

test('answers pipelined requests in order, one at a time', async () => {
  const { app, proxy } = await openEcho()
  const client = openClient(proxy.port)
  client.send(line('/1') + line('/2') + get('/3'))
  const answer = await client.closed()
  expect([...answer.matchAll(/<\/\d>/g)].join(' ')).toBe('</1> </2> </3>')
  expect(app.accepted).toBe(1)
})

test('answers requests that arrive byte by byte', async () => {
  const { proxy } = await openEcho()
  const client = openClient(proxy.port)
  for (const byte of line('/a') + get('/b')) {
    client.send(byte)
    await turns()
  }
  expect(await client.closed()).toMatch(/<\/a>.*<\/b>$/s)
})

test('reads no more than 64 kB ahead of a request that is under way', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(line('/slow'))
  await until(() => app.received !== '')
  const flood = Buffer.from(line('/next').repeat(1_000_000))
  client.socket.write(flood)
  const read = await settled(() => client.socket.bytesWritten - client.socket.writableLength)
  // What is not in the kernel's buffers waits at the client.
  expect(read).toBeLessThan(flood.length)
  expect(client.socket.writableLength).toBeGreaterThan(0)
  expect(proxy.proxy.read().rows.length).toBeLessThanOrEqual(1)
  expect(app.accepted).toBe(1)
  client.socket.destroy()
})

test('a client that ends its side after the request still gets its answer', async () => {
  const { proxy } = await openEcho()
  const client = openClient(proxy.port)
  client.send(line('/1') + line('/2'))
  client.socket.end()
  expect(await client.closed()).toMatch(/<\/1>.*<\/2>$/s)
})

test.each([
  ['bare LF', 'GET / HTTP/1.1\nHost: shop.test\r\n\r\n', 400],
  ['a line too long', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: shop.test\r\n\r\n`, 414],
  ['too many fields', `GET / HTTP/1.1\r\nHost: shop.test\r\n${'X: 1\r\n'.repeat(129)}\r\n`, 431],
  ['too large a head', `GET / HTTP/1.1\r\nHost: shop.test\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
  ['CONNECT', 'CONNECT shop.test:80 HTTP/1.1\r\nHost: shop.test\r\n\r\n', 405],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: shop.test\r\n\r\n', 405],
  ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: shop.test\r\nExpect: wonders\r\n\r\n', 417],
  ['a version to come', 'GET / HTTP/3.0\r\nHost: shop.test\r\n\r\n', 505],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: shop.test\r\n\r\n', 501],
])('refuses %s and parses nothing behind it', async (_, head, status) => {
  const { app, proxy } = await openEcho()
  const answer = await tell(proxy.port, head + line('/canary'))
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*Connection: close\r\n\r\n[^]*$`))
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  expect(app.received).toBe('')
})

test.each([
  ['length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'Content-Length: 0\r\nContent-Length: 39\r\n\r\n'],
  ['a coding that hides chunked', 'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n'],
  ['a field name with a space', 'Content-Length : 39\r\n\r\n'],
  ['a length in a folded line', 'X: 1\r\n Content-Length: 39\r\n\r\n'],
])('a request is not smuggled by %s', async (_, rest) => {
  const { app, proxy } = await openEcho()
  const answer = await tell(proxy.port, `POST / HTTP/1.1\r\nHost: shop.test\r\n${rest}${line('/smuggled')}`)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).not.toContain('smuggled')
  expect(app.accepted).toBe(0)
})

test('a body with a broken chunk never looks complete to the app', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
  await until(() => app.received.includes('abc'))
  client.send('0x3\r\nabc\r\n0\r\n\r\n')
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /)
  await until(() => app.sockets.size === 0)
  expect(app.received).not.toMatch(/\r\n0\r\n/)
  expect(proxy.row('r1')).toMatchObject({ requests: 0, aborted: 1 })
})

test('a head has 10 s from its first byte, however it trickles', async () => {
  const { proxy } = await openEcho()
  const client = openClient(proxy.port)
  client.send('GET / HT')
  await until(() => proxy.proxy.connections === 1)
  for (let i = 0; i < 4; i++) {
    client.send('T')
    await turns()
    proxy.pass(3_000)
  }
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /)
})

test('a client that has stopped within a head is told why, whatever it asked before', async () => {
  const { proxy } = await openEcho()
  const client = openClient(proxy.port)
  client.send('HEAD /1 HTTP/1.1\r\nHost: shop.test\r\n\r\nGET / HT')
  await client.sees('200 OK')
  await turns()
  proxy.pass(11_000)
  const answer = await client.closed()
  const refusal = answer.slice(answer.indexOf('HTTP/1.1 408'))
  const length = Number(/Content-Length: (\d+)/.exec(refusal)![1])
  expect(length).toBeGreaterThan(0)
  expect(refusal.slice(refusal.indexOf('\r\n\r\n') + 4)).toHaveLength(length)
})

test.each([
  ['by its length', 'Content-Length: 3000000\r\n\r\n', ''],
  ['in one chunk', 'Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n', '\r\n0\r\n\r\n'],
])('large bodies of many clients at once reach the app as they were sent: %s', async (_, head, end) => {
  const app = await opened.add(
    openHttpApp(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      response.end(`<${new Set(Buffer.concat(parts)).size} ${Buffer.concat(parts).length}>`)
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const clients = ['a', 'b', 'c', 'd'].map((letter) => {
    const client = openClient(proxy.port)
    client.send(`PUT / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${head}`)
    for (let i = 0; i < 300; i++) client.send(letter.repeat(10_000))
    client.send(end)
    return client
  })
  for (const client of clients) expect(await client.closed()).toMatch(/<1 3000000>$/)
})

test('heads and bodies of many clients that arrive in pieces are not mixed', async () => {
  const { proxy } = await openEcho()
  const clients = ['a', 'b', 'c', 'd'].map((letter) => ({ letter, client: openClient(proxy.port) }))
  for (let i = 0; i < 5; i++) {
    for (const { client, letter } of clients) {
      client.send(
        i === 0 ? 'GET /' : i === 4 ? ' HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n' : letter,
      )
      await turns()
    }
  }
  for (const { client, letter } of clients)
    expect(await client.closed()).toMatch(new RegExp(`</${letter}{3}>$`))
})

test('bodies of many clients that have to wait reach the app as they were sent', async () => {
  const app = await opened.add(openHttpApp((request, response) => request.pipe(response)))
  const proxy = await opened.add(openProxy())
  const hold = { maxRequests: 10, maxWaitMs: 5_000, healthPath: null }
  proxy.serve(environment([release('r1', 10_000, app.port)], { hold }))
  const clients = ['a', 'b', 'c', 'd'].map((letter) => ({ letter, client: openClient(proxy.port) }))
  for (const { client, letter } of clients) {
    client.send(
      `PUT / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Length: 7\r\n\r\n<${letter.repeat(5)}>`,
    )
    await turns()
  }
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  for (const { client, letter } of clients) expect(await client.closed()).toContain(`<${letter.repeat(5)}>`)
})

test('the oldest head has to leave when too many are in progress', async () => {
  const { proxy } = await openEcho({ headsInProgress: 2 })
  const clients = [1, 2, 3].map(() => openClient(proxy.port))
  await until(() => proxy.proxy.connections === 3)
  for (const client of clients) {
    client.send('GET /')
    await turns()
  }
  await clients[0]!.closed()
  expect(proxy.proxy.connections).toBe(2)
  for (const { socket } of clients) socket.destroy()
})

test('an idle connection is closed without a word after 65 s', async () => {
  const { proxy } = await openEcho()
  const client = openClient(proxy.port)
  client.send(line('/1'))
  await client.sees('</1>')
  proxy.pass(64_000)
  client.send(line('/2'))
  await client.sees('</2>')
  proxy.pass(64_000)
  await turns()
  expect(client.isClosed).toBe(false)
  proxy.pass(2_000)
  expect(await client.closed()).toMatch(/<\/2>$/)
})

test.each([
  ['stops', 30_001, 'x'.repeat(20_000)],
  ['trickles', 11_000, 'x'],
])('a body that %s is answered with 408 and never completed', async (_, ms, part) => {
  const { app, proxy } = await openEcho()
  const client = openClient(proxy.port)
  client.send(`POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 100000\r\n\r\n${part}`)
  await until(() => app.accepted === 1)
  await turns()
  proxy.pass(ms)
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /)
  await until(() => app.sockets.size === 0)
})

test.each([
  ['by its length', 'Content-Length: 11\r\n\r\n'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n'],
])('a body over the limit is refused with 413: %s', async (_, rest) => {
  const { app, proxy } = await openEcho()
  proxy.serve(environment([release('r1', 10_000, app.port)], { maxBodyBytes: 10 }))
  const answer = await tell(proxy.port, `POST / HTTP/1.1\r\nHost: shop.test\r\n${rest}`)
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
})

test('an early answer survives the bytes that the client still sends', async () => {
  const { app, proxy } = await openEcho()
  proxy.serve(environment([release('r1', 10_000, app.port)], { maxBodyBytes: 10 }))
  const client = openClient(proxy.port)
  client.send(`POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`)
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 413 /)
  expect(client.error).toBeNull()
})

test('a client that goes on sending after an early answer is cut off', async () => {
  const { app, proxy } = await openEcho()
  proxy.serve(environment([release('r1', 10_000, app.port)], { maxBodyBytes: 10 }))
  const client = openClient(proxy.port)
  client.send('POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 99000000\r\n\r\n')
  await client.sees('413')
  for (let i = 0; i < 6; i++) client.send(Buffer.alloc(65_536))
  await until(() => proxy.proxy.connections === 0)
  client.socket.destroy()
})

test('connections over the cap of one address are refused, the others live', async () => {
  const { proxy } = await openEcho({ connectionsPerAddress: 1 })
  const first = openClient(proxy.port)
  first.send(line('/1'))
  await first.sees('</1>')
  await openClient(proxy.port).closed()
  first.send(line('/2'))
  await first.sees('</2>')
  expect(proxy.proxy.read().unrouted).toBe(1)
  first.socket.destroy()
  await until(() => proxy.proxy.connections === 0)
  expect(await tell(proxy.port, get('/3'))).toMatch(/<\/3>/)
})

test('a draining worker closes connections with their next answer, and idle ones only at the deadline', async () => {
  const { proxy } = await openEcho()
  const [busy, idle] = [openClient(proxy.port), openClient(proxy.port)]
  for (const client of [busy, idle]) {
    client.send(line('/1'))
    await client.sees('keep-alive\r\n\r\n</1>')
  }
  proxy.proxy.drain()
  busy.send(line('/2'))
  expect(await busy.closed()).toMatch(/Connection: close\r\n\r\n<\/2>$/)
  expect(idle.isClosed).toBe(false)
  proxy.proxy.closeIdle()
  await idle.closed()
  busy.socket.destroy()
  await until(() => proxy.proxy.connections === 0)
})

test('a client that reads nothing for a minute is given up', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end(Buffer.alloc(20_000_000))))
  const proxy = await opened.add(openProxy({ responseGapMs: 1e9 }))
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.socket.pause()
  client.send(line('/'))
  await until(() => app.accepted === 1)
  await until(() => {
    proxy.pass(1_000)
    return proxy.proxy.connections === 0
  })
  await until(() => app.sockets.size === 0)
  expect(proxy.row('r1')).toMatchObject({ requests: 0, aborted: 1 })
  client.socket.destroy()
})

test('reads on after more than 64 kB of pipelined requests, to the end of the last one with its body', async () => {
  const { proxy } = await openEcho()
  const client = openClient(proxy.port)
  const body = 'x'.repeat(100_000)
  client.send(line('/small').repeat(2_000))
  client.send(
    `POST /last HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n${body}`,
  )
  const answer = await client.closed()
  expect(answer.match(/<\/small>/g)).toHaveLength(2_000)
  expect(answer).toMatch(/<\/last>$/)
})

test('a client that asks much and reads nothing is answered only as far as it takes the answers', async () => {
  const proxy = await opened.add(openProxy())
  proxy.serve()
  const client = openClient(proxy.port)
  client.socket.pause()
  client.socket.write(line('/').repeat(300_000))
  expect(await settled(() => proxy.proxy.read().unrouted)).toBeLessThan(150_000)
  client.socket.destroy()
})
