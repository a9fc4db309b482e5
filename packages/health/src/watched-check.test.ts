import { expect, test } from 'vitest'
import { settled, virtualClock } from './virtual-clock.fixture.ts'
import { watchCheck } from './watched-check.ts'

test('asks the dependency at most once per cache time, however many ask', async () => {
  const clock = virtualClock()
  const askedAt: number[] = []
  const check = watchCheck(
    {
      ...{ name: 'db', critical: true, timeoutMs: 1000, cacheMs: 250 },
      run() {
        askedAt.push(clock.now())
      },
    },
    clock,
  )
  for (let probe = 0; probe < 1000; probe++) {
    void check.ask()
    await clock.advance(1)
  }
  expect(askedAt).toEqual([0, 250, 500, 750])
  expect(check.runs).toEqual({ ok: 4, warn: 0, error: 0 })
})

test('lets all who ask during a run share it', async () => {
  const clock = virtualClock()
  let runs = 0
  let finish = () => {}
  const run = () => {
    runs++
    return new Promise<void>((resolve) => {
      finish = resolve
    })
  }
  const check = watchCheck({ name: 'db', critical: true, timeoutMs: 1000, cacheMs: 0, run }, clock)
  const asked = [check.ask(), check.ask(), check.ask()]
  await settled()
  finish()
  const results = await Promise.all(asked)
  expect(runs).toBe(1)
  expect(results[1]).toBe(results[0])
  void check.ask()
  expect(runs).toBe(2)
})

test('keeps a timeout for the cache time too, though it took as long', async () => {
  const clock = virtualClock()
  let runs = 0
  const run = () => {
    runs++
    return new Promise<void>(() => {})
  }
  const check = watchCheck({ name: 'db', critical: true, timeoutMs: 1000, cacheMs: 1000, run }, clock)
  void check.ask()
  await clock.advance(1500)
  expect(await check.ask()).toMatchObject({ output: 'timeout after 1000 ms' })
  expect(runs).toBe(1)
})
