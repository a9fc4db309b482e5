import type { FixName } from '../../checks/check.ts'
import { allChecks } from '../../checks/index.ts'
import type { Look } from '../../checks/look/look.ts'
import type { Report } from '../../checks/run-checks.ts'
import type { Repository } from '../../detect/facts.ts'
import type { GeneratorName } from '../../generators/index.ts'
import { stamped } from '../../generators/stamp.ts'
import { type Call, notice } from '../call.ts'
import { answered } from '../init/answers.ts'
import { writeProjectFile } from '../init/project-file.ts'
import { lookAt, type Proposal, survey } from '../init/survey.ts'

/**
 * Writes what generators can write for checks that do not hold: files that are not there, and generated ones that nobody
 * has changed since. What a person has written or changed stays, and is told. True where something was written.
 */
export async function fixed(call: Call, look: Look, report: Report): Promise<boolean> {
  const open = report.findings.filter(
    ({ status }) => status === 'fail' || status === 'unknown' || status === 'warn',
  )
  const names = new Set(
    allChecks().flatMap(({ check }) => (open.some(({ id }) => id === check.id) ? (check.fixedBy ?? []) : [])),
  )
  if (names.size === 0) {
    notice(call, 'nothing of what is open can be written by a generator')
    return false
  }
  const wanted = [...names].map((name) => makerOf(name, look.repository))
  const project = await answered(await lookAt(look.files.root), null)
  const found = await survey(project!, { with: wanted.filter((name) => name !== 'env-example') })
  const proposals = found.proposals.filter(({ by }) => wanted.includes(by))
  const due = proposals.filter(({ state }) => state === 'new' || state === 'outdated')
  for (const proposal of due) {
    await writeProjectFile(look.files.root, { ...proposal, content: stamped(proposal.content) })
    notice(call, `${proposal.path} written`)
  }
  for (const { path } of proposals.filter(isPersons))
    notice(call, `${path} is yours, and is left as it is: sluice init shows what would change`)
  return due.length > 0
}

function isPersons({ state }: Proposal): boolean {
  return state === 'own' || state === 'changed and outdated'
}

/** A generator's own name; of the CI systems the one that the repository's host is likely to have. */
function makerOf(name: FixName, repository: Repository | null): Proposal['by'] {
  if (name !== 'ci') return name as Proposal['by']
  return ((repository?.host ?? '').includes('gitlab') ? 'gitlab-ci' : 'github-actions') as GeneratorName
}
