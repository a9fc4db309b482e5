import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { parseSockets, showPort } from './opened-ports.ts'
import { Ports } from './ports.ts'
import { parseStat } from './process-table.ts'

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

test('reads listening sockets as Linux writes them', () => {
  const line = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0`
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    line('0100007F:0BB8', '0A', 11),
    line('00000000:1F90', '0A', 12),
    line('0100007F:0BB9', '01', 13),
    line('0100007F:0BBA', '0A', 99),
    line('00000000000000000000000001000000:0050', '0A', 14),
    line('00000000000000000000000000000000:0051', '0A', 15),
    line('0000000000000000FFFF00000100007F:0052', '0A', 16),
    line('B80D0120000000000000000001000000:0053', '0A', 17),
  ].join('\n')
  const mine = new Set(['11', '12', '13', '14', '15', '16', '17'])
  expect(parseSockets(table, mine).map(showPort)).toEqual([
    '127.0.0.1:3000',
    '*:8080',
    '[::1]:80',
    '*:81',
    '127.0.0.1:82',
    '[2001:db8::1]:83',
  ])
})

test('reads a process whose name has brackets and blanks', () => {
  const rest = '1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1000 1'
  expect(parseStat(`42 (a) S (b) Z ${rest}`)).toEqual({
    pid: 42,
    parent: 1,
    group: 42,
    isZombie: true,
    born: '12345',
  })
  expect(parseStat('')).toBeNull()
})
