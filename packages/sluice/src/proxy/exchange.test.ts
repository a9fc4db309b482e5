import { afterEach, expect, test } from 'vitest'
import {
  closedPort,
  environment,
  get,
  instance,
  Opened,
  openClient,
  openHttpApp,
  openProxy,
  openRawApp,
  release,
  tell,
  until,
} from './proxy.fixture.ts'

const opened = new Opened()
afterEach(() => opened.close())

const post = (body: string, ...lines: string[]) =>
  [
    'POST / HTTP/1.1',
    'Host: shop.test',
    'Connection: close',
    `Content-Length: ${body.length}`,
    ...lines,
    '',
    body,
  ].join('\r\n')

test('forwards request and answer, with its own fields and without those of the connection', async () => {
  const app = await opened.add(
    openRawApp((socket) =>
      socket.write(
        'HTTP/1.1 201 Made\r\nX-App: Yes\r\nKeep-Alive: timeout=5\r\nContent-Length: 5\r\n\r\nhello',
      ),
    ),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const answer = await tell(proxy.port, get('/a?b=c', 'X-One: 1', 'X-Forwarded-For: 6.6.6.6', 'TE: trailers'))
  expect(answer).toBe(
    'HTTP/1.1 201 Made\r\nX-App: Yes\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
  )
  expect(app.received).toMatch(/^GET \/a\?b=c HTTP\/1\.1\r\nHost: shop\.test\r\nX-One: 1\r\n/)
  expect(app.received).toContain('X-Forwarded-For: 127.0.0.1\r\n')
  expect(app.received).toContain('X-Request-Id: boot-0\r\n')
  expect(app.received).not.toMatch(/6\.6\.6\.6|TE:|Connection/)
  expect(proxy.row('r1')).toMatchObject({
    requests: 1,
    status: [0, 0, 1, 0, 0, 0],
    bytesOut: 5,
    cold: 1,
    aborted: 0,
    failedForUser: 0,
  })
})

test('a refused connection goes to another instance of the release, POST too, and the first attempt is booked', async () => {
  const app = await opened.add(openHttpApp((request, response) => request.pipe(response)))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, await closedPort(), app.port)]))
  expect(await tell(proxy.port, post('hello'))).toMatch(/^HTTP\/1\.1 200 .*hello/s)
  const rows = proxy.proxy.read().rows
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    instance: 'r1.1',
    requests: 1,
    failures: { refused: 1 },
    retried: 1,
    failedForUser: 0,
  })
})

test('a release that refuses every connection is left for another one, and the failure stays its own', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end('stable')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r2', 9_999, await closedPort()), release('r1', 1, app.port)]))
  expect(await tell(proxy.port, get())).toMatch(/stable/)
  expect(proxy.row('r2')).toMatchObject({
    requests: 1,
    failures: { refused: 1 },
    retried: 1,
    failedForUser: 0,
  })
  expect(proxy.proxy.read().rows.filter(({ release }) => release === 'r1')).toEqual([])
})

test('when nobody can be reached the client gets 502 and the failure is counted once', async () => {
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, await closedPort())]))
  expect(await tell(proxy.port, get())).toMatch(/^HTTP\/1\.1 502 /)
  expect(proxy.row('r1')).toMatchObject({
    requests: 1,
    failures: { refused: 1 },
    retried: 2,
    failedForUser: 1,
  })
})

test('an instance that refused gets nothing for a second, then one request as a probe', async () => {
  const port = await closedPort()
  const app = await opened.add(openHttpApp((_, response) => response.end('ok')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, port, app.port)]))
  for (let i = 0; i < 6; i++) expect(await tell(proxy.port, get())).toMatch(/ok$/)
  const refusals = () => proxy.proxy.read().rows.reduce((sum, row) => sum + (row.failures.refused ?? 0), 0)
  expect(refusals()).toBe(1)
  proxy.pass(1_001)
  for (let i = 0; i < 6; i++) expect(await tell(proxy.port, get())).toMatch(/ok$/)
  expect(refusals()).toBe(2)
})

