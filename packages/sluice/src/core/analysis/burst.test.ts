import { expect, test } from 'vitest'
import { seeded } from '../../std/random.ts'
import { addHalves, newBursts, phiOf } from './burst.ts'

/** Half an hour in ticks of 5 s, with bursts of this size falling on either half. */
function phiOfBursts(size: number, seed: number): number {
  const random = seeded(seed)
  let bursts = newBursts()
  for (let tick = 0; tick < 360; tick++) {
    const x = [0, 0]
    for (let i = 0; i < 8; i++) if (random.chance(0.5)) x[random.chance(0.5) ? 0 : 1]! += size
    bursts = addHalves(bursts, [250, 250, x[0]!, x[1]!])
  }
  return phiOf(bursts)
}

test('failures that come one by one need no divisor', () => {
  expect(phiOfBursts(1, 1)).toBeLessThan(1.2)
})

test('failures that come by tens are divided by about ten', () => {
  expect(phiOfBursts(10, 2)).toBeGreaterThan(8)
  expect(phiOfBursts(10, 2)).toBeLessThan(12)
})

test('an outage of both halves is no burst', () => {
  expect(phiOf(addHalves(newBursts(), [400, 600, 200, 300]))).toBe(1)
})

test('without any history there is no divisor', () => {
  expect(phiOf(newBursts())).toBe(1)
  expect(phiOf(addHalves(newBursts(), [0, 0, 0, 0]))).toBe(1)
})
