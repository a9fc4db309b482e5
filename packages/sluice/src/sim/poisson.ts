import { normalQuantile } from '../std/normal-quantile.ts'
import type { Random } from '../std/random.ts'

/** Beyond this mean the search would be slow, and its first term lost to rounding. */
const searchedMean = 16
/** Beyond this one the normal distribution is as good. */
const largeMean = 400
/** Half of a random number's last bit: keeps it from being 0. */
const half = 2 ** -33

/** How many of something happen that happen independently, so often on average. */
export function poisson(mean: number, random: Random): number {
  if (mean > largeMean)
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalQuantile(random.next() + half)))
  let [count, left] = [0, mean]
  for (; left > searchedMean; left -= searchedMean) count += searched(searchedMean, random)
  return count + searched(left, random)
}

// Inversion by search from 0: one random number for each draw.
function searched(mean: number, random: Random): number {
  let rest = random.next()
  let probability = Math.exp(-mean)
  let count = 0
  // Rounding may leave a little more than all probabilities together; then they shrink to nothing before it is used up.
  while (rest >= probability && probability > 0) {
    rest -= probability
    count += 1
    probability *= mean / count
  }
  return count
}