test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])(
  '%s is sent again after a reset without an answer',
  async (method) => {
    const app = await opened.add(
      openRawApp((socket, _, app) => {
        if (app.accepted === 1) socket.resetAndDestroy()
        else socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      }),
    )
    const proxy = await opened.add(openProxy())
    proxy.serve(environment([release('r1', 10_000, app.port)]))
    expect(await tell(proxy.port, get().replace('GET', method))).toMatch(/^HTTP\/1\.1 204 /)
    expect(proxy.row('r1')).toMatchObject({
      requests: 1,
      failures: { reset: 1 },
      retried: 1,
      failedForUser: 0,
    })
  },
)

test.each([
  ['POST', 'x'],
  ['POST', ''],
  ['PATCH', 'x'],
])('%s with the body "%s" is never sent again once it was sent', async (method, body) => {
  const app = await opened.add(openRawApp((socket) => socket.resetAndDestroy()))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  expect(await tell(proxy.port, post(body).replace('POST', method))).toMatch(/^HTTP\/1\.1 502 /)
  expect(app.accepted).toBe(1)
  expect(proxy.row('r1')).toMatchObject({ failures: { reset: 1 }, retried: 0, failedForUser: 1 })
})

test('the body of a PUT is sent again whole', async () => {
  const app = await opened.add(
    openRawApp((socket, bytes, app) => {
      if (app.accepted === 1) socket.resetAndDestroy()
      else if (bytes.toString().endsWith('end'))
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`)
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const body = `${'b'.repeat(1000)}end`
  expect(await tell(proxy.port, post(body).replace('POST', 'PUT'))).toMatch(/ok$/)
  expect(app.received.split('b'.repeat(1000))).toHaveLength(3)
})

test('an app that takes too long gets 504 and no second try', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy({ coldRequests: 0 }))
  proxy.serve(environment([release('r1', 10_000, app.port)], { firstByteTimeoutMs: 5_000 }))
  const client = openClient(proxy.port)
  client.send(get())
  await until(() => app.received !== '')
  proxy.pass(5_001)
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 504 /)
  expect(app.accepted).toBe(1)
  expect(proxy.row('r1')).toMatchObject({
    failures: { timeout: 1 },
    failedForUser: 1,
    firstByte: [[539, 1]],
  })
})

test('the time for the first byte begins when the request is complete', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)], { firstByteTimeoutMs: 5_000 }))
  const client = openClient(proxy.port)
  client.send('POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 20000\r\n\r\n')
  client.send('x'.repeat(10_000))
  await until(() => app.received.endsWith('x'))
  proxy.pass(9_000)
  client.send('y'.repeat(10_000))
  await until(() => app.received.endsWith('y'.repeat(10_000)))
  expect(client.text).toBe('')
  proxy.pass(5_001)
  await client.sees(/^HTTP\/1\.1 504 /)
  client.socket.destroy()
})

test.each([
  ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
  [
    '101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
  ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n'],
])('an answer with %s becomes 502, and its connection is not used again', async (_, head) => {
  const app = await opened.add(openRawApp((socket) => socket.write(head)))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  expect(await tell(proxy.port, get())).toMatch(/^HTTP\/1\.1 502 /)
  await until(() => app.sockets.size === 0)
  expect(proxy.row('r1')).toMatchObject({ failures: { badHead: 1 }, retried: 0, failedForUser: 1 })
})

test.each([
  ['a length', 'Content-Length: 10'],
  ['chunks', 'Transfer-Encoding: chunked'],
  ['the close', 'X-None: 1'],
])('an answer that the app breaks off is cut, so that nobody takes it for whole: %s', async (_, framing) => {
  const app = await opened.add(
    openRawApp((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${framing.includes('chunked') ? '5\r\nhello' : 'hello'}`,
      )
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(get())
  await client.sees('hello')
  for (const socket of app.sockets) socket.resetAndDestroy()
  await until(() => client.isClosed)
  expect(client.error).toBe('ECONNRESET')
  expect(proxy.row('r1')).toMatchObject({
    requests: 1,
    failures: { truncated: 1 },
    status: [0, 0, 0, 0, 0, 0],
    failedForUser: 1,
  })
})

test('HEAD, 204 and 304 have no body whatever their head says, and the connection is used again', async () => {
  const app = await opened.add(
    openRawApp((socket, bytes) => {
      const path = bytes.toString().split(' ')[1]!
      if (path === '/head') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n')
      else if (path === '/304') socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n')
      else socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('HEAD /head HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  await client.sees(/200 OK\r\nContent-Length: 99\r\nConnection: keep-alive\r\n\r\n$/)
  client.send('GET /304 HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  await client.sees(/304 Not Modified\r\nContent-Length: 99\r\nConnection: keep-alive\r\n\r\n$/)
  client.send('GET /204 HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  await client.sees(/204 No Content\r\nConnection: keep-alive\r\n\r\n$/)
  expect(app.accepted).toBe(1)
  client.socket.destroy()
})

test('relays 100 before the body and 103 before the answer', async () => {
  const app = await opened.add(
    openRawApp((socket, bytes) => {
      if (bytes.includes('Expect: 100-continue')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (bytes.toString().endsWith('body!'))
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        )
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('POST / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
  await client.sees(/^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  client.send('body!')
  await client.sees(
    /103 Early Hints\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n.*keep-alive\r\n\r\nok$/s,
  )
  client.socket.destroy()
})

test('an answer before the awaited 100 ends the connection, because a body may or may not follow', async () => {
  const app = await opened.add(
    openRawApp((socket) => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const answer = await tell(
    proxy.port,
    'POST / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 403 .*Connection: close\r\n\r\nno$/s)
  await until(() => app.sockets.size === 0)
})

test('an HTTP/1.0 client gets no interim answers and a chunked body decoded and ended by the close', async () => {
  const app = await opened.add(
    openRawApp((socket) =>
      socket.write(
        'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      ),
    ),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  expect(await tell(proxy.port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')).toBe(
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello',
  )
})

test('an HTTP/1.0 client that asks for it keeps its connection where the length is known', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end('ok')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
  await client.sees(/Connection: keep-alive\r\n\r\nok$/)
  client.send('GET / HTTP/1.0\r\n\r\n')
  expect(await client.closed()).toMatch(/Connection: close\r\n\r\nok$/)
})

test('the close of an HTTP/1.0 app is the regular end of its answer', async () => {
  const app = await opened.add(openRawApp((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  expect(await client.closed()).toMatch(/Connection: close\r\n\r\nall of it$/)
  expect(client.error).toBeNull()
  expect(proxy.row('r1')).toMatchObject({ status: [0, 0, 1, 0, 0, 0], failures: {} })
})

test('passes chunks and trailers both ways', async () => {
  const app = await opened.add(
    openHttpApp((request, response) => {
      request.resume()
      request.on('end', () => {
        response.setHeader('Trailer', 'X-Sum')
        response.write('one')
        response.addTrailers({ 'X-Sum': request.trailers['x-sum'] ?? 'none' })
        response.end('two')
      })
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const answer = await tell(
    proxy.port,
    'POST / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n',
  )
  expect(answer).toMatch(/3\r\none\r\n3\r\ntwo\r\n0\r\nX-Sum: 42\r\n\r\n$/)
})

test('the first event of a stream arrives while the app is still open, and is not waited for when draining', async () => {
  const app = await opened.add(
    openHttpApp((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('data: 1\n\n')
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('GET /events HTTP/1.1\r\nHost: shop.test\r\n\r\n')
  await client.sees('data: 1\n\n')
  expect(app.sockets.size).toBe(1)
  expect(proxy.proxy.read().gauges).toMatchObject([{ inFlight: 0, tunnels: 1 }])
  proxy.pass(3_600_000)
  for (const socket of app.sockets) socket.write('9\r\ndata: 2\n\n\r\n')
  await client.sees('data: 2\n\n')
  client.socket.end()
  await until(() => app.sockets.size === 0)
  expect(proxy.proxy.read().gauges).toMatchObject([{ inFlight: 0, tunnels: 0 }])
})

test('an answer in which nothing comes for 30 s is cut', async () => {
  const app = await opened.add(
    openRawApp((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(get())
  await client.sees('hello')
  proxy.pass(30_001)
  await until(() => client.isClosed)
  expect(proxy.row('r1')).toMatchObject({ failures: { truncated: 1 } })
})

const upgrade =
  'GET /chat HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n'

test('a tunnel goes on when its release has no weight any more, and is cut only when its instance closes', async () => {
  const app = await opened.add(
    openRawApp((socket, bytes) => {
      if (bytes.includes('Upgrade: websocket'))
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi ',
        )
      else socket.write(bytes)
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(upgrade)
  await client.sees(
    /^HTTP\/1\.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi $/,
  )
  const draining = { id: 'r1', weight: 0, instances: [instance('r1.1', app.port, 'draining')] }
  proxy.serve(environment([release('r2', 10_000, app.port), draining]))
  client.send('one ')
  await client.sees(/one $/)
  expect(proxy.proxy.read().gauges).toContainEqual({
    environment: 'shop/test',
    release: 'r1',
    instance: 'r1.1',
    inFlight: 0,
    tunnels: 1,
  })
  const closing = { ...draining, instances: [instance('r1.1', app.port, 'closing')] }
  proxy.serve(environment([release('r2', 10_000, app.port), closing]))
  client.send('two ')
  await client.sees(/two $/)
  proxy.pass(1_000)
  await until(() => client.isClosed)
  expect(proxy.row('r1')).toMatchObject({ cut: 1, failedForUser: 0, status: [0, 1, 0, 0, 0, 0] })
})

test('a tunnel may be ended in one direction and go on in the other', async () => {
  const app = await opened.add(
    openRawApp((socket, bytes) => {
      if (!bytes.includes('Upgrade: websocket')) return
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      socket.removeAllListeners('end')
      socket.on('end', () => socket.end('after the end'))
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(`${upgrade}early `)
  await client.sees('101')
  client.socket.end()
  expect(await client.closed()).toMatch(/after the end$/)
  expect(app.received).toMatch(/\r\n\r\nearly $/)
  await until(() => proxy.proxy.read().gauges[0]!.tunnels === 0)
})

test('h2c is not passed on', async () => {
  const app = await opened.add(openHttpApp((_, response) => response.end('plain')))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(upgrade.replace('websocket', 'h2c'))
  await client.sees(/200 OK.*plain$/s)
  client.socket.destroy()
})

test('an upgrade that the app declines is an ordinary answer', async () => {
  const app = await opened.add(
    openRawApp((socket) => socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno')),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(upgrade)
  await client.sees(/400 Bad Request.*keep-alive\r\n\r\nno$/s)
  client.socket.destroy()
})

test('a client that leaves takes its request to the app with it, and is counted as gone', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(get())
  await until(() => app.received !== '')
  client.socket.resetAndDestroy()
  await until(() => app.sockets.size === 0)
  expect(proxy.row('r1')).toMatchObject({ requests: 0, aborted: 1, failures: {}, failedForUser: 0 })
  expect(proxy.proxy.read().gauges).toMatchObject([{ inFlight: 0 }])
})

test('a request at a closing instance is cut and counted, and answered where it still can be', async () => {
  const app = await opened.add(openRawApp(() => {}))
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send(get())
  await until(() => app.received !== '')
  proxy.serve()
  expect(proxy.proxy.read().gauges).toMatchObject([{ instance: 'r1.1', inFlight: 1 }])
  proxy.pass(2_001)
  expect(await client.closed()).toMatch(/^HTTP\/1\.1 504 /)
  expect(proxy.row('r1')).toMatchObject({ requests: 0, cut: 1, failedForUser: 1, failures: {} })
  expect(proxy.proxy.read().gauges).toEqual([])
})

test('an answer that ends before the request does is passed on, and ends both connections', async () => {
  const app = await opened.add(
    openRawApp((socket, bytes) => {
      if (bytes.includes('POST')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly')
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const client = openClient(proxy.port)
  client.send('POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\nhalf ')
  expect(await client.closed()).toMatch(/early$/)
  await until(() => app.sockets.size === 0)
  client.socket.destroy()
})
