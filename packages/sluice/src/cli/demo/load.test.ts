import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type LoadOptions, type LoadReport, startLoad } from './load.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})

test('counts whole answers of any status, by status and by the release that gave them', async () => {
  let served = 0
  const url = await serve((request, response) => {
    served++
    response.setHeader('x-release', served % 2 === 0 ? 'r2' : 'r1')
    response.statusCode = served % 2 === 0 ? 500 : 200
    request.pipe(response)
  })
  const report = await loadUntil({ url }, (seen) => seen.answered >= 100)
  expect(report.failed).toEqual([])
  expect(report.sent).toBe(served)
  expect(report.answered).toBe(served)
  expect(report.byStatus).toEqual({ 200: Math.ceil(served / 2), 500: Math.floor(served / 2) })
  expect(report.byRelease).toEqual({ r1: Math.ceil(served / 2), r2: Math.floor(served / 2) })
  expect(report.releases.r2?.byStatus).toEqual({ 500: Math.floor(served / 2) })
})

test('finds the release in the body where no header names it', async () => {
  const url = await serve((_request, response) => response.end('{"release": "r7"}'))
  const report = await loadUntil({ url, methods: ['GET'] }, (seen) => seen.answered >= 5)
  expect(Object.keys(report.byRelease)).toEqual(['r7'])
})

test('sends GETs and POSTs to their paths, with the host asked for, some on connections of their own', async () => {
  const seen = new Set<string>()
  const sockets = new Set<Socket>()
  const url = await serve((request, response) => {
    seen.add(`${request.method} ${request.url} ${request.headers.host} ${request.headers.connection}`)
    sockets.add(request.socket)
    request.pipe(response)
  })
  const report = await loadUntil(
    { url: `${url}cart?id=1`, host: 'shop.localhost', connections: 2, freshShare: 0.3 },
    ({ answered }) => answered >= 100,
  )
  expect([...seen].sort()).toEqual([
    'GET /cart?id=1 shop.localhost close',
    'GET /cart?id=1 shop.localhost keep-alive',
    'POST /echo shop.localhost close',
    'POST /echo shop.localhost keep-alive',
  ])
  const freshShare = (sockets.size - 2) / report.sent
  expect(freshShare).toBeGreaterThan(0.25)
  expect(freshShare).toBeLessThan(0.32)
})

test('counts a connection that nobody accepts as refused', async () => {
  const url = await serve(() => {})
  await cleanups.pop()?.()
  const report = await loadUntil({ url }, (seen) => seen.failedCount >= 5)
  expect(kindsOf(report)).toEqual(['refused'])
  expect(report.failedCount).toBe(report.sent)
})

test('counts a fresh connection that is cut before any byte of the answer as reset', async () => {
  const url = await serveBytes((socket) => socket.once('data', () => socket.resetAndDestroy()))
  const report = await loadUntil({ url, freshShare: 1 }, (seen) => seen.failedCount >= 5)
  expect(kindsOf(report)).toEqual(['reset'])
  expect(report.staleRetries).toBe(0)
})

test('counts an answer that does not come in time as timeout, and one that does not end in time too', async () => {
  const url = await serve((request, response) => {
    if (request.method === 'POST') response.write('begun, never ended')
  })
  const report = await loadUntil(
    { url, methods: ['GET', 'POST'], timeoutMs: 50 },
    (seen) => seen.failedCount >= 4,
  )
  expect(kindsOf(report)).toEqual(['timeout'])
  expect(new Set(report.failed.map(({ method }) => method))).toEqual(new Set(['GET', 'POST']))
})

test('counts no answer as late because this process stood still itself', async () => {
  let stoodStill = false
  const url = await serve((_request, response) => {
    setTimeout(() => response.end('ok'), 1)
    if (stoodStill) return
    stoodStill = true
    for (const since = performance.now(); performance.now() - since < 1_000; );
  })
  const report = await loadUntil({ url, methods: ['GET'], timeoutMs: 500 }, (seen) => seen.answered >= 5)
  expect(report.failed).toEqual([])
})

test.each([
  ['in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this'],
  ['in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nonly this'],
  ['in the head', 'HTTP/1.1 200 OK\r\ncontent-le'],
])('counts an answer that ends %s as truncated, also on a connection used before', async (_where, cut) => {
  const whole = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  const url = await serveBytes((socket) => {
    socket.once('data', () => {
      socket.write(whole)
      socket.once('data', () => socket.end(cut))
    })
  })
  const report = await loadUntil({ url, methods: ['GET'], freshShare: 0 }, (seen) => seen.failedCount >= 3)
  expect(kindsOf(report)).toEqual(['truncated'])
  expect(report.staleRetries).toBe(0)
})

test('counts what is not HTTP, and a POST that comes back changed, as bad answers', async () => {
  const noise = await serveBytes((socket) => socket.once('data', () => socket.end('hello\r\n\r\n')))
  expect(kindsOf(await loadUntil({ url: noise }, (seen) => seen.failedCount >= 3))).toEqual(['badAnswer'])

  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const garbled = await serveBytes((socket) => socket.once('data', () => socket.end(`${head}zz\r\n`)))
  expect(kindsOf(await loadUntil({ url: garbled }, (seen) => seen.failedCount >= 3))).toEqual(['badAnswer'])

  const liar = await serve((_request, response) => response.end('something else'))
  const report = await loadUntil({ url: liar }, (seen) => seen.failedCount >= 3)
  expect(kindsOf(report)).toEqual(['badAnswer'])
  expect(new Set(report.failed.map(({ method }) => method))).toEqual(new Set(['POST']))
  expect(report.failed[0]?.detail).toContain('got back "something else"')
})

