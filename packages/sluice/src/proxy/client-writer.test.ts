import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClientWriter } from './client-writer.ts'
import { openShared, until } from './proxy.fixture.ts'

let now = 0
let shared: ReturnType<typeof openShared>
let client: Socket
let socket: Socket
let received = 0

beforeEach(async () => {
  now = 0
  received = 0
  shared = openShared({}, () => now)
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  ;[socket] = (await once(server, 'connection')) as [Socket]
  client.on('data', (bytes: Buffer) => {
    received += bytes.length
  })
  client.pause()
  server.close()
})

afterEach(() => {
  client.destroy()
  socket.destroy()
})

/** More than the buffers of the kernel hold. */
const LARGE = Buffer.alloc(30_000_000)

function pass(ms: number): void {
  now += ms
  shared.wheel.turn(now)
}

test('what was written before the end leaves, however slowly it is taken', async () => {
  const writer = new ClientWriter(shared, socket)
  let hasLeft = false
  expect(writer.write(LARGE)).toBe(false)
  writer.end(() => {
    hasLeft = true
  })
  pass(50_000)
  expect(hasLeft).toBe(false)
  client.resume()
  await until(() => hasLeft && received === LARGE.length)
  pass(120_000)
  expect(socket.destroyed).toBe(false)
})

test('a client that takes nothing for a minute is given up', async () => {
  const writer = new ClientWriter(shared, socket)
  writer.write(LARGE)
  pass(59_000)
  expect(socket.destroyed).toBe(false)
  pass(2_000)
  expect(socket.destroyed).toBe(true)
})

test('a head leaves with the first part of its body, in one piece', async () => {
  const writer = new ClientWriter(shared, socket)
  const pieces: string[] = []
  client.on('data', (bytes: Buffer) => pieces.push(bytes.toString()))
  client.resume()
  writer.holdHead('head ')
  expect(writer.holdsHead).toBe(true)
  writer.writeBody(Buffer.from('body'), false)
  await until(() => pieces.length > 0)
  expect(pieces).toEqual(['head body'])
  writer.flush()
  expect(writer.holdsHead).toBe(false)
})

test('bytes that are valid in this turn only are sent as they were', async () => {
  const writer = new ClientWriter(shared, socket)
  writer.write(LARGE)
  const scratch = Buffer.from('right')
  writer.writeBody(scratch, true)
  scratch.fill('x')
  let last = ''
  client.on('data', (bytes: Buffer) => {
    last = bytes.subarray(-5).toString()
  })
  client.resume()
  await until(() => received === LARGE.length + 5)
  expect(last).toBe('right')
})
