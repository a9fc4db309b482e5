import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { nodeApp, requestFor, sure } from '../facts.fixture.ts'
import type { GeneratorRequest } from '../request.ts'
import { gitlabCi } from './gitlab-ci.ts'

const scripts = { lint: 'lint', test: 'test', integration: 'test:integration' }
const shop = nodeApp({ scripts, services: [sure('postgres')] })

function generated(app = shop, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = gitlabCi.generate(requestFor(app, { target: 'docker', ...more }))
  return { path: files[0]!.path, notes, jobs: parse(files[0]!.content) }
}

describe('.gitlab-ci.yml', () => {
  it('runs checks for merge requests and for the default branch, and releases only the latter', () => {
    const { path, jobs } = generated()
    expect(path).toBe('.gitlab-ci.yml')
    const merge = { if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }
    const main = { if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }
    expect(jobs.lint.rules).toEqual([merge, main])
    expect(jobs['image-check'].rules).toEqual([merge])
    expect(jobs.publish.rules).toEqual([main])
    expect(jobs.staging.rules).toEqual([main])
  })

  it('makes a preview only where it is wanted, never of what a fork has written, and stops it', () => {
    const { stages, preview, 'remove-preview': remove } = generated().jobs
    const [{ if: wanted }] = preview.rules
    expect(wanted).toBe(
      '$CI_PIPELINE_SOURCE == "merge_request_event" && $SLUICE_PREVIEWS == "on" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID',
    )
    expect(preview).toMatchObject({
      tags: ['shop-preview'],
      environment: {
        name: 'preview/pr-$CI_MERGE_REQUEST_IID',
        url: '$PREVIEW_URL',
        on_stop: 'remove-preview',
      },
      artifacts: { reports: { dotenv: 'outputs.env' } },
      variables: { PREVIEW: 'pr-$CI_MERGE_REQUEST_IID' },
    })
    // GitLab runs it by itself in the end, for which it has to be there all the time.
    expect(remove.rules).toEqual([{ if: wanted, when: 'manual', allow_failure: true }])
    expect(remove).toMatchObject({
      needs: [],
      environment: { name: 'preview/pr-$CI_MERGE_REQUEST_IID', action: 'stop' },
      variables: { GIT_STRATEGY: 'none', PREVIEW: 'pr-$CI_MERGE_REQUEST_IID' },
    })
    expect(stages).toContain('preview')
  })

  it('asks a person before production, and deploys to one environment at a time', () => {
    const { production } = generated().jobs
    expect(production.rules[0]).toMatchObject({ when: 'manual', allow_failure: false })
    expect(production).toMatchObject({
      manual_confirmation: 'Release shop to production?',
      environment: { name: 'production' },
      resource_group: 'shop-production',
      tags: ['shop-production'],
      needs: ['publish', 'staging'],
      timeout: '300 minutes',
      interruptible: false,
    })
  })

  it('hands the digest on, and uses the password of the job alone', () => {
    const { publish } = generated().jobs
    expect(publish.artifacts.reports).toEqual({ dotenv: 'outputs.env' })
    expect(publish.variables).toMatchObject({
      IMAGE_NAME: '$CI_REGISTRY_IMAGE',
      REGISTRY_TOKEN: '$CI_REGISTRY_PASSWORD',
    })
  })

  it('lets the one job that pushes to ECR have a token for it, and no password', () => {
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
    const repository = { host: 'git.acme.example', path: 'web/shop', defaultBranch: 'main' }
    const { jobs, notes } = generated(shop, { registry, repository })
    expect(jobs.publish.id_tokens).toEqual({ IDENTITY_TOKEN: { aud: 'https://git.acme.example' } })
    expect(jobs.publish.script[0]).toBe('apk add --no-cache aws-cli')
    expect(jobs.publish.variables).toMatchObject({ IMAGE_NAME: `${registry}/shop` })
    // The variable of the project has this name: one that is made of itself is empty.
    expect(jobs.publish.variables.AWS_ROLE_ARN).toBeUndefined()
    expect(JSON.stringify(jobs).match(/id_tokens/g)).toHaveLength(1)
    expect(JSON.stringify(jobs)).not.toContain('CI_REGISTRY')
    expect(notes.join('\n')).toContain('GitLab 18.2.2 or newer')
    expect(generated(shop, { registry }).notes.join('\n')).not.toContain('18.2.2')
    const api = generated(nodeApp({ name: 'api', folder: 'apps/api' }), { registry })
    expect(api.jobs['api-publish'].variables.AWS_ROLE_ARN).toBe('$AWS_ROLE_ARN_API')
  })

  it('shares no cache between merge requests and the default branch', () => {
    const { lint, publish } = generated().jobs
    expect(lint.cache).toEqual([
      { key: { files: ['package-lock.json'], prefix: '$CI_PIPELINE_SOURCE' }, paths: ['.cache/npm'] },
    ])
    expect(lint.variables.npm_config_cache).toBe('$CI_PROJECT_DIR/.cache/npm')
    expect(publish.cache).toBeUndefined()
  })

  it('reaches servers by their names', () => {
    const { integration } = generated().jobs
    expect(integration.services[0]).toMatchObject({ name: 'postgres:18', alias: 'postgres' })
    expect(integration.variables.DATABASE_URL).toContain('@postgres:5432/')
  })

  it('is a file to be included, where there are several apps', () => {
    const { path, jobs, notes } = generated(nodeApp({ scripts, folder: 'apps/api', name: 'api' }))
    expect(path).toBe('.gitlab/ci/api.yml')
    expect(jobs['api-production'].needs).toEqual(['api-publish', 'api-staging'])
    expect(jobs['api-lint'].rules[0].changes).toEqual(['apps/api/**/*', '.gitlab/ci/api.yml'])
    expect(jobs['api-lint'].script[0]).toBe('(\nset -e\ncd apps/api\nnpm ci\n)')
    expect(notes.join('\n')).toContain('include: [{ local: .gitlab/ci/api.yml }]')
  })
})
