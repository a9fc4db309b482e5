import { expect, it } from 'vitest'
import { seeded } from '../std/random.ts'
import { poisson } from './poisson.ts'

const seed = 20_261_130
const draws = 20_000

// Small means are searched for, middling ones put together, and large ones taken from the normal distribution.
it.each([0.02, 1, 15, 100, 5_000])('counts with mean %d have that mean and that variance', (mean) => {
  const random = seeded(seed)
  const counts = Array.from({ length: draws }, () => poisson(mean, random))
  const average = counts.reduce((sum, count) => sum + count, 0) / draws
  const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / draws
  const hint = `seed ${seed}: mean ${average}, variance ${variance}`
  // Four standard errors of each.
  expect(Math.abs(average - mean), hint).toBeLessThan(4 * Math.sqrt(mean / draws))
  expect(Math.abs(variance - mean), hint).toBeLessThan(4 * Math.sqrt((2 * mean ** 2 + mean) / draws))
})

it('nothing happens where nothing is to happen', () => {
  expect(poisson(0, seeded(seed))).toBe(0)
})
