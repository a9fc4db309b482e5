import { type Cache, type Job, type Pipeline, type Place, usesRegistry } from '../../pipeline/pipeline.ts'
import { variablesWith } from '../../pipeline/services.ts'
import { inParts, noted, yamlText } from '../../pipeline/yaml-text.ts'
import { madeBy } from '../generator.ts'
import { type ActionName, pinned } from './action-pins.ts'
import { audience } from './aws-role.ts'

type Fields = Record<string, unknown>

const hosted = 'ubuntu-24.04'

/** A pipeline as a workflow, which lies at `path`. `types`: of what happens to a pull request, where it is not the usual. */
export function workflow(pipeline: Pipeline, path: string, types: { types?: string[] } = {}): string {
  const { name, branch, paths, on, env, cancelsStale, jobs } = pipeline
  const filter = {
    branches: [branch],
    ...(paths.length === 0 ? {} : { paths: [...paths.map((one) => `${one}/**`), path] }),
  }
  const content: Fields = {
    name,
    on: on === 'main' ? { push: filter } : { pull_request: { ...types, ...filter } },
    // Each job is given what it needs.
    permissions: {},
    // What is being released is never ended halfway; environments wait for one another by themselves.
    concurrency: {
      group: `${name}-\${{ github.${cancelsStale ? 'ref' : 'sha'} }}`,
      'cancel-in-progress': cancelsStale,
    },
    ...(Object.keys(env).length === 0 ? {} : { env }),
    defaults: { run: { shell: 'bash' } },
    jobs: Object.fromEntries(jobs.map((job) => [job.id, jobFields(job, pipeline)])),
  }
  const ids = jobs.map(({ id }) => id)
  const isPart = (indent: number, key: string) => indent === 0 || (indent === 2 && ids.includes(key))
  return `${madeBy()}\n${inParts(yamlText(content), isPart)}`
}

function jobFields(job: Job, { app }: Pipeline): Fields {
  const variables = {
    ...(job.preview === null ? {} : { PREVIEW: previewName }),
    ...variablesWith(job, () => '127.0.0.1'),
    ...Object.fromEntries(
      job.inputs.map(({ name, from }) => [name, `\${{ needs.${from}.outputs.${name} }}`]),
    ),
    ...Object.fromEntries(job.secrets.map((name) => [name, `\${{ secrets.${name} }}`])),
  }
  return {
    name: job.title,
    ...(job.needs.length === 0 ? {} : { needs: job.needs }),
    ...(job.preview === null ? {} : { if: isWanted }),
    'runs-on': runsOn(job.place),
    'timeout-minutes': job.timeoutMinutes,
    ...environmentOf(job, app),
    permissions: permissionsOf(job),
    ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
    ...(job.services.length === 0 ? {} : { services: servicesOf(job) }),
    ...(job.outputs.length === 0
      ? {}
      : {
          outputs: Object.fromEntries(
            job.outputs.map((name) => [name, `\${{ steps.outputs.outputs.${name} }}`]),
          ),
        }),
    steps: [
      ...checkout(job),
      ...languageSteps(job.place),
      ...job.cache.map(cacheStep),
      ...job.steps.map((step) => runStep(step, job)),
      ...outputStep(job),
      ...artifactStep(job),
    ],
  }
}

function permissionsOf({ permissions, cloud }: Job): Fields {
  return {
    ...Object.fromEntries(
      permissions.map(({ scope, level, because }) => [scope, noted(level, because)] as const),
    ),
    ...(cloud === null ? {} : { 'id-token': noted('write', 'the role in AWS that may push the image') }),
  }
}

/** Only where the project wants it, and never for what a fork has written: it runs on a machine that stays. */
const isWanted =
  "vars.SLUICE_PREVIEWS == 'on' && github.event.pull_request.head.repo.full_name == github.repository"
const previewName = 'pr-${{ github.event.number }}'

function environmentOf({ environment, preview }: Job, app: string): Fields {
  if (preview !== null)
    return {
      ...(preview === 'deploy'
        ? { environment: { name: 'preview', url: '${{ steps.outputs.outputs.PREVIEW_URL }}' } }
        : {}),
      concurrency: { group: `${app}-preview-${previewName}`, 'cancel-in-progress': false },
    }
  if (environment === null) return {}
  return { environment, concurrency: { group: `${app}-${environment}`, 'cancel-in-progress': false } }
}

