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
  tell,
  turns,
  until,
} from './proxy.fixture.ts'

const opened = new Opened()
afterEach(() => opened.close())

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

async function openCounted(answer = OK, limits: Parameters<typeof openProxy>[0] = {}) {
  const app = await opened.add(openRawApp((socket) => socket.write(answer)))
  const proxy = await opened.add(openProxy(limits))
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  return { app, proxy, ask: (text = get()) => tell(proxy.port, text) }
}

test('uses a connection again until it has been idle for 4 s', async () => {
  const { app, ask, proxy } = await openCounted()
  await ask()
  proxy.pass(3_900)
  await ask()
  expect(app.accepted).toBe(1)
  proxy.pass(4_001)
  await until(() => app.sockets.size === 0)
  await ask()
  expect(app.accepted).toBe(2)
})

test('keeps a connection a second less than the app says it does', async () => {
  const { app, proxy, ask } = await openCounted(OK.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=3\r\n\r\n'))
  await ask()
  proxy.pass(1_900)
  await turns()
  expect(app.sockets.size).toBe(1)
  proxy.pass(200)
  await until(() => app.sockets.size === 0)
})

test('does not keep a connection that the app says it closes', async () => {
  const { app, ask } = await openCounted(OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  await ask()
  await until(() => app.sockets.size === 0)
})

test('sends what must not be repeated only over a connection that was in use within the last second', async () => {
  const { app, ask, proxy } = await openCounted()
  const post = get().replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 0\r\n\r\n')
  await ask()
  proxy.pass(900)
  await ask(post)
  expect(app.accepted).toBe(1)
  proxy.pass(1_100)
  await ask(post)
  expect(app.accepted).toBe(2)
})

test('drops an idle connection on which anything at all arrives', async () => {
  const { app, ask } = await openCounted()
  await ask()
  for (const socket of app.sockets) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')
  await until(() => app.sockets.size === 0)
  expect(await ask()).toMatch(/ok$/)
})

test('drops a connection on which bytes follow the end of an answer', async () => {
  const { app, ask } = await openCounted(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`)
  expect(await ask()).toMatch(/ok$/)
  expect(await ask()).toMatch(/ok$/)
  expect(app.accepted).toBe(2)
})

test('an app that closes connections soon after each answer makes no request fail, POST included', async () => {
  const app = await opened.add(
    openRawApp((socket) => {
      socket.write(OK)
      setTimeout(() => socket.end(), 2)
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const post = get().replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\nx')
  for (let i = 0; i < 50; i++) {
    expect(await tell(proxy.port, post)).toMatch(/ok$/)
    await until(() => app.sockets.size === 0)
  }
  expect(proxy.row('r1')).toMatchObject({ requests: 50, failures: {}, retried: 0 })
})

test('closes idle connections of an instance that drains', async () => {
  const { app, ask, proxy } = await openCounted()
  await ask()
  expect(app.sockets.size).toBe(1)
  const draining = release('r1', 10_000, app.port)
  draining.instances[0]!.state = 'draining'
  proxy.serve(environment([draining]))
  await until(() => app.sockets.size === 0)
})

test('keeps no more idle connections than it may', async () => {
  const { app, proxy } = await openCounted(OK, { idleUpstreams: 2 })
  const clients = [1, 2, 3, 4].map(() => openClient(proxy.port))
  for (const client of clients) client.send(get())
  for (const client of clients) await client.closed()
  await until(() => app.sockets.size === 2)
})

test('an app that sends its answer byte by byte is understood', async () => {
  const app = await opened.add(
    openRawApp(async (socket) => {
      const answer =
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
      for (const byte of answer) {
        socket.write(byte)
        await turns()
      }
    }),
  )
  const proxy = await opened.add(openProxy())
  proxy.serve(environment([release('r1', 10_000, app.port)]))
  const answer = await tell(proxy.port, get())
  expect(answer).toMatch(
    /^HTTP\/1\.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/,
  )
})

test('an app that cannot be reached within a second counts as refusing', async () => {
  // TEST-NET-1: nothing answers there, or the network says at once that it cannot be reached.
  const app = await opened.add(openHttpApp((_, response) => response.end('stable')))
  const proxy = await opened.add(openProxy())
  const lost = release('r2', 9_999, 80)
  lost.instances[0]!.host = '192.0.2.1'
  proxy.serve(environment([lost, release('r1', 1, app.port)]))
  const client = openClient(proxy.port)
  client.send(get())
  await until(() => {
    proxy.pass(100)
    return client.isClosed
  })
  expect(client.text).toMatch(/stable/)
  expect(proxy.row('r2')).toMatchObject({ failures: { refused: 1 }, retried: 1 })
})
