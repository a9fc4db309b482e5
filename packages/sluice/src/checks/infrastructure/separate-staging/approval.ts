import type { EnvironmentConfig } from '../../../config/config.ts'
import { type Answer, fail, pass, warn } from '../../check.ts'
import { type CiFile, type CiSystem, ciFiles } from '../../look/ci-files.ts'
import type { Look } from '../../look/look.ts'
import { pipelineJobs } from '../../look/pipeline-jobs.ts'
import { inSluiceYaml } from '../../look/where-it-runs.ts'
import { entriesOf, field } from '../../look/yaml-documents.ts'

/** How files say that a person is asked; what GitHub asks before an environment is said on GitHub. */
const asking: { [K in Exclude<CiSystem, 'github'>]: RegExp } = {
  gitlab: /^\s*(?:-\s*)?when:\s*manual\b/m,
  circleci: /^\s*(?:-\s*)?type:\s*approval\b/m,
  jenkins: /\binput\s*[({'"]|\binput\s+message\b/,
  codepipeline: /Category:\s*["']?Approval\b|"Category":\s*"Approval"/,
}

/** Whether somebody has to approve what goes to production: in the rollout itself, or in the pipeline that starts it. */
export function ofApproval(look: Look, { name, strategy }: EnvironmentConfig): Answer {
  const approves =
    (strategy?.kind === 'blue-green' && strategy.approve) ||
    (strategy?.kind === 'canary' && (strategy.approve || strategy.steps.some(({ gate }) => gate)))
  if (approves)
    return pass(`a person approves each release of ${name}`, [
      inSluiceYaml(look, 'approve', ['environments', name, 'strategy']),
    ])
  const jobs = pipelineJobs(look).filter(({ deploysTo }) => deploysTo === 'production')
  const files = ciFiles(look).filter(({ file }) => jobs.some((job) => job.file === file))
  // Also where no job says by its name that it deploys.
  const asked = ciFiles(look).find(
    (one) => asks(one) && (files.includes(one) || /\bprod(?:uction)?\b/i.test(one.text)),
  )
  if (asked !== undefined)
    return pass(`a person approves each release of ${name}`, [{ says: 'asks a person', file: asked.file }])
  const [job] = jobs
  if (job === undefined)
    return warn(`nobody approves a release of ${name} but who deploys it`, [
      inSluiceYaml(look, 'no approve', ['environments', name, 'strategy']),
    ])
  const place = [{ says: `job ${job.id}`, file: job.file, line: job.line }]
  const github = files.find(({ system, file }) => system === 'github' && file === job.file)
  if (field(github?.document?.value, 'jobs', job.id, 'environment') !== null)
    return warn(
      `whether the environment of ${job.id} asks a person is said on GitHub, among its protection rules`,
      place,
    )
  return fail(`${job.id} deploys to production, and nobody approves it`, place)
}

function asks({ system, text, document }: CiFile): boolean {
  return system === 'github' ? isByHand(document?.value) : asking[system].test(text)
}

/** A workflow that nothing but a person starts. */
function isByHand(workflow: unknown): boolean {
  const on = field(workflow, 'on')
  const triggers =
    typeof on === 'string' ? [on] : Array.isArray(on) ? on : entriesOf(on).map(([name]) => name)
  return triggers.length > 0 && triggers.every((trigger) => trigger === 'workflow_dispatch')
}
