import { resolve } from 'node:path'
import type { FixName } from '../../checks/check.ts'
import { allChecks } from '../../checks/index.ts'
import { type CiSystem, ciFiles } from '../../checks/look/ci-files.ts'
import type { Look } from '../../checks/look/look.ts'
import { manifests } from '../../checks/look/manifests.ts'
import type { Report } from '../../checks/run-checks.ts'
import type { Project } from '../../detect/facts.ts'
import { madeBy } from '../../generators/generator.ts'
import type { GeneratorName } from '../../generators/index.ts'
import { stamped } from '../../generators/stamp.ts'
import { type Call, notice } from '../call.ts'
import { answered } from '../init/answers.ts'
import { writeProjectFile } from '../init/project-file.ts'
import { type Proposal, survey } from '../init/survey.ts'

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
  const wanted = [...names].flatMap((name) => makerOf(name, look))
  if (wanted.length === 0) {
    notice(call, 'nothing of what is open can be written by a generator')
    return false
  }
  const elsewhere = look.config?.build.context ?? '.'
  if (look.detected.workspaceRoot === null && resolve(look.files.root, elsewhere) !== look.files.root) {
    notice(
      call,
      `it is built from ${elsewhere}, and files for that are written there: sluice init ${elsewhere}`,
    )
    return false
  }
  const project = await answered(alone(look), null)
  const found = await survey(project!, { with: wanted.filter((name) => name !== 'env-example') })
  const proposals = found.proposals.filter(({ by }) => wanted.includes(by))
  const due = proposals.filter(({ state }) => state === 'new' || state === 'outdated')
  for (const proposal of due) {
    await writeProjectFile(look.project.root, { ...proposal, content: stamped(proposal.content) })
    notice(call, `${proposal.path} written`)
  }
  for (const { path } of proposals.filter(isPersons))
    notice(call, `${path} is yours, and is left as it is: sluice init shows what would change`)
  return due.length > 0
}

/** The app, in the project that it is built of; what is open about others is not asked. */
function alone({ project, detected: { folder, stack } }: Look): Project {
  return {
    ...project,
    apps: project.apps.filter((app) => app.folder === folder && app.stack === stack),
    questions: project.questions.filter((one) => one.folder === folder),
  }
}

function isPersons({ state }: Proposal): boolean {
  return state === 'own' || state === 'changed and outdated'
}

/** A generator's own name; none for what the app has in another form, or that does not belong into its folder. */
function makerOf(name: FixName, look: Look): Proposal['by'][] {
  if (name === 'ci') return ciOf(look)
  // Manifests are for those who run it on Kubernetes, and are judged as soon as they are there.
  if (name === 'kubernetes') return manifests(look).manifests.length > 0 ? [name] : []
  return [name]
}

/** Of the system that it has already, else that its host is likely to have; files of a person's own are left to them. */
function ciOf(look: Look): GeneratorName[] {
  // CI files lie where the repository begins, and only an app that lies there too can have them written here.
  if (look.files !== look.repositoryFiles) return []
  const [own] = ciFiles(look)
  if (own === undefined)
    return [look.repository?.host.includes('gitlab') === true ? 'gitlab-ci' : 'github-actions']
  const isGenerated = ciFiles(look).some(({ text }) => text.includes(madeBy('').trim()))
  return isGenerated ? [ciGenerators[own.system]] : []
}

const ciGenerators: { [K in CiSystem]: GeneratorName } = {
  github: 'github-actions',
  gitlab: 'gitlab-ci',
  circleci: 'circleci',
  jenkins: 'jenkins',
  codepipeline: 'codepipeline',
}
