import { expect, test } from 'vitest'
import { logBeta, logGamma } from './log-gamma.ts'

// Evaluated with 40 digits.
test.each([
  [1e-10, 23.025850929882736],
  [0.001, 6.907178885383853],
  [0.5, 0.5723649429247001],
  [1, 0],
  [2, 0],
  [3.7, 1.4280723266653879],
  [14.99, 25.164481163825506],
  [15, 25.191221182738683],
  [100, 359.1342053695754],
  [2100.5, 13965.273428486114],
  [1e6, 12815504.569147613],
])('ln Gamma(%d)', (x, expected) => {
  expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-14 * Math.max(1, expected))
})

test('ln Beta of whole numbers is that of a fraction', () => {
  expect(logBeta(3, 4)).toBeCloseTo(-Math.log(60), 14)
})
