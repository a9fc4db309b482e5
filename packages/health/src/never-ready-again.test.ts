import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Check } from './check.ts'
import { fakeProcess } from './fake-process.fixture.ts'
import { type FakeResponse, FakeServer } from './fake-server.fixture.ts'
import { createHealth } from './health.ts'
import { settled, virtualClock } from './virtual-clock.fixture.ts'

const seed = 20_261_122

const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('probe' as const), head: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.nat(1500) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('turn' as const),
      check: fc.nat(2),
      to: fc.constantFrom('pass', 'fail', 'hang', 'slow'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom('begin', 'end', 'track', 'hook', 'started') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('signal' as const),
      signal: fc.constantFrom('SIGTERM' as const, 'SIGINT' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('drain' as const) }) },
)

test('is never ready after leaving began, whatever signals, failures and probes come in whatever order', async () => {
  let readyBefore = 0
  let probedAfter = 0
  const isNeverReadyAgain = fc.asyncProperty(
    fc.array(happening, { minLength: 5, maxLength: 40 }),
    fc.record({ periodMs: fc.nat(1000), failureThreshold: fc.nat(3), graceMs: fc.nat(3000) }),
    async (happenings, drain) => {
      const clock = virtualClock()
      const process = fakeProcess()
      const server = new FakeServer()
      const modes = ['pass', 'pass', 'pass']
      const checks = modes.map((_mode, index): Check => {
        const run = () => {
          const mode = modes[index]
          if (mode === 'fail') throw new Error('down')
          if (mode === 'hang') return new Promise<void>(() => {})
          if (mode === 'slow') return new Promise<void>((resolve) => clock.after(200, resolve))
          return undefined
        }
        return { name: `check ${index}`, critical: index > 0, timeoutMs: 400, cacheMs: 300, run }
      })
      const health = createHealth({ version: '1', clock, process, checks, drain })
      health.serve(server)
      const open: FakeResponse[] = []
      const pending: Promise<void>[] = []
      let hasBegun = false

      async function probe(method: string) {
        const answer = await health.answer({ method, path: '/readyz', headers: {} })
        if (hasBegun) {
          probedAfter++
          expect(answer!.status).toBe(503)
        } else if (answer!.status === 200) readyBefore++
      }

      for (const one of happenings) {
        if (one.what === 'probe') pending.push(probe(one.head ? 'HEAD' : 'GET'))
        else if (one.what === 'pass') await clock.advance(one.ms)
        else if (one.what === 'turn') modes[one.check] = one.to
        else if (one.what === 'begin') open.push(server.begin())
        else if (one.what === 'end') open.pop()?.end()
        else if (one.what === 'track') health.track(new EventEmitter(), () => {})
        else if (one.what === 'hook') health.onClose('hook', () => {})
        else if (one.what === 'started') health.markStarted()
        else {
          // What is answered by now was answered before.
          await settled()
          hasBegun = true
          if (one.what === 'signal') process.send(one.signal)
          else void health.drain()
        }
      }
      await clock.advance(20_000)
      pending.push(probe('GET'))
      await clock.advance(1000)
      await Promise.all(pending)
      expect(process.exits.length).toBeLessThanOrEqual(1)
      expect(await health.answer({ method: 'GET', path: '/livez', headers: {} })).toMatchObject({
        status: 200,
      })
    },
  )
  await fc.assert(isNeverReadyAgain, { seed, numRuns: 400 })
  // Otherwise the property would be true because nothing ever happened.
  expect(readyBefore).toBeGreaterThan(100)
  expect(probedAfter).toBeGreaterThan(400)
})