function runsOn(place: Place): string | string[] {
  return place.kind === 'machine' ? ['self-hosted', place.label] : hosted
}

function servicesOf({ services }: Job): Fields {
  return Object.fromEntries(
    services.map(({ name, image, port, env, ready }) => [
      name,
      {
        image,
        ...(Object.keys(env).length === 0 ? {} : { env }),
        ports: [`${port}:${port}`],
        options: `--health-cmd "${ready}" --health-interval 2s --health-timeout 5s --health-retries 60`,
      },
    ]),
  )
}

function checkout({ checkout }: Job): Fields[] {
  if (checkout === 'nothing') return []
  const depth = checkout === 'history' ? { 'fetch-depth': 0 } : {}
  return [action('actions/checkout', { 'persist-credentials': false, ...depth })]
}

function languageSteps(place: Place): Fields[] {
  if (place.kind !== 'language') return []
  const { version } = place
  switch (place.language) {
    case 'node':
      return [action('actions/setup-node', { 'node-version': version, 'package-manager-cache': false })]
    case 'go':
      return [action('actions/setup-go', { 'go-version': version, cache: false })]
    case 'python':
      return [action('actions/setup-python', { 'python-version': version })]
  }
}

function cacheStep({ folder, keyFiles }: Cache): Fields {
  const files = keyFiles.map((file) => `'${file}'`).join(', ')
  return action('actions/cache', {
    path: `~/${folder}`,
    key: `${folder.replaceAll(/[^a-z]+/g, '')}-\${{ runner.os }}-\${{ hashFiles(${files}) }}`,
  })
}

function runStep({ name, folder, script }: Job['steps'][number], job: Job): Fields {
  const isLogin = usesRegistry(job) && script.includes('$REGISTRY_TOKEN')
  const variables = {
    ...(script.includes('$IMAGE_NAME') && job.cloud === null
      ? { IMAGE_NAME: 'ghcr.io/${{ github.repository }}' }
      : {}),
    ...(script.includes('$REVISION') ? { REVISION: '${{ github.sha }}' } : {}),
    ...(job.cloud === null ? {} : { AWS_ROLE_ARN: `\${{ vars.${job.cloud.roleVariable} }}` }),
    // It is over with the job.
    ...(isLogin ? { REGISTRY_USER: '${{ github.actor }}', REGISTRY_TOKEN: '${{ github.token }}' } : {}),
  }
  // By this name the runner finds what a job has started, and ends it: Sluice's agent has to stay.
  const kept = job.place.kind === 'machine' ? 'export RUNNER_TRACKING_ID=\n' : ''
  return {
    name,
    ...(folder === '.' ? {} : { 'working-directory': folder }),
    ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
    run: `${kept}${job.cloud === null ? '' : askForToken}${script}`,
  }
}

// By what is in the variables of a job that may. What is secret is in no command line.
const askForToken = `IDENTITY_TOKEN=$(printf 'Authorization: bearer %s' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
  curl --fail --silent --show-error --max-time 30 --retry 3 --header @- "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${audience}" |
  sed -n 's/.*"value": *"\\([^"]*\\)".*/\\1/p')
`

function outputStep({ outputs }: Job): Fields[] {
  if (outputs.length === 0) return []
  const run = `grep -E '^(${outputs.join('|')})=[A-Za-z0-9@:./_-]+$' outputs.env >> "$GITHUB_OUTPUT"`
  return [{ name: 'Hand on what came of it', id: 'outputs', run }]
}

function artifactStep({ id, artifacts }: Job): Fields[] {
  if (artifacts.length === 0) return []
  const kept = { name: id, path: artifacts.join('\n'), 'if-no-files-found': 'ignore', 'retention-days': 7 }
  return [action('actions/upload-artifact', kept)]
}

function action(name: ActionName, options: Fields): Fields {
  const { uses, version } = pinned(name)
  return { uses: noted(uses, version), with: options }
}
