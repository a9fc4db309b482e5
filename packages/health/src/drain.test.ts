import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { fakeProcess } from './fake-process.fixture.ts'
import { FakeServer } from './fake-server.fixture.ts'
import { createHealth } from './health.ts'
import type { DrainOptions } from './settings.ts'
import { virtualClock } from './virtual-clock.fixture.ts'

const drain: DrainOptions = { periodMs: 5000, failureThreshold: 2, graceMs: 8000 }

function app(options: DrainOptions = drain) {
  const clock = virtualClock()
  const process = fakeProcess()
  const server = new FakeServer()
  const health = createHealth({ version: '1', clock, process, drain: options })
  health.serve(server)
  const ready = async () => (await health.answer({ method: 'GET', path: '/readyz', headers: {} }))?.status
  return { clock, process, server, health, ready, report: () => JSON.parse(process.out.join('')) }
}

test('leaves in order: not ready, wait, idle connections, listener, requests, hooks from last to first, exit 0', async () => {
  const { clock, process, server, health, ready, report } = app()
  const log = server.log
  health.onClose('database', async () => void log.push('database'))
  health.onClose('queue', () => void log.push('queue'))
  server.begin('/before').end()
  const early = server.begin('/early')
  process.send('SIGTERM')
  expect(await ready()).toBe(503)

  await clock.advance(9_999)
  expect(log).toEqual([])
  const late = server.begin('/late')
  await clock.advance(1)
  expect(log).toEqual(['idle connection of /before', 'close'])

  early.end()
  await clock.advance(2000)
  expect(log).toHaveLength(2)
  late.end()
  await clock.advance(0)
  expect(log).toEqual(['idle connection of /before', 'close', 'queue', 'database'])
  expect(process.exits).toEqual([0])
  expect(report()).toEqual({
    event: 'drain',
    outcome: 'drained',
    inFlightAtStart: 1,
    accepted: 1,
    finished: 2,
    cut: 0,
    ms: 12_000,
  })
  expect(process.err).toEqual([])
})

test('makes every answer the last one on its connection once it leaves', async () => {
  const { process, server } = app()
  const before = server.begin()
  expect(before.shouldKeepAlive).toBe(true)
  process.send('SIGINT')
  expect(before.shouldKeepAlive).toBe(false)
  expect(server.begin().shouldKeepAlive).toBe(false)
})

test('ends at once when a second signal comes, and says what it cut', async () => {
  const { clock, process, server, health, report } = app()
  health.onClose('database', () => server.log.push('database'))
  server.begin()
  health.track(new EventEmitter(), () => {})
  process.send('SIGTERM')
  await clock.advance(300)
  expect(process.exits).toEqual([])
  process.send('SIGINT')
  await clock.advance(0)
  expect(process.exits).toEqual([75])
  expect(process.err).toEqual([
    'health: second signal, SIGINT: requests cut: 1, streams cut: 1, not closed: database\n',
  ])
  expect(report()).toMatchObject({ outcome: 'cut', inFlightAtStart: 2, finished: 0, cut: 2, ms: 300 })
  await clock.advance(60_000)
  expect(server.log).toEqual([])
  expect(process.exits).toEqual([75])
})

test('takes a Ctrl-C that npm passes on for the one that it is', async () => {
  const { clock, process, server } = app()
  server.begin()
  process.send('SIGINT')
  await clock.advance(5)
  process.send('SIGINT')
  await clock.advance(200)
  expect(process.exits).toEqual([])
  process.send('SIGINT')
  await clock.advance(0)
  expect(process.exits).toEqual([75])
})

test('ends when the grace is over, and says what it cut', async () => {
  const { clock, process, server, health, report } = app()
  health.onClose('database', () => server.log.push('database'))
  const slow = server.begin()
  process.send('SIGTERM')
  await clock.advance(17_999)
  expect(process.exits).toEqual([])
  await clock.advance(1)
  expect(process.exits).toEqual([75])
  expect(process.err).toEqual([
    'health: grace of 8000 ms ran out: requests cut: 1, streams cut: 0, not closed: database\n',
  ])
  expect(report()).toMatchObject({ finished: 0, cut: 1, ms: 18_000 })
  slow.end()
  await clock.advance(1000)
  expect(server.log).not.toContain('database')
  expect(process.exits).toEqual([75])
})

test('does not wait for a hook longer than for anything else', async () => {
  const { clock, process, health } = app({ delayMs: 0, graceMs: 1000 })
  health.onClose('database', () => {})
  health.onClose('queue', () => new Promise(() => {}))
  process.send('SIGTERM')
  await clock.advance(1000)
  expect(process.exits).toEqual([75])
  expect(process.err[0]).toContain('requests cut: 0, streams cut: 0, not closed: database, queue')
})

