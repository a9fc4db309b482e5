import type { Minute, Rule } from './minute.ts'

const leastSuccess = 0.99
const mostMs = 500
const threshold = 5

/**
 * Flagger's stock analysis at a fixed weight ("iterations"): each minute the success rate must be 99 % and the p99 at most
 * 500 ms, and a minute without data fails. Failed checks are never forgotten; the fifth rolls back.
 *
 * In its favour: it rolls back at once, while the program acts on the threshold one interval later.
 */
export function flagger(): Rule {
  let failed = 0
  return (minute) => {
    if (!passes(minute)) failed++
    return failed >= threshold
  }
}

function passes({ candidate: { requests, bad, p99Ms } }: Minute): boolean {
  if (requests === 0) return false
  return 1 - bad / requests >= leastSuccess && (p99Ms === null || p99Ms <= mostMs)
}
