import { expect, test } from 'vitest'
import { logAddExp, logSumExp } from './log-space.ts'

const nothing = Number.NEGATIVE_INFINITY

test('adds numbers that only their logarithms can hold', () => {
  expect(logAddExp(Math.log(3), Math.log(4))).toBeCloseTo(Math.log(7), 14)
  expect(logAddExp(1_000, 1_000)).toBeCloseTo(1_000 + Math.LN2, 12)
  expect(logAddExp(-5_000, 3)).toBe(3)
  expect(logSumExp([2_000, 2_000, 2_000])).toBeCloseTo(2_000 + Math.log(3), 12)
  expect(logSumExp([-2_000, -2_000])).toBeCloseTo(-2_000 + Math.LN2, 12)
})

test('adds nothing without a trace, and never says NaN', () => {
  expect(logAddExp(nothing, 1.5)).toBe(1.5)
  expect(logAddExp(1.5, nothing)).toBe(1.5)
  expect(logAddExp(nothing, nothing)).toBe(nothing)
  expect(logAddExp(Number.POSITIVE_INFINITY, nothing)).toBe(Number.POSITIVE_INFINITY)
  expect(logSumExp([])).toBe(nothing)
  expect(logSumExp([nothing, nothing])).toBe(nothing)
  expect(logSumExp([nothing, 1.5])).toBe(1.5)
  expect(logSumExp([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY)
})
