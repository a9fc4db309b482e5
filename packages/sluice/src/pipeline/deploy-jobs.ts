import type { AppFacts } from '../detect/facts.ts'
import { ecrPassword } from './ecr.ts'
import { job } from './job.ts'
import type { Cloud, Job, Step } from './pipeline.ts'
import { shellWord } from './shell-word.ts'

/** What a release of an app is, and where it is run. */
export interface ReleaseRequest {
  app: AppFacts
  target: 'process' | 'docker' | 'swarm'
  /** The jobs that have to be done before. */
  checks: string[]
  /** Where its image is, if that is in a cloud. */
  cloud: Cloud | null
}

const sluice = 'npx --yes "sluice@$SLUICE_VERSION"'

/** Staging, then production, with the very same thing: a digest, or a release that the machine keeps. */
export function deployJobs(request: ReleaseRequest): Job[] {
  const { app, target, checks } = request
  const isProcess = target === 'process'
  const before = isProcess ? checks : ['publish']
  return [
    job({
      ...machineJob(request, 'staging'),
      title: 'Staging',
      needs: before,
      timeoutMinutes: 60,
      outputs: isProcess ? ['RELEASE'] : [],
      inputs: isProcess ? [] : digestOf('publish'),
      steps: [
        deployStep(request, 'staging'),
        smokeStep(app, 'staging', { url: statusOf(app, 'staging', 'url'), back: null }),
        drillStep(app),
        ...(isProcess ? [releaseStep(app)] : []),
      ],
    }),
    job({
      ...machineJob(request, 'production'),
      title: 'Production',
      needs: isProcess ? ['staging'] : ['publish', 'staging'],
      approval: `Release ${app.name} to production?`,
      // A canary may be watched for hours.
      timeoutMinutes: 300,
      inputs: isProcess ? [{ name: 'RELEASE', from: 'staging' }] : digestOf('publish'),
      steps: [
        deployStep(request, 'production'),
        smokeStep(app, 'production', {
          url: statusOf(app, 'production', 'url'),
          back: `${sluice} rollback --app ${app.name} --env production`,
        }),
      ],
    }),
  ]
}

/** An environment for a while, of the folder as the pull request has it: what is looked at is what would be merged. */
export function previewJob(request: Pick<ReleaseRequest, 'app' | 'checks'>): Job {
  const { app, checks } = request
  return job({
    ...previewPlace(app),
    id: 'preview',
    title: 'Preview',
    needs: checks,
    timeoutMinutes: 30,
    preview: 'deploy',
    outputs: ['PREVIEW_URL'],
    steps: [
      {
        name: 'Deploy the preview',
        folder: app.folder,
        script: `${sluice} preview deploy --name "\${PREVIEW:?}"`,
      },
      smokeStep(app, 'the preview', { url: previewUrl(app), back: null }),
      {
        name: 'Say where the preview is',
        folder: '.',
        script: `PREVIEW_URL=$(${previewUrl(app)})
echo "$PREVIEW_URL"
printf 'PREVIEW_URL=%s\\n' "$PREVIEW_URL" >> outputs.env`,
      },
    ],
  })
}

/** Once the pull request is closed. A preview that nobody removes is removed when its time is over. */
export function removePreviewJob(app: AppFacts): Job {
  return job({
    ...previewPlace(app),
    id: 'remove-preview',
    title: 'Remove the preview',
    checkout: 'nothing',
    permissions: [],
    timeoutMinutes: 10,
    preview: 'remove',
    steps: [
      {
        name: 'Remove the preview',
        folder: '.',
        script: `${sluice} preview remove --app ${app.name} --name "\${PREVIEW:?}"`,
      },
    ],
  })
}

// A label of its own: what a pull request runs need not be where production is.
function previewPlace({ name }: AppFacts) {
  return { place: { kind: 'machine', label: `${name}-preview` } as const, retries: 0 }
}

