import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { Ports } from './ports.ts'

test('gives no port to two instances that start at once', async () => {
  const ports = new Ports()
  const given = await Promise.all(Array.from({ length: 50 }, (_, i) => ports.reserve(`r1-${i}-1`)))
  expect(new Set(given).size).toBe(50)
})

test('gives no port that an adopted instance has, even while it does not listen', async () => {
  const ports = new Ports()
  const first = await ports.reserve('r1-0-1')
  for (let next = first + 1; next < first + 20; next++) ports.hold(next, 'adopted')
  const second = await ports.reserve('r1-1-1')
  expect(second <= first || second >= first + 20).toBe(true)
})

test('gives no port that the kernel may take for an outgoing connection', async () => {
  const ports = new Ports()
  const given = await Promise.all(Array.from({ length: 50 }, (_, i) => ports.reserve(`r1-${i}-1`)))
  expect(Math.max(...given)).toBeLessThan(32_768)
})

test('gives a fixed port once, and again when it was let go of', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const ports = new Ports()
  await expect(ports.reserveFixed(port, 'r1-0-1')).rejects.toThrow('another process of this machine has')
  server.close()
  await once(server, 'close')
  await ports.reserveFixed(port, 'r1-0-1')
  await expect(ports.reserveFixed(port, 'r2-0-1')).rejects.toThrow('instance r1-0-1 has')
  ports.letGo(port, 'r1-0-1')
  await ports.reserveFixed(port, 'r2-0-1')
})
