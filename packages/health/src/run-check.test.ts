import { expect, test } from 'vitest'
import type { Check } from './check.ts'
import { runCheck } from './run-check.ts'
import { settled, virtualClock } from './virtual-clock.fixture.ts'

function check(run: Check['run'], critical = true) {
  return { name: 'db', critical, timeoutMs: 100, run }
}

test('tells when it asked, how long it took and what was observed', async () => {
  const clock = virtualClock()
  const result = runCheck(
    check(async () => {
      await new Promise<void>((resolve) => clock.after(12, resolve))
      return { observedValue: 7, observedUnit: 'connections', output: 'primary' }
    }),
    clock,
  )
  await clock.advance(50)
  expect(await result).toEqual({
    status: 'ok',
    latencyMs: 12,
    time: '2026-01-01T00:00:00.000Z',
    observedValue: 7,
    observedUnit: 'connections',
    output: 'primary',
  })
})

test('fails a check at its own limit, tells the limit, and aborts what still runs', async () => {
  const clock = virtualClock()
  let signal: AbortSignal | undefined
  const result = runCheck(
    check((context) => {
      signal = context.signal
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(new Error('aborted, says the driver')))
      })
    }),
    clock,
  )
  await clock.advance(99)
  expect(signal?.aborted).toBe(false)
  await clock.advance(1)
  expect(await result).toMatchObject({ status: 'error', output: 'timeout after 100 ms', latencyMs: 100 })
  expect(signal?.aborted).toBe(true)
})

test('does not care what a check says after its limit', async () => {
  const clock = virtualClock()
  const rejected: unknown[] = []
  const keep = (reason: unknown) => rejected.push(reason)
  process.on('unhandledRejection', keep)
  const result = runCheck(
    check(() => new Promise((_resolve, reject) => clock.after(500, () => reject(new Error('late'))))),
    clock,
  )
  await clock.advance(1000)
  expect(await result).toMatchObject({ status: 'error', output: 'timeout after 100 ms' })
  await settled()
  process.off('unhandledRejection', keep)
  expect(rejected).toEqual([])
})

test.each<[string, Check['run'], string]>([
  ['rejects', () => Promise.reject(new Error('no route')), 'no route'],
  [
    'throws at once',
    () => {
      throw new Error('no pool')
    },
    'no pool',
  ],
  [
    'throws a text',
    () => {
      throw 'gone'
    },
    'gone',
  ],
  [
    'throws nothing at all',
    () => {
      throw undefined
    },
    'undefined',
  ],
  [
    'throws what cannot even be read',
    () => {
      throw {
        get message() {
          throw new Error('twice')
        },
      }
    },
    'failed with something that cannot be shown',
  ],
  [
    'returns what cannot be read',
    () => ({
      get output(): string {
        throw new Error('half a result')
      },
    }),
    'half a result',
  ],
])('is a failed check when it %s', async (_what, run, output) => {
  expect(await runCheck(check(run), virtualClock())).toMatchObject({ status: 'error', output })
})

test('warns where a check that fails is not critical', async () => {
  const result = await runCheck(
    check(() => Promise.reject(new Error('no cache')), false),
    virtualClock(),
  )
  expect(result).toMatchObject({ status: 'warn', output: 'no cache' })
})

test('lets a check that works warn', async () => {
  const run = () => ({ status: 'warn', observedValue: 91, observedUnit: '%' }) as const
  expect(await runCheck(check(run), virtualClock())).toMatchObject({ status: 'warn', observedValue: 91 })
})

test('turns values that JSON has no words for into text', async () => {
  const run = () => ({ observedValue: 12n as unknown as number })
  expect(await runCheck(check(run), virtualClock())).toMatchObject({ status: 'ok', observedValue: '12' })
})