test('sends a GET again when its idle connection was closed meanwhile, and counts it apart', async () => {
  const url = await serveBytes(answerOnceThenReset)
  const report = await loadUntil({ url, methods: ['GET'], freshShare: 0 }, (seen) => seen.staleRetries >= 5)
  expect(report.failed).toEqual([])
  expect(report.answered).toBe(report.sent)
})

test('does not send a POST again: it may have been read', async () => {
  const url = await serveBytes(answerOnceThenReset)
  const check = () => undefined
  const report = await loadUntil(
    { url, methods: ['POST'], freshShare: 0, check },
    (seen) => seen.failedCount >= 3,
  )
  expect(kindsOf(report)).toEqual(['reset'])
  expect(report.staleRetries).toBe(0)
})

test('keeps to the rate asked for, and counts latency from when a request was due', async () => {
  const url = await serve((_request, response) => setTimeout(() => response.end('ok'), 50))
  // One lane that takes 50 ms for each can do 20 a second: at 100 a second the queue grows, and users wait in it.
  const late = await loadUntil(
    { url, connections: 1, requestsPerSecond: 100, methods: ['GET'] },
    (seen) => seen.answered >= 8,
  )
  expect(late.latency.maxMs).toBeGreaterThan(250)
  const calm = await loadUntil(
    { url, requestsPerSecond: 40, methods: ['GET'] },
    (seen) => seen.answered >= 20,
  )
  expect(calm.sent / calm.durationMs).toBeLessThan(0.045)
})

test('tells the longest time without an answer, and in marks what had happened by then', async () => {
  const held: (() => void)[] = []
  let holds = false
  const url = await serve((_request, response) => {
    if (holds) held.push(() => response.end('ok'))
    else response.end('ok')
  })
  const load = startLoad({ url, connections: 2, methods: ['GET'] })
  await until(() => load.snapshot().answered >= 10)
  load.mark('before')
  holds = true
  // Far longer than any pause that a busy machine makes by itself, before or after.
  const pauseMs = load.snapshot().longestGapMs
  await until(() => load.snapshot().longestGapMs >= 1_000 + pauseMs)
  expect(load.snapshot().inFlight).toBe(2)
  holds = false
  for (const release of held) release()
  const answered = load.snapshot().answered
  await until(() => load.snapshot().answered >= answered + 10)
  load.mark('after')
  await until(() => load.snapshot().answered >= answered + 20)
  load.mark('calm')

  const { marks, longestGapMs, failed } = await load.stop()
  expect(failed).toEqual([])
  expect(marks.map(({ label }) => label)).toEqual(['before', 'after', 'calm'])
  expect(marks[0]?.answered).toBeGreaterThanOrEqual(10)
  expect(marks[0]?.longestGapMs).toBeLessThan(marks[1]?.longestGapMs ?? 0)
  expect(marks[1]?.longestGapMs).toBeGreaterThanOrEqual(1_000)
  expect(marks[2]?.longestGapMs).toBeLessThan(marks[1]?.longestGapMs ?? 0)
  expect(longestGapMs).toBe(marks[1]?.longestGapMs)
})

test('keeps the first thousand failures and the number of all', async () => {
  const url = await serve((_request, response) => response.end('no'))
  const check = () => 'never good'
  const report = await loadUntil({ url, connections: 64, check }, (seen) => seen.failedCount > 1050)
  expect(report.failed).toHaveLength(1000)
  expect(report.failedCount).toBe(report.sent)
})

test('stopping waits for what is under way and fails nothing', async () => {
  const url = await serve((_request, response) => setTimeout(() => response.end('ok'), 100))
  const load = startLoad({ url, connections: 8, methods: ['GET'] })
  await until(() => load.snapshot().inFlight === 8)
  const report = await load.stop()
  expect(report).toMatchObject({ failed: [], inFlight: 0 })
  expect(report.answered).toBe(report.sent)
  expect(report.sent).toBeGreaterThanOrEqual(8)
})

function answerOnceThenReset(socket: Socket): void {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    socket.once('data', () => socket.resetAndDestroy())
  })
}

function kindsOf({ failed }: LoadReport): string[] {
  return [...new Set(failed.map(({ kind }) => kind))]
}

async function loadUntil(
  options: Omit<LoadOptions, 'connections'> & { connections?: number },
  isEnough: (report: LoadReport) => boolean,
): Promise<LoadReport> {
  const load = startLoad({ connections: 4, ...options })
  await until(() => isEnough(load.snapshot())).finally(() => load.stop())
  return await load.stop()
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('waited 20 s in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  // None of these tests is about a server that closes idle connections by itself.
  server.keepAliveTimeout = 60_000
  return listen(server)
}

/** A server below HTTP, for answers that a proper one would not give. */
function serveBytes(onConnection: (socket: Socket) => void): Promise<string> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {})
      onConnection(socket)
    }),
  )
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
