import { expect, test } from 'vitest'
import { normalQuantile } from './normal-quantile.ts'

// Roots of the normal distribution, found with 40 digits.
test.each([
  [1e-300, -37.0470962993612],
  [1e-20, -9.262340089798409],
  [1e-9, -5.997807015007687],
  [0.00025, -3.480756404346213],
  [0.0025, -2.807033768343804],
  [0.01, -2.326347874040841],
  [0.07, -1.4757910281791706],
  [0.075, -1.439531470938456],
  [0.2, -0.8416212335729142],
  [0.3, -0.5244005127080408],
  [0.5, 0],
  [0.6, 0.2533471031357998],
  [0.9, 1.2815515655446004],
  [0.975, 1.9599639845400543],
  [0.999999, 4.753424308822899],
  [0, Number.NEGATIVE_INFINITY],
  [1, Number.POSITIVE_INFINITY],
])('a normal variable stays with probability %d below %d', (probability, z) => {
  if (Number.isFinite(z)) expect(normalQuantile(probability)).toBeCloseTo(z, 10)
  else expect(normalQuantile(probability)).toBe(z)
})
