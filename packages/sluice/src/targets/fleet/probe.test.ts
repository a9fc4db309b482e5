import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ask } from './probe.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const serve = (handler: RequestListener) => listen(createServer(handler))
const get = (port: number, path = '/readyz', timeoutMs = 10_000) =>
  ask({ host: '127.0.0.1', port }, { path, periodMs: 1, timeoutMs, failures: 1 })
const connect = (port: number) =>
  ask({ host: '127.0.0.1', port }, { periodMs: 1, timeoutMs: 10_000, failures: 1 })

test('2xx and 3xx are good, everything else is not and is shown', async () => {
  const port = await serve(({ url }, answer) => {
    answer.statusCode = Number(url!.slice(1))
    answer.end('no\n database')
  })
  expect(await get(port, '/200')).toEqual({ isOk: true, found: '200' })
  expect(await get(port, '/302')).toEqual({ isOk: true, found: '302' })
  expect(await get(port, '/404')).toEqual({ isOk: false, found: '404: no database' })
  expect(await get(port, '/503')).toEqual({ isOk: false, found: '503: no database' })
})

test('an answer that never comes is a failure after its time', async () => {
  const port = await serve(() => {})
  expect(await get(port, '/readyz', 300)).toEqual({ isOk: false, found: 'no answer within 0.3 s' })
})

test('the body of an answer can neither delay nor flood anybody', async () => {
  const endless = (status: number) =>
    serve((_, answer) => {
      answer.statusCode = status
      const more = () => {
        while (!answer.destroyed && answer.write('x'.repeat(65_536))) {}
      }
      answer.on('drain', more)
      more()
    })
  expect(await get(await endless(200))).toEqual({ isOk: true, found: '200' })
  expect(await get(await endless(500))).toEqual({ isOk: false, found: `500: ${'x'.repeat(200)}` })
})

test('who refuses, hangs up or speaks something else is a failure in words', async () => {
  const refused = await listen(createTcpServer())
  await new Promise((resolve) => servers.pop()!.close(resolve))
  expect(await get(refused)).toEqual({ isOk: false, found: 'connection refused' })
  expect(await connect(refused)).toEqual({ isOk: false, found: 'connection refused' })
  const hangsUp = await listen(createTcpServer((socket) => socket.once('data', () => socket.destroy())))
  expect(await get(hangsUp)).toEqual({ isOk: false, found: 'the connection was closed without an answer' })
  const speaksOther = await listen(createTcpServer((socket) => socket.end('220 mail\r\n')))
  expect((await get(speaksOther)).isOk).toBe(false)
})

test('a path that cannot be sent is a failure and not a crash', async () => {
  const port = await serve((_, answer) => answer.end())
  expect(await get(port, '/with blank')).toMatchObject({
    isOk: false,
    found: expect.stringContaining('unescaped'),
  })
})

test('without a path it is enough that the port accepts', async () => {
  expect(await connect(await listen(createTcpServer()))).toEqual({ isOk: true, found: 'accepted' })
})
