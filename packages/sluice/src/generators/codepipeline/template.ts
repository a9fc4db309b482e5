import { envOfBoth, jobsOfBoth } from '../../pipeline/jobs-of-both.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import { logicalId } from './logical-id.ts'
import { pipelineResource } from './pipeline-resource.ts'
import { projectResource } from './project-resource.ts'
import { roleOfPipelines, roleResources } from './roles.ts'

type Fields = Record<string, unknown>

export interface TemplateRequest {
  app: string
  folder: string
  pipelines: Pipeline[]
  /** `acme/shop`; null where nothing says. */
  repository: string | null
}

/** The template: where things are kept, who may do what, what is run, and in which order. */
export function template(request: TemplateRequest): Fields {
  const { app, pipelines, repository } = request
  const jobs = jobsOfBoth(pipelines).map(({ job }) => job)
  const hasPreviews = jobs.some(({ preview }) => preview !== null)
  const env = envOfBoth(pipelines)
  const image = jobs.some(({ outputs }) => outputs.includes('DIGEST')) ? imageName(request) : null
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Checks pull requests of ${app}, and releases its main branch`,
    Parameters: {
      Connection: {
        Type: 'String',
        Description: 'ARN of the connection to where the repository is kept',
        AllowedPattern: '^arn:.+:connection/.+$',
      },
      Repository: {
        Type: 'String',
        Description: 'Owner and name of the repository',
        ...(repository === null ? {} : { Default: repository }),
      },
      ...(hasPreviews ? { Previews: previews } : {}),
    },
    ...(hasPreviews
      ? { Conditions: { HasPreviews: { 'Fn::Equals': [{ Ref: 'Previews' }, 'enabled'] } } }
      : {}),
    Resources: {
      Artifacts: artifacts,
      ...(image === null ? {} : { Images: images(image.repository) }),
      ...roleResources(jobs, image !== null),
      ...Object.fromEntries(
        jobs.map((job) => [logicalId(job.id), projectResource(job, env, image?.base ?? null)]),
      ),
      PipelineRole: roleOfPipelines(jobs),
      ...Object.fromEntries(
        pipelines.map((pipeline) => [
          pipeline.on === 'main' ? 'Main' : 'PullRequest',
          pipelineResource(pipeline),
        ]),
      ),
    },
  }
}

const previews: Fields = {
  Type: 'String',
  Description: 'Whether pull requests get a preview; their code runs on the machine that is tagged for it',
  // Not on and off, which some readers of YAML take for something else.
  AllowedValues: ['enabled', 'disabled'],
  Default: 'disabled',
}

// The job adds the app's name where there are several.
function imageName({ app, folder, repository }: TemplateRequest): { repository: string; base: string } {
  if (folder === '.') return { repository: app, base: app }
  const base = (repository?.split('/').at(-1) ?? 'apps').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return { repository: `${base}/${app}`, base }
}

const artifacts: Fields = {
  Type: 'AWS::S3::Bucket',
  DeletionPolicy: 'Retain',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    LifecycleConfiguration: { Rules: [{ Id: 'short', Status: 'Enabled', ExpirationInDays: 30 }] },
  },
}

function images(name: string): Fields {
  return {
    Type: 'AWS::ECR::Repository',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      RepositoryName: name,
      // A tag never comes to mean another image.
      ImageTagMutability: 'IMMUTABLE',
      ImageScanningConfiguration: { ScanOnPush: true },
    },
  }
}
