import { jobImages } from '../../pipeline/pins.ts'
import { type Cache, type Job, type Service, type Step, usesRegistry } from '../../pipeline/pipeline.ts'
import { variablesWith } from '../../pipeline/services.ts'

type Fields = Record<string, unknown>

/** A job as CircleCI has it; `env` is what all jobs find as variables. */
export function circleJob(job: Job, env: Record<string, string>): Fields {
  const variables = variablesOf(job, env)
  return {
    ...placeOf(job),
    ...(Object.keys(variables).length === 0 ? {} : { environment: variables }),
    steps: [
      ...(job.checkout === 'nothing' ? [] : ['checkout']),
      ...(job.inputs.length === 0 ? [] : inputSteps(job)),
      ...(job.services.length === 0 ? [] : [waitStep(job.services)]),
      ...job.cache.map((cache) => ({ restore_cache: { keys: [keyOf(cache)] } })),
      ...job.steps.map((step) => ({ run: runOf(step, job) })),
      ...job.cache.map((cache) => ({ save_cache: { key: keyOf(cache), paths: [pathOf(cache)] } })),
      ...(job.outputs.length === 0 ? [] : [{ persist_to_workspace: { root: '.', paths: ['outputs.env'] } }]),
      ...job.artifacts.map((path) => ({ store_artifacts: { path } })),
    ],
  }
}

function placeOf({ place, services }: Job): Fields {
  switch (place.kind) {
    case 'machine':
      return { machine: true, resource_class: `<< pipeline.parameters.runner-namespace >>/${place.label}` }
    case 'engine':
      return { machine: { image: 'ubuntu-2404:current' }, resource_class: 'medium' }
    case 'language':
      return {
        docker: [
          { image: jobImages[place.language](place.version) },
          ...services.map(({ image, env }) => ({
            image,
            ...(Object.keys(env).length === 0 ? {} : { environment: env }),
          })),
        ],
        resource_class: 'medium',
      }
  }
}

function variablesOf(job: Job, env: Record<string, string>): Record<string, string> {
  const text = job.steps.map(({ script }) => script).join('\n')
  return {
    ...(job.place.kind === 'machine' ? env : {}),
    // No pull request has a number here.
    ...(job.preview === null ? {} : { PREVIEW: '<< pipeline.git.branch >>' }),
    ...variablesWith(job, () => '127.0.0.1'),
    ...Object.fromEntries(job.cache.map((cache) => [cache.variable, pathOf(cache)])),
    ...(usesRegistry(job) && text.includes('$IMAGE_NAME')
      ? { IMAGE_NAME: '<< pipeline.parameters.image >>' }
      : {}),
    ...(text.includes('$REVISION') ? { REVISION: '<< pipeline.git.revision >>' } : {}),
  }
}

// What other jobs have handed on, if it looks like what was meant: the shell of every step reads this file first.
function inputSteps({ inputs }: Job): Fields[] {
  const names = inputs.map(({ name }) => name).join('|')
  return [
    { attach_workspace: { at: '.' } },
    {
      run: {
        name: 'Take what was handed on',
        command: `grep -E '^(${names})=[A-Za-z0-9@:./_-]+$' outputs.env | sed 's/^/export /' >> "$BASH_ENV"`,
        no_output_timeout: '1m',
      },
    },
  ]
}

// CircleCI starts a job without waiting for what runs beside it.
function waitStep(services: Service[]): Fields {
  const ports = services.map(({ port }) => port).join(' ')
  return {
    run: {
      name: 'Wait for the servers',
      command: `for port in ${ports}; do
  timeout 120 bash -c "until (echo > /dev/tcp/127.0.0.1/$port) 2> /dev/null; do sleep 1; done"
done`,
      no_output_timeout: '5m',
    },
  }
}

function runOf({ name, folder, script }: Step, { timeoutMinutes, cloud }: Job): Fields {
  return {
    name,
    ...(folder === '.' ? {} : { working_directory: folder }),
    // Of its two tokens the one whose subject has the branch in it.
    command: cloud === null ? script : `IDENTITY_TOKEN="\${CIRCLE_OIDC_TOKEN_V2:-}"\n${script}`,
    no_output_timeout: `${timeoutMinutes}m`,
  }
}

// With the branch in it: what another branch keeps is not found by the main branch.
function keyOf({ folder, keyFiles }: Cache): string {
  const sums = keyFiles.map((file) => `{{ checksum "${file}" }}`).join('-')
  return `${folder.replaceAll(/[^a-z]+/g, '')}-{{ .Branch }}-${sums}`
}

function pathOf({ folder }: Cache): string {
  return `/root/${folder}`
}
