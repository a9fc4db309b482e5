import type { Rule, Totals } from './minute.ts'

/** One-sided 1 %, which it would be if it were looked at once. */
const beyond = 2.3263478740408408

interface Shares {
  n: number
  x: number
}

/** What a dashboard does: a pooled two-proportion test on everything so far, each minute, of failures and of slow answers. */
export function repeatedZTest(): Rule {
  const sums = { candidate: newSums(), stable: newSums() }
  return ({ candidate, stable }) => {
    add(sums.candidate, candidate)
    add(sums.stable, stable)
    return (
      zOf(sums.candidate.failed, sums.stable.failed) > beyond ||
      zOf(sums.candidate.slow, sums.stable.slow) > beyond
    )
  }
}

/** In standard deviations; 0 where there is nothing to compare. */
export function zOf(candidate: Shares, stable: Shares): number {
  if (candidate.n === 0 || stable.n === 0) return 0
  const pooled = (candidate.x + stable.x) / (candidate.n + stable.n)
  const variance = pooled * (1 - pooled) * (1 / candidate.n + 1 / stable.n)
  return variance === 0 ? 0 : (candidate.x / candidate.n - stable.x / stable.n) / Math.sqrt(variance)
}

function newSums(): { failed: Shares; slow: Shares } {
  return { failed: { n: 0, x: 0 }, slow: { n: 0, x: 0 } }
}

function add(sums: ReturnType<typeof newSums>, { requests, bad, good, slow }: Totals): void {
  sums.failed.n += requests
  sums.failed.x += bad
  sums.slow.n += good
  sums.slow.x += slow
}
