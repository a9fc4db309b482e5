import { afterEach, expect, test } from 'vitest'
import {
  environment,
  instance,
  Opened,
  openClient,
  openProxy,
  openRawApp,
  turns,
  until,
} from './proxy.fixture.ts'
import type { InstanceRoute } from './table.ts'

const opened = new Opened()
afterEach(() => opened.close())

/** mulberry32 */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the close',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more',
  'HTTP/1.1 200',
  'nonsense\r\n\r\n',
  '',
]

const requests = [
  'GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n'.repeat(5),
  'PUT / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 500000\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\nbroken',
  'GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HT',
]

test.each([1, 2, 3])(
  'whatever clients, apps and tables do, all is given back and counted once (seed %i)',
  async (seed) => {
    const random = seeded(seed)
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
    const apps = await Promise.all(
      [1, 2, 3].map(() =>
        opened.add(
          openRawApp((socket) => {
            const dice = random()
            if (dice < 0.1) socket.resetAndDestroy()
            else if (dice < 0.2) socket.end(pick(answers))
            else if (dice < 0.3) socket.destroy()
            else socket.write(pick(answers))
          }),
        ),
      ),
    )
    const proxy = await opened.add(openProxy({ inFlightPerRelease: 8 }))
    const state = (): InstanceRoute['state'] => pick(['serving', 'serving', 'draining', 'closing'])
    let sent = 0
    const serve = (isHeld: boolean) => {
      const weight = pick([0, 100, 5_000, 10_000])
      const first = pick([0, 1, 2])
      const releases = [0, 1, 2].map((i) => ({
        id: `r${i}`,
        weight: i === first ? weight : i === (first + 1) % 3 ? 10_000 - weight : 0,
        instances:
          random() < 0.2
            ? []
            : [instance(`r${i}.1`, apps[i]!.port, state()), instance(`r${i}.2`, 1, state())],
      }))
      const hold = isHeld ? { maxRequests: 5, maxWaitMs: 50, healthPath: null } : null
      if (random() < 0.05) proxy.serve()
      else proxy.serve(environment(releases, { hold, sticky: random() < 0.3 ? { salt: 's' } : null }))
    }
    for (let i = 0; i < 150; i++) {
      serve(random() < 0.2)
      const client = openClient(proxy.port)
      client.send(pick(requests))
      sent++
      await turns()
      const dice = random()
      if (dice < 0.3) client.socket.resetAndDestroy()
      else if (dice < 0.6) client.socket.end()
      else if (dice < 0.8) client.send(pick(requests))
      proxy.pass(Math.floor(random() * 3_000))
    }
    proxy.serve()
    await until(() => {
      proxy.pass(1_000)
      return proxy.proxy.connections === 0 && proxy.proxy.read().gauges.length === 0
    })
    await until(() => apps.every((app) => app.sockets.size === 0))
    const rows = proxy.proxy.read().rows
    const booked = rows.reduce((sum, row) => sum + row.requests + row.aborted + row.cut, 0)
    expect(booked).toBeGreaterThan(50)
    expect(booked).toBeLessThan(sent * 10)
    for (const row of rows) {
      const failures = Object.values(row.failures).reduce((sum, count) => sum + count, 0)
      expect(row.status.reduce((sum, count) => sum + count, 0) + failures).toBe(row.requests)
    }
  },
)
