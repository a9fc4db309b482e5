import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { sendSlowHeaders } from './slow-headers.ts'
import { beginSlowRequest, openIdleConnection } from './slow-request.ts'

async function serve(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as { port: number }).port }
}

const post = { method: 'POST', path: '/', body: 'slow' }

it('keeps a request open until its last byte is sent', async () => {
  let isBegun: (body: string) => void
  const begun = new Promise<string>((resolve) => {
    isBegun = resolve
  })
  const { port } = await serve((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
      isBegun(body)
    })
    request.on('end', () => response.end(body))
  })
  const request = beginSlowRequest(port, post)
  expect(await begun).toBe('slo')
  expect(request.over()).toBeNull()
  expect(await request.finish()).toEqual({ status: 200, body: 'slow' })
})

it('tells of a request that was cut, and of an answer that was', async () => {
  const { port } = await serve((request) => request.socket.destroy())
  expect(await beginSlowRequest(port, post).finish()).toEqual({ status: null, why: 'ECONNRESET' })
  const half = await serve((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half', () => request.socket.destroy())
  })
  expect((await beginSlowRequest(half.port, { method: 'GET', path: '/' }).finish()).status).toBeNull()
})

it('holds a connection open that has nothing to do', async () => {
  const { server, port } = await serve((_, response) => response.end())
  const close = await openIdleConnection(port, '/')
  const count = () => new Promise((resolve) => server.getConnections((_, open) => resolve(open)))
  expect(await count()).toBe(1)
  close()
})

it('tells whether a client is cut that does not come to the end of its headers', async () => {
  const { server, port } = await serve(() => {})
  expect(await sendSlowHeaders(port, 50, 10)).toEqual({ cutAfterMs: null, told: '' })
  server.on('connection', (socket) => socket.end('HTTP/1.1 408 Late\r\n\r\n'))
  expect(await sendSlowHeaders(port, 5_000, 10)).toEqual({
    cutAfterMs: expect.any(Number),
    told: 'HTTP/1.1 408 Late',
  })
})
