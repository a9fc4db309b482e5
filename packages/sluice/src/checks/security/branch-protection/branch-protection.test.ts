import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { branchProtection } from './branch-protection.ts'

const owners = { '.github/CODEOWNERS': '# who is asked\n*  @acme/shop\n' }
const stored = (reply: unknown, takenAt = '2026-11-20T08:00:00Z') => ({
  ...owners,
  'ops/replies/branch-protection.json': { takenAt, from: 'gh api', reply },
})
const rules = [
  { type: 'pull_request', parameters: { required_approving_review_count: 1 } },
  { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'test' }] } },
  { type: 'non_fast_forward' },
]
const older = {
  required_pull_request_reviews: { required_approving_review_count: 1 },
  required_status_checks: { strict: true, contexts: ['test'], checks: [{ context: 'test' }] },
  allow_force_pushes: { enabled: false },
}

it.each([
  ['the rules of a branch', rules],
  ['a ruleset', { name: 'main', enforcement: 'active', rules }],
  ['the older protection', older],
])('passes with %s that asks for all, and owners', async (_, reply) => {
  expect((await found(branchProtection, stored(reply))).status).toBe('pass')
})

it.each([
  ['no rules', [], 'a review by somebody else, checks that have to be green, a ban on force pushes'],
  [
    'a review by nobody',
    [{ ...rules[0], parameters: {} }, rules[1], rules[2]],
    'lacks: a review by somebody else',
  ],
  ['force pushes', { ...older, allow_force_pushes: { enabled: true } }, 'lacks: a ban on force pushes'],
  ['a ruleset that is off', { enforcement: 'evaluate', rules }, 'a review'],
  ['an open branch', { message: 'Branch not protected' }, 'a review'],
])('fails with %s', async (_, reply, says) => {
  const finding = await found(branchProtection, stored(reply))
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('fails without owners, or with a file that names none', async () => {
  expect((await found(branchProtection, {})).says).toBe('there is no CODEOWNERS')
  const finding = await found(branchProtection, { CODEOWNERS: '# later\n' })
  expect(finding.status).toBe('fail')
})

it('does not know without a reply, with an old one, or one of another form', async () => {
  const without = await found(branchProtection, owners)
  expect(without.status).toBe('unknown')
  expect(without.says).toContain('gh api repos/OWNER/REPO/rules/branches/main gives it')
  expect((await found(branchProtection, stored(rules, '2026-11-01T08:00:00Z'))).status).toBe('unknown')
  expect((await found(branchProtection, stored({ message: 'Not Found' }))).status).toBe('unknown')
})
