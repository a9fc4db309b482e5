import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Outbox } from './outbox.ts'

const open: Socket[] = []

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})

async function pair(): Promise<{ from: Socket; to: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const to = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [from] = (await once(server, 'connection')) as [Socket]
  server.close()
  open.push(from, to)
  return { from, to }
}

test('what is written in one turn leaves at its end, in order', async () => {
  const { from, to } = await pair()
  const outbox = new Outbox()
  outbox.write(from, 'head ')
  outbox.write(from, Buffer.from('body'))
  expect(from.bytesWritten).toBe(9)
  expect(from.writableLength).toBe(9)
  await new Promise(setImmediate)
  expect(from.writableLength).toBe(0)
  const [bytes] = (await once(to, 'data')) as [Buffer]
  expect(bytes.toString()).toBe('head body')
})

test('what is ended in the same turn loses nothing', async () => {
  const { from, to } = await pair()
  let received = ''
  to.on('data', (bytes: Buffer) => {
    received += bytes
  })
  const outbox = new Outbox()
  outbox.write(from, 'all')
  from.end()
  await once(to, 'end')
  expect(received).toBe('all')
})

test('what is destroyed has sent what it held, when it is told to before', async () => {
  const { from, to } = await pair()
  let received = ''
  to.on('data', (bytes: Buffer) => {
    received += bytes
  })
  const outbox = new Outbox()
  outbox.write(from, 'last word')
  outbox.sendNow(from)
  from.destroy()
  await once(to, 'close')
  expect(received).toBe('last word')
})

test('with many sockets waiting the first does not wait for the last', async () => {
  const { from } = await pair()
  const others = await Promise.all(Array.from({ length: 64 }, pair))
  const outbox = new Outbox()
  outbox.write(from, 'first')
  for (const other of others.slice(0, 63)) outbox.write(other.from, 'x')
  expect(from.writableLength).toBe(5)
  outbox.write(others[63]!.from, 'x')
  expect(from.writableLength).toBe(0)
  expect(others[63]!.from.writableLength).toBe(1)
  await new Promise(setImmediate)
  expect(others[63]!.from.writableLength).toBe(0)
})

test('a slow reader is noticed', async () => {
  const { from } = await pair()
  expect(new Outbox().write(from, Buffer.alloc(1_000_000))).toBe(false)
})
