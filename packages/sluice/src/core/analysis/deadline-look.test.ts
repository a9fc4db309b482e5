import { expect, test } from 'vitest'
import { type DeadlineLook, isBeyond, lookAt, newDeadlineLook, score } from './deadline-look.ts'
import type { TickCounts } from './e-process.ts'

const margin = { theta0: 1.1, delta: 1e-4 }

function after(...ticks: TickCounts[]): DeadlineLook {
  return ticks.reduce((look, tick) => lookAt(look, tick, margin), newDeadlineLook())
}

test('a candidate exactly at its margin scores nothing, at any share', () => {
  const look = after(
    { nC: 10_000, nS: 90_000, xC: 111, xS: 900 },
    { nC: 50_000, nS: 50_000, xC: 1_105, xS: 1_000 },
  )
  expect(score(look)).toBeCloseTo(0, 9)
})

test('ticks without requests in one arm say nothing', () => {
  const look = after(
    { nC: 0, nS: 100, xC: 0, xS: 9 },
    { nC: 100, nS: 0, xC: 90, xS: 0 },
    { nC: 0, nS: 0, xC: 0, xS: 0 },
  )
  expect(look).toEqual(newDeadlineLook())
  expect(score(look)).toBe(0)
})

test('a candidate that fails half as often again is beyond its margin at the end of an hour', () => {
  const look = after({ nC: 18_000, nS: 18_000, xC: 270, xS: 180 })
  expect(isBeyond(look, 0.0025 * 0.5)).toBe(true)
  expect(isBeyond(after({ nC: 18_000, nS: 18_000, xC: 210, xS: 180 }), 0.0025 * 0.5)).toBe(false)
})

test('the same failures in bursts are not enough', () => {
  const look = after({ nC: 18_000, nS: 18_000, xC: 270, xS: 180 })
  expect(score(look, 4)).toBeCloseTo(score(look) / 2, 12)
  expect(isBeyond(look, 0.0025 * 0.5, 4)).toBe(false)
})

test('nine failures are never enough, ten can be', () => {
  expect(isBeyond(after({ nC: 1_000, nS: 9_000, xC: 9, xS: 0 }), 0.01)).toBe(false)
  expect(isBeyond(after({ nC: 1_000, nS: 9_000, xC: 10, xS: 0 }), 0.01)).toBe(true)
})

// Phi^-1(1 - 0.00125) = 3.0233414397
test('the bound is the normal quantile of the metric’s share', () => {
  const at = (z: number) => isBeyond({ S: z, V: 1, xC: 10 }, 0.0025 * 0.5)
  expect([at(3.02334), at(3.02335)]).toEqual([false, true])
})
