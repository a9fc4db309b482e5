import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deadline, TimerWheel } from './timer-wheel.ts'

test('expires a deadline at most one tick late and never early', () => {
  const wheel = new TimerWheel(0, 100)
  const expired: number[] = []
  let now = 0
  const deadline = new Deadline(() => expired.push(now))
  wheel.arm(deadline, 250)
  for (now = 0; now <= 1000; now += 50) wheel.turn(now)
  expect(expired).toEqual([300])
})

test('a deadline that is moved on again and again expires once, after the last move', () => {
  const wheel = new TimerWheel(0, 100, 8)
  const expired: number[] = []
  let now = 0
  const deadline = new Deadline(() => expired.push(now))
  for (now = 0; now <= 5000; now += 50) {
    if (now <= 2000) wheel.arm(deadline, now + 1000)
    wheel.turn(now)
  }
  expect(expired).toEqual([3100])
})

test('a deadline can be drawn nearer', () => {
  const wheel = new TimerWheel(0, 100)
  let expired = 0
  const deadline = new Deadline(() => expired++)
  wheel.arm(deadline, 10_000)
  wheel.arm(deadline, 100)
  wheel.turn(200)
  expect(expired).toBe(1)
  wheel.turn(20_000)
  expect(expired).toBe(1)
})

test('an expiry may remove a deadline that is due in the same tick', () => {
  const wheel = new TimerWheel(0, 100)
  const expired: string[] = []
  const a: Deadline = new Deadline(() => {
    expired.push('a')
    wheel.remove(b)
  })
  const b: Deadline = new Deadline(() => {
    expired.push('b')
    wheel.remove(a)
  })
  wheel.arm(a, 150)
  wheel.arm(b, 150)
  wheel.turn(1000)
  expect(expired).toHaveLength(1)
})

test('agrees with a plain list of deadlines, whatever is armed, disarmed and removed in whatever order', () => {
  const operation = fc.record({
    of: fc.nat(4),
    what: fc.constantFrom('arm', 'arm', 'disarm', 'remove', 'turn', 'turn'),
    ms: fc.nat(3000),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      let now = 0
      const wheel = new TimerWheel(now, 10, 16)
      const expected = [0, 0, 0, 0, 0].map(() => Number.POSITIVE_INFINITY)
      const deadlines = expected.map(
        (_, i) =>
          new Deadline(() => {
            expect(expected[i]).toBeLessThanOrEqual(now)
            expected[i] = Number.POSITIVE_INFINITY
          }),
      )
      for (const { of, what, ms } of operations) {
        if (what === 'turn') {
          now += ms
          wheel.turn(now)
          for (const at of expected) expect(at).toBeGreaterThan(now - 20)
        } else if (what === 'arm') {
          expected[of] = now + ms
          wheel.arm(deadlines[of]!, now + ms)
        } else {
          expected[of] = Number.POSITIVE_INFINITY
          wheel[what](deadlines[of]!)
        }
      }
    }),
  )
})
