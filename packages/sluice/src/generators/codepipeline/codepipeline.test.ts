import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { nodeApp, requestFor, sure } from '../facts.fixture.ts'
import { codepipeline } from './codepipeline.ts'

const scripts = { lint: 'lint', test: 'test', integration: 'test:integration' }
const shop = nodeApp({ scripts, services: [sure('postgres')] })
const repository = { host: 'github.com', path: 'Acme/Shop', defaultBranch: 'main' }

function generated(app = shop, target: 'process' | 'docker' = 'docker') {
  const { files, notes } = codepipeline.generate(requestFor(app, { target, repository }))
  const template = parse(files[0]!.content)
  return { path: files[0]!.path, notes, template, resources: template.Resources }
}

function buildSpecOf(project: { Properties: { Source: { BuildSpec: string } } }) {
  return parse(project.Properties.Source.BuildSpec)
}

function actionsOf(role: {
  Properties: { Policies: { PolicyDocument: { Statement: unknown[] } }[] }
}): string[] {
  const statements = role.Properties.Policies[0]!.PolicyDocument.Statement as { Action: string | string[] }[]
  return statements.flatMap(({ Action }) => Action)
}

describe('codepipeline.yaml', () => {
  it('checks at once, then builds, stages, asks, and releases', () => {
    const { Stages, ExecutionMode, PipelineType } = generated().resources.Main.Properties
    expect([PipelineType, ExecutionMode]).toEqual(['V2', 'QUEUED'])
    const names = Stages.map(({ Name, Actions }: { Name: string; Actions: { Name: string }[] }) => [
      Name,
      ...Actions.map((action) => action.Name),
    ])
    expect(names).toEqual([
      ['Source', 'Source'],
      ['Checks', 'lint', 'unit', 'integration', 'dependencies', 'secrets'],
      ['publish', 'publish'],
      ['staging', 'staging'],
      ['production', 'Approval', 'production'],
    ])
  })

  it('is begun by pull requests, and by what is pushed to the main branch', () => {
    const { Main, PullRequest } = generated().resources
    expect(Main.Properties.Triggers[0].GitConfiguration.Push).toEqual([{ Branches: { Includes: ['main'] } }])
    expect(PullRequest.Properties.Triggers[0].GitConfiguration.PullRequest).toEqual([
      { Events: ['OPEN', 'UPDATED'], Branches: { Includes: ['main'] } },
    ])
  })

  it('hands the digest from the build to both deploys', () => {
    const { Main, JobPublish } = generated().resources
    expect(buildSpecOf(JobPublish).env['exported-variables']).toEqual(['IMAGE', 'DIGEST'])
    for (const stage of Main.Properties.Stages.slice(-2))
      expect(JSON.parse(stage.Actions.at(-1).Configuration.EnvironmentVariables)).toContainEqual({
        name: 'DIGEST',
        value: '#{publish.DIGEST}',
        type: 'PLAINTEXT',
      })
  })

  it('lets checks write nothing, and reaches a machine by its tag without a key', () => {
    const { CheckRole, JobProductionRole, JobProduction } = generated().resources
    expect(actionsOf(CheckRole).filter((action) => /Put|Send|Upload/.test(action))).toEqual([
      'logs:PutLogEvents',
    ])
    expect(actionsOf(JobProductionRole)).toContain('ssm:SendCommand')
    expect(JSON.stringify(JobProductionRole)).toContain('"ssm:resourceTag/sluice":"shop-production"')
    expect(buildSpecOf(JobProduction).phases.build.commands[0]).toContain(
      '--targets "Key=tag:sluice,Values=shop-production"',
    )
  })

  it('lets nobody do more with anything than is written out', () => {
    expect(JSON.stringify(generated().resources)).not.toMatch(/"Action":"\*"|:\*"\]|"[a-z0-9]+:\*"/)
  })

  it('makes a preview only where the stack is told to', () => {
    const { template, resources } = generated()
    expect(template.Parameters.Previews).toMatchObject({
      AllowedValues: ['enabled', 'disabled'],
      Default: 'disabled',
    })
    const stages = resources.PullRequest.Properties.Stages
    const [condition, stage, otherwise] = stages.at(-1)['Fn::If']
    expect(template.Conditions[condition]).toEqual({ 'Fn::Equals': [{ Ref: 'Previews' }, 'enabled'] })
    expect(otherwise).toEqual({ Ref: 'AWS::NoValue' })
    const { EnvironmentVariables } = stage.Actions[0].Configuration
    expect(JSON.parse(EnvironmentVariables)).toEqual([
      { name: 'PREVIEW', value: '#{Source.BranchName}', type: 'PLAINTEXT' },
    ])
  })

  it('has a limit of time in every project', () => {
    const projects = Object.values<{ Type: string; Properties: { TimeoutInMinutes: number } }>(
      generated().resources,
    ).filter(({ Type }) => Type === 'AWS::CodeBuild::Project')
    expect(projects.map(({ Properties }) => Properties.TimeoutInMinutes)).toEqual([
      15, 15, 30, 15, 15, 30, 30, 30, 60, 300,
    ])
  })

  it('keeps an image under a name that no tag takes from it', () => {
    const { Images, JobPublish } = generated().resources
    expect(Images.Properties).toMatchObject({ RepositoryName: 'shop', ImageTagMutability: 'IMMUTABLE' })
    expect(JobPublish.Properties.Environment.EnvironmentVariables[0].Value['Fn::Sub']).toMatch(/\/shop$/)
  })

  it('has a registry of its own, whatever sluice.yaml names', () => {
    const request = requestFor(shop, { target: 'docker', repository })
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
    expect(codepipeline.generate({ ...request, registry })).toEqual(codepipeline.generate(request))
  })

  it('builds and pushes what the repository of images is called, where there are several apps', () => {
    const { path, resources } = generated(nodeApp({ folder: 'apps/api', name: 'api' }))
    expect(path).toBe('apps/api/codepipeline.yaml')
    expect(resources.Images.Properties.RepositoryName).toBe('shop/api')
    expect(buildSpecOf(resources.JobPublish).phases.build.commands.join('\n')).toContain('"$IMAGE_NAME/api"')
  })

  it('runs servers in an engine of its own', () => {
    const { JobIntegration } = generated().resources
    expect(JobIntegration.Properties.Environment).toMatchObject({ PrivilegedMode: true })
    expect(buildSpecOf(JobIntegration).phases.build.commands[0]).toContain('--network-alias postgres')
  })
})
