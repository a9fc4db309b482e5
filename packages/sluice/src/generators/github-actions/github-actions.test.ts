import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { AppFacts } from '../../detect/facts.ts'
import { goApp, nodeApp, requestFor, sure } from '../facts.fixture.ts'
import type { GeneratorRequest } from '../request.ts'
import { githubActions } from './github-actions.ts'

const scripts = { lint: 'lint', test: 'test', integration: 'test:integration' }
const shop = nodeApp({ scripts, services: [sure('postgres')] })
const repository = { host: 'github.com', path: 'Acme/Shop', defaultBranch: 'trunk' }

function generated(app: AppFacts = shop, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = githubActions.generate(requestFor(app, { target: 'docker', repository, ...more }))
  const texts = Object.fromEntries(files.map(({ path, content }) => [path, content]))
  const workflows = Object.entries(texts).filter(([path]) => path.includes('/workflows/'))
  const [main, pull, closed] = ['main', 'pull-request', 'pull-request-closed'].map((on) =>
    parse(workflows.find(([path]) => path.endsWith(`${on}.yml`))![1]),
  )
  return { texts, notes, main, pull, closed, both: workflows.map(([, text]) => text).join('\n') }
}

function stepsOf(workflow: { jobs: Record<string, { steps: Record<string, unknown>[] }> }) {
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps)
}