function previewUrl({ name }: AppFacts): string {
  return `${sluice} preview list --app ${name} --name "\${PREVIEW:?}" --json |
  node -p "JSON.parse(require('fs').readFileSync(0, 'utf8')).url"`
}

function machineJob({ app, target, cloud }: ReleaseRequest, environment: string) {
  const permissions: Job['permissions'] = [
    { scope: 'contents', level: 'read', because: 'sluice.yaml, and what is beside it' },
    ...(target === 'process' || cloud !== null
      ? []
      : [{ scope: 'packages' as const, level: 'read' as const, because: 'the image that is deployed' }]),
  ]
  // Releases of a folder are kept by the machine that built them, so both environments are on it.
  const label = target === 'process' ? app.name : `${app.name}-${environment}`
  return {
    id: environment,
    place: { kind: 'machine', label } as const,
    environment,
    permissions,
    // What has been moved is not moved again without a person.
    retries: 0,
  }
}

function digestOf(from: string): Job['inputs'] {
  return [
    { name: 'IMAGE', from },
    { name: 'DIGEST', from },
  ]
}

function deployStep({ app, target, cloud }: ReleaseRequest, environment: string): Step {
  const isFolder = target === 'process' && environment === 'staging'
  const what =
    target === 'process'
      ? isFolder
        ? ''
        : ` --release "\${RELEASE:?}"`
      : ' --image "${IMAGE:?}@${DIGEST:?}"'
  // In a cloud the machine has a role of its own, which may pull.
  const login = `${cloud === null ? '' : `${ecrPassword(cloud)}\n`}printf '%s' "$REGISTRY_TOKEN" | docker login "\${IMAGE%%/*}" --username "$REGISTRY_USER" --password-stdin
trap 'docker logout "\${IMAGE%%/*}"' EXIT
`
  return {
    name: `Deploy to ${environment}`,
    folder: app.folder,
    script: `${target === 'process' ? '' : login}${sluice} deploy${what} --env ${environment} || {
  code=$?
  case "$code" in
    10) echo 'The new release was worse and was undone; the old one serves. Why: sluice explain' ;;
    11) echo 'The way back failed as well. Look at it now: sluice status' ;;
    13) echo 'It waits for a person: sluice promote, or sluice abort' ;;
  esac
  exit "$code"
}`,
  }
}

/** `url` prints where it is reached, and `back` undoes what was deployed. */
function smokeStep(app: AppFacts, place: string, { url, back }: { url: string; back: string | null }): Step {
  const path = app.stack === 'static' ? '/readyz' : (app.health.readiness?.value ?? null)
  // Of an app that names no such path it is known only that it should not fail.
  const isWell = path === null ? '[1234]??' : '[23]??'
  return {
    name: `Smoke test ${place}`,
    folder: '.',
    script: `url=$(${url})
url="\${url%/}"${shellWord(path ?? '/')}
answer=$(curl --silent --show-error --output /dev/null --write-out '%{http_code}' --max-time 10 --retry 5 --retry-connrefused "$url") || true
echo "$answer from $url"
case "$answer" in
  ${isWell}) ;;
  *)
${back === null ? '' : `    ${back}\n`}    exit 1
    ;;
esac`,
  }
}

function drillStep(app: AppFacts): Step {
  return {
    name: 'Rehearse a rollback in staging',
    folder: '.',
    script: `${sluice} drill --app ${app.name} --env staging --yes`,
  }
}

function releaseStep(app: AppFacts): Step {
  return {
    name: 'Say which release production is to get',
    folder: '.',
    script: `RELEASE=$(${statusOf(app, 'staging', 'stable.release')})
echo "$RELEASE serves in staging"
printf 'RELEASE=%s\\n' "$RELEASE" >> outputs.env`,
  }
}

function statusOf(app: AppFacts, environment: string, field: string): string {
  return `${sluice} status --app ${app.name} --env ${environment} --json |
  node -p "JSON.parse(require('fs').readFileSync(0, 'utf8')).environments[0].${field}"`
}
