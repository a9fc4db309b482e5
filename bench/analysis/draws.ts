import { logGamma } from '../../packages/sluice/src/std/log-gamma.ts'
import type { Random } from '../../packages/sluice/src/std/random.ts'

/** From here on rejection is quicker than multiplying. */
const many = 30

/** A Poisson variable, exactly distributed at any mean. */
export function poisson(mean: number, random: Random): number {
  return mean < many ? multiplied(mean, random) : rejected(mean, random)
}

// Knuth: how many uniform variables can be multiplied before the product falls below e^-mean.
function multiplied(mean: number, random: Random): number {
  const least = Math.exp(-mean)
  let [count, product] = [0, random.next()]
  while (product > least) {
    count++
    product *= random.next()
  }
  return count
}

// W. Hörmann, "The transformed rejection method for generating Poisson random variables", algorithm PTRS (1993).
function rejected(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const logInverseAlpha = Math.log(1.1239 + 1.1328 / (b - 3.4))
  const within = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = random.next() - 0.5
    const v = random.next()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
    if (us >= 0.07 && v <= within) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    const logChance = k * Math.log(mean) - mean - logGamma(k + 1)
    if (Math.log(v) + logInverseAlpha - Math.log(a / (us * us) + b) <= logChance) return k
  }
}
