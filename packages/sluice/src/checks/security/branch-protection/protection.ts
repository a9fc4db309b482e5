import { entriesOf, field, listOf } from '../../look/yaml-documents.ts'

/** What a branch asks of a change before it takes it. */
export interface Protection {
  /** People who have to approve. */
  approvals: number
  /** Checks that have to be green. */
  checks: number
  refusesForce: boolean
}

/** Reads a reply of GitHub's API: rules of a branch, one ruleset or several, or the older protection. Null for any other. */
export function protectionIn(reply: unknown): Protection | null {
  if (Array.isArray(reply)) return ofRules(reply.flatMap(activeRules))
  if (Array.isArray(field(reply, 'rules'))) return ofRules(activeRules(reply))
  const keys = entriesOf(reply).map(([key]) => key)
  // What is not protected at all is answered so, with status 404.
  if (field(reply, 'message') === 'Branch not protected')
    return { approvals: 0, checks: 0, refusesForce: false }
  if (!keys.includes('allow_force_pushes') && !keys.includes('required_status_checks')) return null
  const checks = field(reply, 'required_status_checks')
  return {
    approvals: numberIn(reply, 'required_pull_request_reviews', 'required_approving_review_count'),
    checks: Math.max(listOf(field(checks, 'checks')).length, listOf(field(checks, 'contexts')).length),
    refusesForce: field(reply, 'allow_force_pushes', 'enabled') !== true,
  }
}

/** One rule, or those of a ruleset that is on. */
function activeRules(one: unknown): unknown[] {
  if (!Array.isArray(field(one, 'rules'))) return [one]
  return field(one, 'enforcement') === 'active' ? listOf(field(one, 'rules')) : []
}

function ofRules(rules: unknown[]): Protection | null {
  if (rules.some((rule) => typeof field(rule, 'type') !== 'string')) return null
  const typed = (type: string) => rules.filter((rule) => field(rule, 'type') === type)
  return {
    approvals: Math.max(
      0,
      ...typed('pull_request').map((rule) => numberIn(rule, 'parameters', 'required_approving_review_count')),
    ),
    checks: typed('required_status_checks').flatMap((rule) =>
      listOf(field(rule, 'parameters', 'required_status_checks')),
    ).length,
    refusesForce: typed('non_fast_forward').length > 0,
  }
}

function numberIn(value: unknown, ...keys: string[]): number {
  const found = field(value, ...keys)
  return typeof found === 'number' ? found : 0
}
