import { expect, test } from 'vitest'
import { bonferroniAny, logThreshold, weakestLogE, weightedLogE } from './average.ts'

test('two metrics that each fall short may be enough together', () => {
  const bets = [
    { weight: 0.5, logE: Math.log(150) },
    { weight: 0.5, logE: Math.log(80) },
  ]
  expect(bonferroniAny(bets, 0.01)).toBe(false)
  expect(weightedLogE(bets)).toBeGreaterThan(logThreshold(0.01))
})

test('a metric that passes its part alone is always enough', () => {
  const bets = [
    { weight: 0.1, logE: Math.log(1_001) },
    { weight: 0.9, logE: Number.NEGATIVE_INFINITY },
  ]
  expect(bonferroniAny(bets, 0.01)).toBe(true)
  expect(weightedLogE(bets)).toBeGreaterThan(logThreshold(0.01))
})

test('no metrics are no evidence, in either direction', () => {
  expect(weightedLogE([])).toBe(Number.NEGATIVE_INFINITY)
  expect(bonferroniAny([], 0.01)).toBe(false)
  expect(weakestLogE([])).toBe(Number.NEGATIVE_INFINITY)
})

test('a candidate is as good as its worst metric', () => {
  expect(weakestLogE([4, 2.9, 3.1])).toBe(2.9)
})