describe('workflows', () => {
  it('are one for pull requests and one for the branch that is released', () => {
    const { texts, main, pull } = generated()
    expect(Object.keys(texts)).toEqual([
      '.github/workflows/shop-pull-request.yml',
      '.github/workflows/shop-main.yml',
      '.github/workflows/shop-pull-request-closed.yml',
      '.github/dependabot.yml',
    ])
    expect(pull.on).toEqual({ pull_request: { branches: ['trunk'] } })
    expect(main.on).toEqual({ push: { branches: ['trunk'] } })
  })

  it('make a preview only where it is wanted, never of what a fork has written, and remove it', () => {
    const { pull, closed } = generated()
    const wanted =
      "vars.SLUICE_PREVIEWS == 'on' && github.event.pull_request.head.repo.full_name == github.repository"
    expect(pull.jobs.preview).toMatchObject({
      if: wanted,
      'runs-on': ['self-hosted', 'shop-preview'],
      environment: { name: 'preview', url: '${{ steps.outputs.outputs.PREVIEW_URL }}' },
      concurrency: { group: 'shop-preview-pr-${{ github.event.number }}', 'cancel-in-progress': false },
      env: { PREVIEW: 'pr-${{ github.event.number }}' },
    })
    expect(closed.on).toEqual({ pull_request: { types: ['closed'], branches: ['trunk'] } })
    expect(closed.concurrency['cancel-in-progress']).toBe(false)
    expect(closed.jobs['remove-preview']).toMatchObject({ if: wanted, permissions: {} })
    const [step] = closed.jobs['remove-preview'].steps
    expect(step.run).toContain('preview remove --app shop --name "${PREVIEW:?}"')
  })

  it('are run for the folder of their app alone', () => {
    const { main } = generated(nodeApp({ folder: 'apps/api', name: 'api' }))
    expect(main.on.push.paths).toEqual(['apps/api/**', '.github/workflows/api-main.yml'])
  })

  it('name every action by a full commit, with the version beside it', () => {
    const lines = generated()
      .both.split('\n')
      .filter((line) => line.includes('uses:'))
    expect(lines.length).toBeGreaterThan(10)
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('give nothing to all jobs, and to each what it needs, saying why', () => {
    const { main, pull, both } = generated()
    expect([main.permissions, pull.permissions]).toEqual([{}, {}])
    expect(main.jobs.publish.permissions).toEqual({ contents: 'read', packages: 'write' })
    expect(main.jobs.staging.permissions).toEqual({ contents: 'read', packages: 'read' })
    expect(Object.values<{ permissions: unknown }>(pull.jobs).map(({ permissions }) => permissions)).toEqual(
      Array(7).fill({ contents: 'read' }),
    )
    expect(both).toContain('packages: write # the registry that the image is pushed to')
  })

  it('let the one job that pushes to ECR ask for a token, and give it the role without a secret', () => {
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'
    const { main, pull, both } = generated(shop, { registry })
    expect(main.jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(both.match(/id-token: .*/g)).toEqual(['id-token: write # the role in AWS that may push the image'])
    const [, step] = main.jobs.publish.steps
    expect(step.env).toEqual({
      REVISION: '${{ github.sha }}',
      AWS_ROLE_ARN: '${{ vars.AWS_ROLE_ARN }}',
    })
    expect(main.jobs.publish.env).toEqual({ IMAGE_NAME: `${registry}/shop` })
    expect(JSON.stringify([main, pull])).not.toMatch(/packages|secrets\.|github\.token|ghcr\.io/)
    const api = generated(nodeApp({ name: 'api', folder: 'apps/api' }), { registry })
    expect(api.main.jobs.publish.steps[1].env.AWS_ROLE_ARN).toBe('${{ vars.AWS_ROLE_ARN_API }}')
  })

  it('keep no credentials beside the code', () => {
    const { main, pull } = generated()
    const checkouts = [...stepsOf(main), ...stepsOf(pull)].filter(({ uses }) =>
      String(uses).startsWith('actions/checkout@'),
    )
    expect(checkouts.length).toBe(15)
    for (const { with: options } of checkouts) expect(options).toMatchObject({ 'persist-credentials': false })
  })

  it('end what is checked of an older state, and never a deploy', () => {
    const { main, pull } = generated()
    expect(pull.concurrency['cancel-in-progress']).toBe(true)
    expect(main.concurrency['cancel-in-progress']).toBe(false)
    expect(main.jobs.staging.concurrency).toEqual({ group: 'shop-staging', 'cancel-in-progress': false })
    expect(main.jobs.production.concurrency).toEqual({
      group: 'shop-production',
      'cancel-in-progress': false,
    })
  })

  it('never put a value from outside into the text of a script', () => {
    const { main, pull } = generated()
    for (const { run } of [...stepsOf(main), ...stepsOf(pull)]) expect(run ?? '').not.toContain('${{')
  })

  it('have no secret that lasts longer than a job', () => {
    expect(generated().both).not.toContain('secrets.')
  })

  it('keep nothing between runs of jobs that release', () => {
    const { main } = generated()
    for (const name of ['publish', 'staging', 'production'])
      expect(JSON.stringify(main.jobs[name])).not.toContain('cache')
  })

  it('hand the digest from the build to both deploys', () => {
    const { main } = generated()
    expect(main.jobs.publish.outputs.DIGEST).toBe('${{ steps.outputs.outputs.DIGEST }}')
    for (const name of ['staging', 'production'])
      expect(main.jobs[name].env.DIGEST).toBe('${{ needs.publish.outputs.DIGEST }}')
  })

  it('deploy where Sluice runs, in an environment that can ask a person', () => {
    const { main, notes } = generated()
    expect(main.jobs.production).toMatchObject({
      'runs-on': ['self-hosted', 'shop-production'],
      environment: 'production',
    })
    // The runner ends what a job has started, if it finds it.
    expect(main.jobs.production.steps[1].run).toMatch(/^export RUNNER_TRACKING_ID=\n/)
    expect(notes.join('\n')).toContain('required reviewers')
  })

  it('run servers beside the tests that need them', () => {
    const { services, env } = generated().pull.jobs.integration
    expect(services.postgres).toMatchObject({ image: 'postgres:18', ports: ['5432:5432'] })
    expect(services.postgres.options).toContain('--health-cmd "pg_isready')
    expect(env.DATABASE_URL).toBe('postgres://app:only-for-this-job@127.0.0.1:5432/app')
  })
})

describe('dependabot.yml', () => {
  it('takes nothing that is younger than a week', () => {
    const { updates } = parse(generated(goApp()).texts['.github/dependabot.yml']!)
    expect(updates.map((one: Record<string, unknown>) => [one['package-ecosystem'], one.cooldown])).toEqual([
      ['gomod', { 'default-days': 7 }],
      ['docker', { 'default-days': 7 }],
      ['github-actions', { 'default-days': 7 }],
    ])
  })

  it('is one file of the project, which an app among several only speaks of', () => {
    const { texts, notes } = generated(nodeApp({ folder: 'apps/api', name: 'api' }))
    expect(Object.keys(texts)).not.toContain('.github/dependabot.yml')
    expect(notes.at(-1)).toContain('npm and docker for /apps/api')
  })

  it.each<[string, AppFacts, string]>([
    [
      'a workspace of npm, where its lockfile is',
      nodeApp({ folder: 'apps/api', workspaceRoot: '.' }),
      'npm for / and docker for /apps/api',
    ],
    [
      'a go.work, where the module of the app is',
      goApp({
        ...{ folder: 'back/api/cmd/x', workspaceRoot: 'back' },
        workspace: { goWork: null, modules: ['api', 'words'].map((folder) => ({ folder, hasGoSum: true })) },
      }),
      'gomod for /back/api and docker for /back/api/cmd/x',
    ],
    ['no workspace, where the app is', goApp({ folder: 'api' }), 'gomod and docker for /api'],
  ])('is told of %s', (_, app, where) => {
    expect(generated(app).notes.join()).toContain(`in .github/dependabot.yml, ${where}, with`)
  })
})
