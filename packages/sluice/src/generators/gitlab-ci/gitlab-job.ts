import { inOneShell } from '../../pipeline/in-one-shell.ts'
import type { JobOfBoth } from '../../pipeline/jobs-of-both.ts'
import { jobImages } from '../../pipeline/pins.ts'
import { type Job, usesRegistry } from '../../pipeline/pipeline.ts'
import { variablesWith } from '../../pipeline/services.ts'

type Fields = Record<string, unknown>

/** When a pipeline is run. */
export const isFor = {
  'pull-request': '$CI_PIPELINE_SOURCE == "merge_request_event"',
  main: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
} as const

interface FileOfJobs {
  app: string
  /** What the names of its jobs begin with. */
  prefix: string
  paths: string[]
  /** Its own. */
  path: string
  /** Whom a token is made for that a job shows elsewhere. */
  audience: string
}

/** A job as GitLab has it. */
export function gitlabJob({ job, on }: JobOfBoth, file: FileOfJobs): Fields {
  const variables = variablesOf(job)
  return {
    stage: stageOf(job),
    ...(job.needs.length === 0 ? { needs: [] } : { needs: job.needs.map((id) => `${file.prefix}${id}`) }),
    rules: on.map((one) => ruleOf(one, job, file)),
    ...(job.approval === null ? {} : { manual_confirmation: job.approval }),
    ...placeOf(job),
    timeout: `${job.timeoutMinutes} minutes`,
    interruptible: on.includes('pull-request'),
    ...(job.retries === 0
      ? {}
      : { retry: { max: job.retries, when: ['runner_system_failure', 'stuck_or_timeout_failure'] } }),
    ...environmentOf(job, file),
    ...(job.cloud === null ? {} : { id_tokens: { IDENTITY_TOKEN: { aud: file.audience } } }),
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(job.cache.length === 0
      ? {}
      : {
          cache: job.cache.map(({ folder, keyFiles }) => ({
            // GitLab takes two files at most. What merge requests keep is not found by the default branch.
            key: { files: keyFiles.slice(0, 2), prefix: '$CI_PIPELINE_SOURCE' },
            paths: [inProject(folder)],
          })),
        }),
    script: [
      ...(job.cloud === null ? [] : [awsInstall]),
      ...(job.place.kind === 'engine' ? [engineWait] : []),
      ...job.steps.map(inOneShell),
    ],
    ...artifactsOf(job),
  }
}

function stageOf({ id, environment, preview }: Job): string {
  if (preview !== null) return 'preview'
  return environment ?? (id === 'publish' ? 'publish' : 'check')
}

/** GitLab runs what stops an environment when the merge request of that is merged or closed. */
function environmentOf({ environment, preview }: Job, { app, prefix }: FileOfJobs): Fields {
  if (preview !== null) {
    const name = `${prefix}preview/${previewName}`
    const how =
      preview === 'deploy' ? { url: '$PREVIEW_URL', on_stop: `${prefix}remove-preview` } : { action: 'stop' }
    return { environment: { name, ...how }, resource_group: `${app}-preview-${previewName}` }
  }
  if (environment === null) return {}
  return { environment: { name: environment }, resource_group: `${app}-${environment}` }
}

const previewName = 'pr-$CI_MERGE_REQUEST_IID'
/** Only where the project wants it, and never for what a fork has written: it runs on a machine that stays. */
const isPreviewed =
  '$SLUICE_PREVIEWS == "on" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID'

function ruleOf(
  on: JobOfBoth['on'][number],
  { approval, preview }: Job,
  { paths, path }: FileOfJobs,
): Fields {
  return {
    if: preview === null ? isFor[on] : `${isFor[on]} && ${isPreviewed}`,
    ...(paths.length === 0 ? {} : { changes: [...paths.map((one) => `${one}/**/*`), path] }),
    ...(approval === null ? {} : { when: 'manual', allow_failure: false }),
    ...(preview === 'remove' ? { when: 'manual', allow_failure: true } : {}),
  }
}

function placeOf({ place, services }: Job): Fields {
  switch (place.kind) {
    case 'machine':
      return { tags: [place.label] }
    case 'engine':
      return {
        image: jobImages.engine,
        services: [{ name: jobImages.engineServer, alias: 'docker' }],
      }
    case 'language':
      return {
        image: jobImages[place.language](place.version),
        ...(services.length === 0
          ? {}
          : {
              services: services.map(({ name, image, env }) => ({
                name: image,
                alias: name,
                ...(Object.keys(env).length === 0 ? {} : { variables: env }),
              })),
            }),
      }
  }
}

function variablesOf(job: Job): Record<string, string> {
  const text = job.steps.map(({ script }) => script).join('\n')
  return {
    ...(job.preview === null ? {} : { PREVIEW: previewName }),
    ...variablesWith(job, (name) => name),
    ...Object.fromEntries(
      job.cache.map(({ variable, folder }) => [variable, `$CI_PROJECT_DIR/${inProject(folder)}`]),
    ),
    ...(job.checkout === 'history' ? { GIT_DEPTH: '0' } : {}),
    ...(job.checkout === 'nothing' ? { GIT_STRATEGY: 'none' } : {}),
    ...(job.place.kind === 'engine' ? engineVariables : {}),
    // The one of an app that is alone is a variable of every job.
    ...(job.cloud === null || job.cloud.roleVariable === 'AWS_ROLE_ARN'
      ? {}
      : { AWS_ROLE_ARN: `$${job.cloud.roleVariable}` }),
    ...(text.includes('$IMAGE_NAME') && job.cloud === null ? { IMAGE_NAME: '$CI_REGISTRY_IMAGE' } : {}),
    ...(text.includes('$REVISION') ? { REVISION: '$CI_COMMIT_SHA' } : {}),
    // Of the job: it is over with it.
    ...(usesRegistry(job)
      ? { REGISTRY_USER: '$CI_REGISTRY_USER', REGISTRY_TOKEN: '$CI_REGISTRY_PASSWORD' }
      : {}),
  }
}

const engineVariables = {
  DOCKER_HOST: 'tcp://docker:2376',
  DOCKER_TLS_CERTDIR: '/certs',
  DOCKER_TLS_VERIFY: '1',
  DOCKER_CERT_PATH: '/certs/client',
}

const engineWait = `timeout 60 sh -c 'until docker info > /dev/null 2>&1; do sleep 1; done'`

/** Of the Alpine that the image of the engine is made of. */
const awsInstall = 'apk add --no-cache aws-cli'

// GitLab keeps only what is in the project's folder.
function inProject(folder: string): string {
  return `.cache/${folder.replace(/^\.(?:cache\/)?/, '').replaceAll('/', '-')}`
}

function artifactsOf({ outputs, artifacts }: Job): Fields {
  if (outputs.length === 0 && artifacts.length === 0) return {}
  return {
    artifacts: {
      ...(artifacts.length === 0 ? {} : { when: 'always', paths: artifacts }),
      expire_in: '1 week',
      ...(outputs.length === 0 ? {} : { reports: { dotenv: 'outputs.env' } }),
    },
  }
}
