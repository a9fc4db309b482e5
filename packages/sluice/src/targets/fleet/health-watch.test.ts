import { expect, test } from 'vitest'
import type { Probe } from '../target.ts'
import type { Clock } from './clock.ts'
import { HealthWatch } from './health-watch.ts'

/** A watched instance whose time stands still until a test moves it. */
function watched(options: { wasReady?: boolean; isAttended?: boolean; startupPath?: string } = {}) {
  const timers = new Set<{ at: number; run: () => void }>()
  let now = 0
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const probe = (path: string, periodMs: number, failures: number): Probe => ({
    path,
    periodMs,
    timeoutMs: 1_000,
    failures,
  })
  const world = {
    isOk: true,
    asked: [] as string[],
    told: [] as string[],
    /** Runs all timers until then, in order, with what follows from each. */
    async until(end: number) {
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
        for (let i = 0; i < 5; i++) await Promise.resolve()
      }
      now = end
    },
    since(): string[] {
      return world.asked.splice(0)
    },
    timers,
  }
  const tell = (what: string) => () => void world.told.push(`${what} ${now}`)
  const watch = new HealthWatch({
    spec: {
      startup: { ...probe('/readyz', 1_000, 3), path: options.startupPath ?? '/readyz' },
      readiness: probe('/readyz', 10_000, 2),
      liveness: probe('/livez', 30_000, 3),
    },
    async ask({ path }) {
      world.asked.push(`${path} ${now}`)
      return { isOk: world.isOk, found: world.isOk ? '200' : '503' }
    },
    clock,
    wasReady: options.wasReady ?? false,
    isAttended: options.isAttended ?? false,
    on: {
      ready: tell('ready'),
      unready: tell('unready'),
      notAlive: tell('notAlive'),
      neverReady: ({ last, times }) => tell(`neverReady ${last?.found} ${times}`)(),
    },
  })
  return Object.assign(world, { watch })
}

test('asks every 10 ms until two answers in a row were good', async () => {
  const it = watched()
  it.isOk = false
  await it.until(22)
  it.isOk = true
  await it.until(32)
  expect(it.told).toEqual([])
  await it.until(40)
  expect(it.asked).toEqual(['/readyz 0', '/readyz 10', '/readyz 20', '/readyz 30', '/readyz 40'])
  expect(it.told).toEqual(['ready 40'])
})

test('asks an app that takes its time every 50 ms after the first hundred times', async () => {
  const it = watched()
  it.isOk = false
  await it.until(980)
  it.since()
  await it.until(1_100)
  expect(it.since()).toEqual(['/readyz 990', '/readyz 1040', '/readyz 1090'])
})

test('then asks for readiness and liveness at their own periods', async () => {
  const it = watched()
  await it.until(10)
  it.since()
  await it.until(30_010)
  expect(it.since()).toEqual(['/readyz 10010', '/readyz 20010', '/livez 30010', '/readyz 30010'])
})

test('asks for readiness every second during a rollout, and for liveness no more often than ever', async () => {
  const it = watched()
  await it.until(10)
  it.since()
  await it.until(4_000)
  it.watch.attend(true)
  await it.until(7_000)
  expect(it.since()).toEqual(['/readyz 5000', '/readyz 6000', '/readyz 7000'])
  it.watch.attend(false)
  await it.until(20_000)
  expect(it.since()).toEqual(['/readyz 17000'])
})

test('is not ready any more after so many failures in a row, and ready again after two good answers', async () => {
  const it = watched({ isAttended: true })
  await it.until(1_060)
  it.isOk = false
  await it.until(2_060)
  it.isOk = true
  await it.until(3_060)
  it.isOk = false
  await it.until(5_060)
  expect(it.told).toEqual(['ready 10', 'unready 5010'])
  it.isOk = true
  await it.until(7_060)
  expect(it.told.slice(2)).toEqual(['ready 7010'])
})

test('gives an instance up when its startup budget is over, once, and asks no more', async () => {
  const it = watched()
  it.isOk = false
  await it.until(2_999)
  expect(it.told).toEqual([])
  await it.until(60_000)
  expect(it.told).toEqual(['neverReady 503 140 3000'])
  expect(it.timers.size).toBe(0)
})

test('is not alive any more after so many failures in a row', async () => {
  const it = watched()
  await it.until(50)
  it.isOk = false
  await it.until(200_000)
  expect(it.told.filter((what) => what.startsWith('notAlive'))).toEqual(['notAlive 90010'])
  expect(it.timers.size).toBe(0)
})

test('an adopted instance that was ready stays so while it is asked at once', async () => {
  const it = watched({ wasReady: true })
  it.isOk = false
  await it.until(9_999)
  expect(it.asked).toEqual(['/readyz 0'])
  expect(it.told).toEqual([])
  await it.until(10_000)
  expect(it.told).toEqual(['unready 10000'])
})

test('a startup path of its own has to answer before readiness is asked', async () => {
  const it = watched({ startupPath: '/startup' })
  it.isOk = false
  await it.until(12)
  it.isOk = true
  await it.until(40)
  expect(it.asked).toEqual(['/startup 0', '/startup 10', '/startup 20', '/readyz 30', '/readyz 40'])
  expect(it.told).toEqual(['ready 40'])
})

test('asks nothing any more once it is stopped', async () => {
  const it = watched()
  await it.until(50)
  it.watch.stop()
  it.since()
  await it.until(100_000)
  expect(it.since()).toEqual([])
  expect(it.timers.size).toBe(0)
})
