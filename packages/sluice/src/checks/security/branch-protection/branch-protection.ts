import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { platformReply } from '../../look/platform-reply.ts'
import { protectionIn } from './protection.ts'

const CODEOWNERS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS']

/**
 * SEC-13. The rules of a branch are kept by the platform: its reply is read from ops/replies/branch-protection.json, made of
 * `gh api repos/OWNER/REPO/rules/branches/BRANCH` (rulesets, which everybody may read), of `…/rulesets/ID`, or of
 * `…/branches/BRANCH/protection` (the older protection, for administrators).
 */
export const branchProtection: Check = {
  id: 'SEC-13',
  title: 'the main branch takes only reviewed changes whose checks are green, and files have owners',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['platform', 'static']],
  fix: 'Write CODEOWNERS; in a ruleset for the main branch require a pull request with one approval, status checks, and no force push; store the reply in ops/replies/branch-protection.json.',
  tags: ['Branch-Protection', 'Code-Review'],
  static: ownersIn,
  platform(look) {
    const stored = platformReply(look, 'branch-protection')
    if ('answer' in stored) {
      const { path = 'OWNER/REPO', defaultBranch = 'main' } = look.repository ?? {}
      const ask = `gh api repos/${path}/rules/branches/${defaultBranch}`
      return unknown(`${stored.answer.says}; ${ask} gives it`)
    }
    const gaps = gapsIn(stored.reply)
    if (gaps === null) return unknown(`${stored.file} holds a reply of a form that is not known here`)
    const evidence = [{ says: stored.says, file: stored.file }]
    if (gaps.length > 0) return fail(`the main branch lacks: ${gaps.join(', ')}`, evidence)
    return pass('the main branch takes only reviewed changes whose checks are green', evidence)
  },
}

function gapsIn(reply: unknown): string[] | null {
  const protection = protectionIn(reply)
  if (protection === null) return null
  return [
    ...(protection.approvals >= 1 ? [] : ['a review by somebody else']),
    ...(protection.checks >= 1 ? [] : ['checks that have to be green']),
    ...(protection.refusesForce ? [] : ['a ban on force pushes']),
  ]
}

function ownersIn({ repositoryFiles: files }: Look): Answer {
  const path = CODEOWNERS.find((one) => files.exists(one))
  if (path === undefined) return fail('there is no CODEOWNERS')
  const lines = (files.read(path) ?? '').split('\n')
  const rule = lines.findIndex((line) => /^[^#\s[^]\S*\s+\S*@\S+/.test(line.trim()))
  if (rule === -1)
    return fail('CODEOWNERS names nobody', [{ says: 'no rule with an owner', file: files.at(path) }])
  return pass('files have owners', [{ says: lines[rule]!.trim(), file: files.at(path), line: rule + 1 }])
}
