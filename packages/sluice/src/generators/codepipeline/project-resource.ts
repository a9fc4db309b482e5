import { inOneShell } from '../../pipeline/in-one-shell.ts'
import { jobImages } from '../../pipeline/pins.ts'
import { type Job, usesRegistry } from '../../pipeline/pipeline.ts'
import { startServers } from '../../pipeline/servers-in-docker.ts'
import { variablesWith } from '../../pipeline/services.ts'
import { shellWord } from '../../pipeline/shell-word.ts'
import { yamlText } from '../../pipeline/yaml-text.ts'
import { onMachine } from './on-machine.ts'
import { roleOf } from './roles.ts'

type Fields = Record<string, unknown>

/** Has a Docker engine, buildx, Git, and the AWS CLI. */
const awsImage = 'aws/codebuild/amazonlinux-x86_64-standard:5.0'

/** The official images, from where AWS may pull them as often as it likes. */
const mirror = 'public.ecr.aws/docker/library/'

const network = 'beside'

/** A job as a project of CodeBuild. What it runs is in the template: a change to it is a change to the stack, and no pull request's. */
export function projectResource(job: Job, env: Record<string, string>, image: string | null): Fields {
  const { place } = job
  const isPlain = place.kind === 'language' && job.services.length === 0
  const variables = variablesOf(job, env, image)
  return {
    Type: 'AWS::CodeBuild::Project',
    Properties: {
      Name: { 'Fn::Sub': `\${AWS::StackName}-${job.id}` },
      Description: job.title,
      ServiceRole: { 'Fn::GetAtt': [roleOf(job), 'Arn'] },
      TimeoutInMinutes: job.timeoutMinutes,
      Artifacts: { Type: 'CODEPIPELINE' },
      Environment: {
        Type: 'LINUX_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        Image: isPlain ? languageImage(job) : awsImage,
        // For an engine of its own.
        ...(place.kind === 'engine' || job.services.length > 0 ? { PrivilegedMode: true } : {}),
        ...(variables.length === 0 ? {} : { EnvironmentVariables: variables }),
      },
      Source: { Type: 'CODEPIPELINE', BuildSpec: yamlText(buildSpec(job, env)) },
    },
  }
}

function languageImage({ place }: Job): string {
  return place.kind === 'language' ? `${mirror}${jobImages[place.language](place.version)}` : awsImage
}

function variablesOf(job: Job, env: Record<string, string>, image: string | null): Fields[] {
  const values: Record<string, unknown> = {
    ...(job.place.kind === 'machine' ? { ...env, BUCKET: { Ref: 'Artifacts' } } : {}),
    ...variablesWith(job, (name) => name),
    ...(image !== null && job.outputs.includes('DIGEST')
      ? {
          IMAGE_NAME: {
            'Fn::Sub': `\${AWS::AccountId}.dkr.ecr.\${AWS::Region}.\${AWS::URLSuffix}/${image}`,
          },
        }
      : {}),
  }
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }))
}

function buildSpec(job: Job, env: Record<string, string>): Fields {
  return {
    version: 0.2,
    env: {
      shell: 'bash',
      ...(job.outputs.length === 0 ? {} : { 'exported-variables': job.outputs }),
    },
    phases: {
      build: {
        'on-failure': 'ABORT',
        commands: [...commandsOf(job, Object.keys(env)), ...job.outputs.map(exported)],
      },
    },
  }
}

function commandsOf(job: Job, names: string[]): string[] {
  const { place, services, steps } = job
  if (place.kind === 'machine') return [onMachine(job, place.label, names)]
  if (services.length > 0) return [besideServers(job)]
  return [
    ...(steps.some(({ script }) => script.includes('$REVISION'))
      ? ['export REVISION="$CODEBUILD_RESOLVED_SOURCE_VERSION"']
      : []),
    ...(usesRegistry(job)
      ? ['export REGISTRY_USER=AWS', 'export REGISTRY_TOKEN="$(aws ecr get-login-password)"']
      : []),
    ...steps.map(inOneShell),
  ]
}

function besideServers(job: Job): string {
  const servers = job.services.map((one) => ({ ...one, image: `${mirror}${one.image}` }))
  const names = Object.keys(variablesWith(job, (name) => name))
  const script = job.steps.map(inOneShell).join('\n')
  return [
    '(',
    'set -e',
    ...startServers(servers, network),
    `docker run --rm --network "${network}" --volume "$PWD:/work" --workdir /work ${names.map((name) => `--env ${name} `).join('')}${languageImage(job)} sh -ec ${shellWord(script)}`,
    ')',
  ].join('\n')
}

function exported(name: string): string {
  return `export ${name}="$(sed -n 's/^${name}=//p' outputs.env)"`
}
