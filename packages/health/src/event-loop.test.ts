import { expect, test } from 'vitest'
import { watchEventLoop } from './event-loop.ts'
import { createHealth } from './health.ts'
import { virtualClock } from './virtual-clock.fixture.ts'

const ready = { method: 'GET', path: '/readyz', headers: {} }

test('is not ready while the event loop is too late, and ready again when it is not', async () => {
  let delayMs = 10
  const eventLoop = { maxDelayMs: 50, delayMs: () => delayMs }
  const health = createHealth({ version: '1', clock: virtualClock(), eventLoop })
  expect((await health.answer(ready))?.status).toBe(200)
  delayMs = 51
  expect((await health.answer(ready))?.status).toBe(503)
  expect((await health.answer({ ...ready, path: '/livez' }))?.status).toBe(200)
  expect(health.metrics()).toContain('health_check_up{check="event-loop",critical="true"} 0')
  delayMs = 50
  expect((await health.answer(ready))?.status).toBe(200)
})

test('measures how late the loop really is', async () => {
  const delayMs = watchEventLoop(300)
  const blockAndAsk = () => {
    const until = performance.now() + 250
    while (performance.now() < until);
    return delayMs()
  }
  await expect.poll(blockAndAsk, { timeout: 10_000 }).toBeGreaterThan(200)
  await expect.poll(delayMs, { timeout: 20_000 }).toBeLessThan(100)
})
