import { describe, expect, test, vi } from 'vitest'
import { Alarms } from './alarms.ts'
import { notBefore, openClock, repeat, until } from './clock.ts'
import { testClock } from './test-clock.fixture.ts'

/** A machine whose wall clock can be set. */
function machine() {
  const at = { wall: 1_000_000, steady: 5_000 }
  const clock = openClock({ wallMs: () => at.wall, steadyMs: () => at.steady })
  const pass = (ms: number) => {
    at.wall += ms
    at.steady += ms
  }
  return { at, clock, pass }
}

describe('the clock of the machine', () => {
  test('goes as the wall clock goes', () => {
    const { clock, pass } = machine()
    pass(250)
    expect(clock.now()).toBe(1_000_250)
  })

  test('goes on from where it was when somebody sets the wall clock back', () => {
    const { at, clock, pass } = machine()
    at.wall -= 3_600_000
    expect(clock.now()).toBe(1_000_000)
    pass(250)
    expect(clock.now()).toBe(1_000_250)
    pass(60_000)
    expect(clock.now()).toBe(1_060_250)
  })

  test('follows when it is set forward, as after a sleep', () => {
    const { at, clock } = machine()
    at.wall += 3_600_000
    expect(clock.now()).toBe(4_600_000)
  })

  test('stands still rather than go back where it is corrected by a little', () => {
    const { at, clock, pass } = machine()
    at.wall -= 300
    expect(clock.now()).toBe(1_000_000)
    pass(200)
    expect(clock.now()).toBe(1_000_000)
    pass(200)
    expect(clock.now()).toBe(1_000_100)
  })

  test('runs nothing before its time, and nothing that was called off', async () => {
    const clock = openClock()
    const ran: number[] = []
    clock.at(clock.now() + 5, () => ran.push(0))()
    const due = clock.now() + 20
    await new Promise<void>((resolve) => {
      clock.at(due, () => {
        ran.push(clock.now())
        resolve()
      })
    })
    expect(ran).toHaveLength(1)
    expect(ran[0]).toBeGreaterThanOrEqual(due)
  })
})

test('what is further away than a timer reaches is not run early', () => {
  vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  try {
    const dayMs = 24 * 3_600_000
    let ran = 0
    openClock().at(40 * dayMs, () => {
      ran += 1
    })
    vi.advanceTimersByTime(39 * dayMs)
    expect(ran).toBe(0)
    vi.advanceTimersByTime(2 * dayMs)
    expect(ran).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})

test('a clock can be kept from being before what is written down', async () => {
  const clock = testClock(1_000)
  const later = notBefore(clock, 5_000)
  expect([later.now(), notBefore(clock, 500).now()]).toEqual([5_000, 1_000])
  let ranAt = 0
  later.at(5_100, () => {
    ranAt = later.now()
  })
  await clock.until(() => ranAt > 0)
  expect([ranAt, clock.now()]).toEqual([5_100, 1_100])
})

describe('alarms', () => {
  test('are called off together, and one by one', async () => {
    const clock = testClock()
    const alarms = new Alarms(clock)
    const ran: string[] = []
    alarms.set(clock.now() + 10, () => ran.push('first'))
    alarms.set(clock.now() + 10, () => ran.push('second'))()
    await clock.pass(20)
    alarms.set(clock.now() + 10, () => ran.push('third'))
    alarms.callOff()
    await clock.pass(20)
    expect(ran).toEqual(['first'])
  })
})

describe('work that is repeated', () => {
  test('waits from its end to its next beginning, and begins no more once it is ended', async () => {
    const clock = testClock(0)
    const begun: number[] = []
    const end = repeat(clock, { everyMs: 10_000 }, async () => {
      begun.push(clock.now())
      await until(clock, clock.now() + 3_000)
    })
    await clock.pass(40_000)
    expect(begun).toEqual([10_000, 23_000, 36_000])
    end()
    await clock.pass(40_000)
    expect(begun).toHaveLength(3)
  })

  test('begins no more where it is ended while it runs', async () => {
    const clock = testClock(0)
    let turns = 0
    const end = repeat(clock, { everyMs: 1_000, firstInMs: 0 }, async () => {
      turns += 1
      await until(clock, 500)
    })
    expect(turns).toBe(1)
    end()
    await clock.pass(10_000)
    expect(turns).toBe(1)
  })
})
