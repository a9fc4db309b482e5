import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { nodeApp, requestFor, sure } from '../facts.fixture.ts'
import type { GeneratorRequest } from '../request.ts'
import { circleci } from './circleci.ts'

const scripts = { lint: 'lint', test: 'test', integration: 'test:integration' }
const shop = nodeApp({ scripts, services: [sure('postgres')] })
const repository = { host: 'github.com', path: 'Acme/Shop', defaultBranch: 'main' }

function generated(app = shop, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = circleci.generate(requestFor(app, { target: 'docker', repository, ...more }))
  return { path: files[0]!.path, notes, config: parse(files[0]!.content) }
}

describe('.circleci/config.yml', () => {
  it('releases from the main branch alone, after a person has approved', () => {
    const { workflows } = generated().config
    expect(workflows['shop-main'].when).toEqual({ equal: ['main', '<< pipeline.git.branch >>'] })
    expect(workflows['shop-main'].jobs.slice(-3)).toEqual([
      {
        staging: {
          requires: ['publish'],
          context: ['shop-registry'],
          'serial-group': '<< pipeline.project.slug >>/shop-staging',
        },
      },
      { 'approve-production': { type: 'approval', requires: ['publish', 'staging'] } },
      {
        production: {
          requires: ['publish', 'staging', 'approve-production'],
          context: ['shop-registry'],
          'serial-group': '<< pipeline.project.slug >>/shop-production',
        },
      },
    ])
  })

  it('gives the registry to no job of another branch', () => {
    const { workflows } = generated().config
    const isOther = { not: { equal: ['main', '<< pipeline.git.branch >>'] } }
    for (const name of ['shop-pull-request', 'shop-pull-request-with-preview']) {
      expect(workflows[name].when.and[0]).toEqual(isOther)
      expect(JSON.stringify(workflows[name])).not.toContain('context')
    }
  })

  it('makes a preview of a branch only where it is switched on', () => {
    const { workflows, parameters, jobs } = generated().config
    expect(parameters.previews).toEqual({ type: 'boolean', default: false })
    const isOn = '<< pipeline.parameters.previews >>'
    expect(workflows['shop-pull-request'].when.and[1]).toEqual({ not: isOn })
    expect(workflows['shop-pull-request-with-preview'].when.and[1]).toBe(isOn)
    const checks = workflows['shop-pull-request'].jobs
    const serial = '<< pipeline.project.slug >>/shop-preview'
    expect(workflows['shop-pull-request-with-preview'].jobs).toEqual([
      ...checks,
      { preview: { requires: expect.arrayContaining(['lint', 'secrets']), 'serial-group': serial } },
    ])
    expect(jobs.preview.environment.PREVIEW).toBe('<< pipeline.git.branch >>')
  })

  it('limits every step, hands the digest on, and deploys where Sluice runs', () => {
    const { config } = generated()
    for (const { steps } of Object.values<{ steps: Record<string, { no_output_timeout: string }>[] }>(
      config.jobs,
    ))
      for (const { run } of steps) if (run) expect(run.no_output_timeout).toMatch(/^\d+m$/)
    expect(config.jobs.publish.steps.at(-1)).toEqual({
      persist_to_workspace: { root: '.', paths: ['outputs.env'] },
    })
    expect(config.jobs.staging.resource_class).toBe('<< pipeline.parameters.runner-namespace >>/shop-staging')
    expect(config.jobs.staging.steps[1]).toEqual({ attach_workspace: { at: '.' } })
  })

  it('names image and namespace in small letters, in one place', () => {
    const { parameters } = generated().config
    expect(parameters.image.default).toBe('ghcr.io/acme/shop')
    expect(parameters['runner-namespace'].default).toBe('acme')
  })

  it('takes the registry that sluice.yaml names', () => {
    const { parameters } = generated(shop, { registry: 'registry.example.com/team' }).config
    expect(parameters.image.default).toBe('registry.example.com/team/shop')
  })

  it('gives the context with the role to the one job that pushes to ECR', () => {
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
    const { config, notes } = generated(shop, { registry })
    const entries: Record<string, { context?: string[] }>[] = config.workflows['shop-main'].jobs
    const having = entries.flatMap((one) => Object.entries(one)).filter(([, { context }]) => context)
    expect(having.map(([name, { context }]) => [name, context])).toEqual([['publish', ['shop-registry']]])
    expect(config.parameters.image).toBeUndefined()
    expect(config.jobs.publish.environment.IMAGE_NAME).toBe(`${registry}/shop`)
    // The subject of the first token says nothing of a branch.
    expect(config.jobs.publish.steps[1].run.command).toMatch(
      /^IDENTITY_TOKEN="\$\{CIRCLE_OIDC_TOKEN_V2:-\}"\n/,
    )
    expect(notes.join('\n')).not.toContain('REGISTRY_TOKEN')
  })

  it('waits for servers, and keeps what a branch has downloaded for that branch', () => {
    const { config } = generated()
    const { docker, steps } = config.jobs.integration
    expect(docker.map(({ image }: { image: string }) => image)).toEqual(['node:24', 'postgres:18'])
    expect(steps[1].run.command).toContain('for port in 5432; do')
    expect(config.jobs.lint.steps[1].restore_cache.keys).toEqual([
      'npm-{{ .Branch }}-{{ checksum "package-lock.json" }}',
    ])
  })

  it('is a pipeline of its own, where there are several apps', () => {
    const { path, notes } = generated(nodeApp({ scripts, folder: 'apps/api', name: 'api' }))
    expect(path).toBe('.circleci/api.yml')
    expect(notes.join('\n')).toContain('one file is one pipeline')
  })
})
