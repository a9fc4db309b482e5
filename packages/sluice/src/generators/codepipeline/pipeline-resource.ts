import type { Job, Pipeline } from '../../pipeline/pipeline.ts'
import { logicalId } from './logical-id.ts'

type Fields = Record<string, unknown>

/** A pipeline as CodePipeline has it. Its stages are one after another, and what is in one stage runs at once. */
export function pipelineResource(pipeline: Pipeline): Fields {
  const { name, on, branch, jobs } = pipeline
  const checks = jobs.filter(({ needs }) => needs.length === 0)
  const others = jobs.filter(({ needs }) => needs.length > 0)
  return {
    Type: 'AWS::CodePipeline::Pipeline',
    Properties: {
      Name: name,
      PipelineType: 'V2',
      // Pull requests are nothing to one another; of the main branch each state is released after the one before.
      ExecutionMode: on === 'main' ? 'QUEUED' : 'PARALLEL',
      RoleArn: { 'Fn::GetAtt': ['PipelineRole', 'Arn'] },
      ArtifactStore: { Type: 'S3', Location: { Ref: 'Artifacts' } },
      Triggers: [
        {
          ProviderType: 'CodeStarSourceConnection',
          GitConfiguration: { SourceActionName: 'Source', ...eventsOf(pipeline) },
        },
      ],
      Stages: [
        { Name: 'Source', Actions: [sourceAction(branch)] },
        { Name: 'Checks', Actions: checks.map((job) => buildAction(job, 1)) },
        ...others.map((job) =>
          job.preview === null
            ? stageOf(job)
            : { 'Fn::If': ['HasPreviews', stageOf(job), { Ref: 'AWS::NoValue' }] },
        ),
      ],
    },
  }
}

function stageOf(job: Job): Fields {
  return {
    Name: job.id,
    Actions: [
      ...(job.approval === null ? [] : [approvalAction(job.approval)]),
      buildAction(job, job.approval === null ? 1 : 2),
    ],
  }
}

function eventsOf({ on, branch, paths }: Pipeline): Fields {
  const filter = {
    Branches: { Includes: [branch] },
    ...(paths.length === 0 ? {} : { FilePaths: { Includes: paths.map((path) => `${path}/**`) } }),
  }
  return on === 'main' ? { Push: [filter] } : { PullRequest: [{ Events: ['OPEN', 'UPDATED'], ...filter }] }
}

function sourceAction(branch: string): Fields {
  return {
    Name: 'Source',
    ActionTypeId: { Category: 'Source', Owner: 'AWS', Provider: 'CodeStarSourceConnection', Version: '1' },
    Configuration: {
      ConnectionArn: { Ref: 'Connection' },
      FullRepositoryId: { Ref: 'Repository' },
      BranchName: branch,
      DetectChanges: false,
      // With its history, where secrets are looked for.
      OutputArtifactFormat: 'CODEBUILD_CLONE_REF',
    },
    Namespace: 'Source',
    OutputArtifacts: [{ Name: 'Source' }],
  }
}

function buildAction({ id, inputs, outputs, preview }: Job, order: number): Fields {
  const values = [
    // No pull request has a number here.
    ...(preview === null ? [] : [{ name: 'PREVIEW', value: '#{Source.BranchName}' }]),
    ...inputs.map(({ name, from }) => ({ name, value: `#{${from}.${name}}` })),
  ]
  const variables = values.map((one) => ({ ...one, type: 'PLAINTEXT' }))
  return {
    Name: id,
    RunOrder: order,
    ActionTypeId: { Category: 'Build', Owner: 'AWS', Provider: 'CodeBuild', Version: '1' },
    Configuration: {
      ProjectName: { Ref: logicalId(id) },
      ...(variables.length === 0 ? {} : { EnvironmentVariables: JSON.stringify(variables) }),
    },
    ...(outputs.length === 0 ? {} : { Namespace: id }),
    InputArtifacts: [{ Name: 'Source' }],
  }
}

function approvalAction(question: string): Fields {
  return {
    Name: 'Approval',
    RunOrder: 1,
    ActionTypeId: { Category: 'Approval', Owner: 'AWS', Provider: 'Manual', Version: '1' },
    Configuration: { CustomData: question },
  }
}