test('closes all else when one hook throws, and ends with a code of its own', async () => {
  const { clock, process, server, health, report } = app({ delayMs: 0 })
  health.onClose('database', () => server.log.push('database'))
  health.onClose('queue', () => Promise.reject(new Error('already closed')))
  process.send('SIGTERM')
  await clock.advance(0)
  expect(server.log.at(-1)).toBe('database')
  expect(process.exits).toEqual([70])
  expect(process.err).toEqual(['health: could not close queue: already closed\n'])
  expect(report()).toMatchObject({ outcome: 'drained', failedHooks: [{ name: 'queue' }] })
})

test('finishes a request that comes while hooks are running', async () => {
  const { clock, process, server, health, report } = app({ delayMs: 0 })
  health.onClose('database', () => new Promise<void>((resolve) => clock.after(100, resolve)))
  process.send('SIGTERM')
  await clock.advance(50)
  const late = server.begin()
  await clock.advance(100)
  expect(process.exits).toEqual([])
  late.end()
  await clock.advance(0)
  expect(report()).toMatchObject({ accepted: 1, finished: 1, cut: 0 })
  expect(process.exits).toEqual([0])
})

test('closes streams evenly over half of the grace, and finishes when the last is gone', async () => {
  const { clock, process, health } = app({ delayMs: 1000, graceMs: 8000 })
  const closedAt: number[] = []
  for (let index = 0; index < 4; index++) {
    const socket = new EventEmitter()
    health.track(socket, () => {
      closedAt.push(clock.now())
      socket.emit('close')
    })
  }
  process.send('SIGTERM')
  await clock.advance(3500)
  const late = new EventEmitter()
  health.track(late, () => closedAt.push(clock.now()))
  await clock.advance(1000)
  expect(closedAt).toEqual([1000, 2000, 3000, 3500, 4000])
  expect(process.exits).toEqual([])
  late.emit('close')
  await clock.advance(0)
  expect(process.exits).toEqual([0])
})

test('gives all close notices, though one of them throws and one is about a socket that is gone', async () => {
  const { clock, process, health } = app({ delayMs: 0, graceMs: 300 })
  const told: string[] = []
  const gone = new EventEmitter()
  health.track(new EventEmitter(), () => {
    told.push('throws')
    throw new Error('not open')
  })
  health.track(gone, () => told.push('gone'))
  const leaving = new EventEmitter()
  health.track(new EventEmitter(), () => Promise.reject(new Error('not open')) as unknown as undefined)
  const forget = health.track(new EventEmitter(), () => told.push('forgotten'))
  const web = new EventTarget()
  health.track(web, () => told.push('web'))
  health.track(leaving, () => told.push('leaving'))
  gone.emit('close')
  forget()
  process.send('SIGTERM')
  await clock.advance(100)
  leaving.emit('close')
  await clock.advance(100)
  expect(told).toEqual(['throws', 'web'])
  web.dispatchEvent(new Event('close'))
  await clock.advance(200)
  expect(process.err[0]).toContain('streams cut: 2')
})

test('counts an event stream that is tracked as one thing, not as a request and a stream', async () => {
  const { clock, process, server, health, report } = app({ delayMs: 100 })
  function open() {
    const events = server.begin('/events')
    health.track(events, () => events.end())
  }
  open()
  process.send('SIGTERM')
  open()
  await clock.advance(8000)
  expect(report()).toMatchObject({ inFlightAtStart: 1, accepted: 1, finished: 2, cut: 0 })
  expect(process.exits).toEqual([0])
})

test('does not count probes as work in flight', async () => {
  const { clock, process, server, health } = app({ delayMs: 0 })
  health.answer({ method: 'GET', path: '/readyz', headers: {} })
  server.begin('/readyz')
  process.send('SIGTERM')
  await clock.advance(0)
  expect(process.exits).toEqual([0])
})

test('can leave without a signal, and then leaves the process alone', async () => {
  const { clock, process, health } = app({ delayMs: 0 })
  const report = health.drain()
  await clock.advance(0)
  expect(await report).toMatchObject({ outcome: 'drained' })
  expect(process.exits).toEqual([])
  process.send('SIGTERM')
  await clock.advance(0)
  expect(process.exits).toEqual([0])
})

test('ends all the same when nobody can hear what it did', async () => {
  const clock = virtualClock()
  const process = fakeProcess()
  const onDrained = () => {
    throw new Error('no log')
  }
  const health = createHealth({ version: '1', clock, process, onDrained, drain: { delayMs: 0 } })
  health.serve(new FakeServer())
  process.send('SIGTERM')
  await clock.advance(0)
  expect(process.exits).toEqual([0])
})
