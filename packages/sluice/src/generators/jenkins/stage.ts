import type { JobOfBoth } from '../../pipeline/jobs-of-both.ts'
import { jobImages } from '../../pipeline/pins.ts'
import { type Job, type Step, usesRegistry } from '../../pipeline/pipeline.ts'
import { startServers, stopServers } from '../../pipeline/servers-in-docker.ts'
import { variablesWith } from '../../pipeline/services.ts'
import { shellWord } from '../../pipeline/shell-word.ts'
import { block, call, shell, text } from './groovy.ts'

export interface StageContext {
  app: string
  branch: string
  paths: string[]
}

/** A job as a stage. */
export function stage({ job, on }: JobOfBoth, context: StageContext): string[] {
  const hasServices = job.services.length > 0
  const variables = Object.entries(variablesWith(job, (name) => name))
  return block(`stage(${text(job.title)})`, [
    ...whenOf({ job, on }, context),
    ...agentOf(job),
    ...block('options', [
      call('timeout', { time: job.timeoutMinutes, unit: 'MINUTES' }),
      // Only where an agent went away: what failed by itself fails again.
      ...(job.retries === 0
        ? []
        : [`retry(count: ${job.retries + 1}, conditions: [agent(), nonresumable()])`]),
    ]),
    ...(variables.length === 0
      ? []
      : block(
          'environment',
          variables.map(([name, value]) => `${name} = ${text(value)}`),
        )),
    ...block('steps', [
      // Nothing of the build before: a workspace is used again.
      ...shell('git clean -ffdx'),
      ...job.inputs.slice(0, 1).map(({ from }) => `unstash ${text(from)}`),
      ...(hasServices ? besideServers(job, context) : withCredentials(job, context)),
      ...(job.outputs.length === 0 ? [] : [call('stash', { name: job.id, includes: 'outputs.env' })]),
    ]),
    ...postOf(job, context),
  ])
}

/** A person is asked in a stage of its own, which holds no agent meanwhile. */
export function askStage({ job, on }: JobOfBoth, context: StageContext): string[] {
  return block(`stage(${text(`Ask before ${job.id}`)})`, [
    ...whenOf({ job, on }, context),
    ...block('options', [call('timeout', { time: 3, unit: 'DAYS' })]),
    ...block('steps', [`input message: ${text(job.approval ?? '')}, ok: 'Release'`]),
  ])
}

/** Only where the project wants it, and never for what a fork has written: it runs on a machine that stays. */
const isPreviewed = "expression { env.SLUICE_PREVIEWS == 'on' && env.CHANGE_FORK == null }"

function whenOf({ on, job: { preview } }: JobOfBoth, { branch, paths }: StageContext): string[] {
  const isFor = {
    'pull-request': 'changeRequest()',
    main: `branch ${text(branch)}`,
  }
  const conditions = [
    ...(on.length === 1
      ? [isFor[on[0]!]]
      : block(
          'anyOf',
          on.map((one) => isFor[one]),
        )),
    ...paths.map((path) => `changeset ${text(`${path}/**`)}`),
  ]
  return block('when', ['beforeAgent true', ...conditions, ...(preview === null ? [] : [isPreviewed])])
}

function agentOf({ place, services }: Job): string[] {
  if (place.kind === 'machine') return [`agent { label ${text(place.label)} }`]
  if (place.kind === 'engine' || services.length > 0) return [`agent { label 'docker' }`]
  return block(
    'agent',
    block('docker', [`image ${text(jobImages[place.language](place.version))}`, `label 'docker'`]),
  )
}

function withCredentials(job: Job, context: StageContext): string[] {
  const lines = job.steps.flatMap((step) => shell(scriptOf(step, job)))
  if (!usesRegistry(job)) return lines
  const registry = call('usernamePassword', {
    credentialsId: `${context.app}-registry`,
    usernameVariable: 'REGISTRY_USER',
    passwordVariable: 'REGISTRY_TOKEN',
  })
  return block(`withCredentials([${registry}])`, lines)
}

// Servers and job meet in a network that has the executor's number, so that two builds on one agent do not.
function besideServers(job: Job, { app }: StageContext): string[] {
  const { place } = job
  const image = place.kind === 'language' ? jobImages[place.language](place.version) : jobImages.engine
  return [
    ...shell(startServers(job.services, networkOf(app)).join('\n')),
    ...block(
      'script',
      block(
        `docker.image(${text(image)}).inside("--network ${networkOf(app).replace('$EXECUTOR_NUMBER', '${env.EXECUTOR_NUMBER}')}")`,
        job.steps.flatMap((step) => shell(scriptOf(step, job))),
      ),
    ),
  ]
}

function networkOf(app: string): string {
  return `${app}-$EXECUTOR_NUMBER`
}

function postOf(job: Job, { app }: StageContext): string[] {
  const always = [
    ...job.artifacts.map((path) => `archiveArtifacts artifacts: ${text(path)}, allowEmptyArchive: true`),
    ...(job.services.length === 0 ? [] : shell(stopServers(job.services, networkOf(app)).join('\n'))),
  ]
  return always.length === 0 ? [] : block('post', block('always', always))
}

function scriptOf({ folder, script }: Step, job: Job): string {
  return [
    // The user of a container there has no home, and may write nowhere else.
    ...(job.place.kind === 'language'
      ? ['export HOME="$WORKSPACE_TMP" PATH="$WORKSPACE_TMP/.local/bin:$PATH"']
      : []),
    // By this name Jenkins finds what a job has started, and ends it: Sluice's agent has to stay.
    ...(job.place.kind === 'machine' ? ['export JENKINS_NODE_COOKIE=dontKillMe'] : []),
    ...job.inputs.map(
      ({ name }) => `${name}=$(sed -n 's/^${name}=//p' "$WORKSPACE/outputs.env"); export ${name}`,
    ),
    ...(job.preview === null ? [] : ['export PREVIEW="pr-$CHANGE_ID"']),
    ...(script.includes('$REVISION') ? ['export REVISION="$GIT_COMMIT"'] : []),
    ...(folder === '.' ? [] : [`cd ${shellWord(folder)}`]),
    script,
  ].join('\n')
}
