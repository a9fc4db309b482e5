import type { Rule } from './minute.ts'

const leastSuccess = 0.95
const failureLimit = 3

/**
 * Argo Rollouts with the template of its documentation: each minute the success rate must be 95 %, and the fourth failed
 * measurement aborts. It has no rule for latency.
 *
 * In its favour: a minute without traffic is not a failed one, and the rate is that of a whole minute.
 */
export function argoRollouts(): Rule {
  let failed = 0
  return ({ candidate: { requests, bad } }) => {
    if (requests > 0 && 1 - bad / requests < leastSuccess) failed++
    return failed > failureLimit
  }
}
