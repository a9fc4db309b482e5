import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AppFacts } from '../detect/facts.ts'
import { tools } from '../generators/dockerfile/base-images.ts'
import {
  djangoApp,
  goApp,
  nodeApp,
  nothingRead,
  read,
  requestFor,
  staticSite,
  sure,
} from '../generators/facts.fixture.ts'
import { pins } from './pins.ts'
import type { Job, Pipeline } from './pipeline.ts'
import { type PipelineRequest, planPipelines } from './plan-pipelines.ts'

const scripts = {
  lint: 'lint',
  types: 'typecheck',
  test: 'test',
  integration: 'test:integration',
  build: 'build',
}

const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme'

function planned(app: AppFacts, more: Partial<PipelineRequest> = {}) {
  const { pipelines, notes } = planPipelines(requestFor(app, { target: 'docker', ...more }))
  const [pull, main] = pipelines as [Pipeline, Pipeline]
  return { pull, main, notes }
}

function ids({ jobs }: Pipeline): string[] {
  return jobs.map(({ id }) => id)
}

function jobOf({ jobs }: Pipeline, id: string): Job {
  return jobs.find((job) => job.id === id)!
}

function scriptOf(job: Job): string {
  return job.steps.map(({ script }) => script).join('\n')
}

const all: [string, AppFacts][] = [
  ['Express', nodeApp({ scripts, services: [sure('postgres'), sure('redis')] })],
  ['Node without scripts', nodeApp({ scripts: {} })],
  ['a member of a workspace', nodeApp({ scripts, folder: 'apps/api', workspaceRoot: '.' })],
  ['Go', goApp({ services: [sure('redis')] })],
  ['Django', djangoApp({ services: [sure('postgres')] })],
  ['static files', staticSite()],
]

describe.each(['process', 'docker', 'swarm'] as const)('pipelines for %s', (target) => {
  it.each(all)(
    'of %s have jobs that need only jobs that come before, each with a limit of time',
    (_, app) => {
      const { pull, main } = planned(app, { target })
      for (const { jobs } of [pull, main]) {
        const before = new Set<string>()
        for (const { id, needs, inputs, timeoutMinutes } of jobs) {
          expect(needs.filter((one) => !before.has(one))).toEqual([])
          // What is handed on comes from a job that is done.
          expect(inputs.filter(({ from }) => !needs.includes(from))).toEqual([])
          expect(before).not.toContain(id)
          expect(timeoutMinutes).toBeGreaterThan(0)
          before.add(id)
        }
      }
    },
  )

  it.each(all)('of %s hand on only what a job says it makes', (_, app) => {
    const { main } = planned(app, { target })
    for (const { inputs } of main.jobs)
      for (const { name, from } of inputs) expect(jobOf(main, from).outputs).toContain(name)
    for (const job of main.jobs) for (const name of job.outputs) expect(scriptOf(job)).toContain(`${name}=`)
  })

  it.each(all)(
    'of %s give secrets and the right to write to no job that is run for a pull request',
    (_, app) => {
      const { pull, main } = planned(app, { target, registry: ecr })
      for (const { secrets, environment, permissions, cloud } of pull.jobs) {
        expect([secrets, environment, cloud]).toEqual([[], null, null])
        expect(permissions).toEqual([
          { scope: 'contents', level: 'read', because: 'the code that it works on' },
        ])
      }
      for (const { secrets, environment } of main.jobs)
        expect(environment !== null || secrets.length === 0).toBe(true)
    },
  )

  it.each(all)('of %s name no job as GitLab names its own keys', (_, app) => {
    const reserved = ['image', 'services', 'stages', 'types', 'before_script', 'after_script', 'variables']
    const others = ['cache', 'include', 'pages', 'default', 'workflow', 'true', 'false', 'nil']
    const { pull, main } = planned(app, { target })
    const names = [...ids(pull), ...ids(main)]
    expect(names.filter((name) => [...reserved, ...others].includes(name))).toEqual([])
  })

  it.each(all)('of %s keep nothing between the runs of a job that releases', (_, app) => {
    const { main } = planned(app, { target })
    expect(main.jobs.filter(({ needs, cache }) => needs.length > 0 && cache.length > 0)).toEqual([])
  })
})

describe('a pipeline', () => {
  it('has a job for each script of the app, and says what it has none for', () => {
    const { pull, notes } = planned(nodeApp({ scripts }))
    expect(ids(pull)).toEqual([
      'lint',
      'type-check',
      'unit',
      'integration',
      'dependencies',
      'secrets',
      'image-check',
      'preview',
    ])
    expect(notes.join()).not.toContain('no script for')
    const bare = planned(nodeApp({ scripts: { test: 'test:unit' } }))
    expect(ids(bare.pull)).toEqual(['unit', 'dependencies', 'secrets', 'image-check', 'preview'])
    expect(bare.notes[0]).toBe(
      'The pipeline of shop has no job for what it has no script for: lint, typecheck, test:integration. Add the script to package.json, and run sluice init again.',
    )
  })

  it('builds what no image is built of', () => {
    expect(ids(planned(nodeApp({ scripts }), { target: 'process' }).pull)).toContain('build')
    expect(ids(planned(nodeApp({ scripts })).pull)).not.toContain('build')
  })

  it.each([
    ['npm', 'npm ci', 'npm run lint'],
    ['pnpm', 'npx --yes pnpm@12.21.0 install --frozen-lockfile', 'npx --yes pnpm@12.21.0 run lint'],
    ['yarn-classic', 'npx --yes yarn@1.22.22 install --frozen-lockfile', 'npx --yes yarn@1.22.22 run lint'],
    [
      'yarn-berry',
      'npx --yes --package @yarnpkg/cli-dist@4.18.1 yarn install --immutable',
      'npx --yes --package @yarnpkg/cli-dist@4.18.1 yarn run lint',
    ],
    ['bun', 'npx --yes bun@1.4.5 install --frozen-lockfile', 'npx --yes bun@1.4.5 run lint'],
  ] as const)('installs what the lockfile says with %s', (manager, install, lint) => {
    const { pull } = planned(nodeApp({ scripts, packageManager: sure(manager) }))
    expect(jobOf(pull, 'lint').steps.map(({ script }) => script)).toEqual([install, lint])
  })

  it('takes the version of the package manager that the app names', () => {
    const app = nodeApp({ scripts, packageManager: sure('pnpm'), packageManagerVersion: sure('9.1.0') })
    expect(scriptOf(jobOf(planned(app).pull, 'lint'))).toContain('pnpm@9.1.0 install')
  })

  it.each([
    ['yarn-classic', null],
    ['pnpm', '10.33.0'],
    ['yarn-berry', '3.8.0'],
  ] as const)('asks for no known weaknesses with %s where nobody would answer', (manager, version) => {
    const packageManagerVersion = version === null ? null : sure<string>(version)
    const { pull, notes } = planned(nodeApp({ packageManager: sure(manager), packageManagerVersion }))
    expect(ids(pull)).toEqual(['secrets', 'image-check', 'preview'])
    expect(notes.join('\n')).toContain(`its ${manager} asks where npm no longer answers`)
  })

  it('gives integration tests their servers, by the names that the code reads', () => {
    const app = nodeApp({ scripts, services: [sure('redis'), sure('postgres')] })
    const variables = { ...nothingRead, variables: [read('PGHOST'), read('PGPASSWORD')] }
    const { services } = jobOf(planned(app, { variables }).pull, 'integration')
    expect(services.map(({ name, image, variables }) => [name, image, variables])).toEqual([
      ['postgres', 'postgres:18', { PGHOST: '{host}', PGPASSWORD: 'only-for-this-job' }],
      ['redis', 'redis:8', { REDIS_URL: 'redis://{host}:6379' }],
    ])
    expect(jobOf(planned(app).pull, 'unit').services).toEqual([])
  })

  it('runs what comes with Go, and what comes with Django', () => {
    expect(ids(planned(goApp()).pull)).toEqual([
      'lint',
      'unit',
      'dependencies',
      'secrets',
      'image-check',
      'preview',
    ])
    const { pull } = planned(djangoApp())
    expect(ids(pull)).toEqual(['django', 'unit', 'dependencies', 'secrets', 'image-check', 'preview'])
    expect(scriptOf(jobOf(pull, 'django'))).toContain('makemigrations --check')
    expect(scriptOf(jobOf(pull, 'unit'))).toContain('.venv/bin/python manage.py test')
  })

  it.each([
    ['pip', '.venv/bin/pip install --requirement requirements.txt'],
    ['uv', 'uv sync --locked'],
    ['poetry', 'poetry sync'],
    ['pipenv', 'pipenv sync --dev'],
    ['pdm', 'pdm sync'],
  ] as const)('installs a virtual environment with %s', (manager, install) => {
    const { pull } = planned(djangoApp({ manager: sure(manager) }))
    expect(scriptOf(jobOf(pull, 'unit'))).toContain(install)
  })

  it('runs the tools that are among the dependencies', () => {
    const dependencies = ['django', 'ruff', 'mypy', 'pytest', 'pytest-cov']
    const { pull } = planned(djangoApp({ dependencies }))
    expect(ids(pull).slice(0, 4)).toEqual(['lint', 'type-check', 'django', 'unit'])
    expect(scriptOf(jobOf(pull, 'unit'))).toContain('-m pytest --cov')
  })

  it('runs the tools that are for development, and installs them', () => {
    const development = { dependencies: ['ruff', 'pytest'], requirements: 'requirements-dev.txt' }
    const { pull } = planned(djangoApp({ development }))
    expect(ids(pull)).toContain('lint')
    expect(scriptOf(jobOf(pull, 'unit'))).toContain(
      '.venv/bin/pip install --requirement requirements.txt\n.venv/bin/pip install --requirement requirements-dev.txt',
    )
  })

  it('is run for a change in the folder of its app alone, where there are several apps', () => {
    expect(planned(nodeApp()).pull.paths).toEqual([])
    expect(planned(nodeApp({ folder: 'apps/api' })).main.paths).toEqual(['apps/api'])
  })

  it('looks for secrets in all of the history', () => {
    expect(jobOf(planned(staticSite()).pull, 'secrets').checkout).toBe('history')
  })

  it('is not made where a name means something to a CI system', () => {
    const { pipelines, notes } = planPipelines(requestFor(nodeApp({ folder: 'a${{ b }}' })))
    expect(pipelines).toEqual([])
    expect(notes).toEqual([expect.stringContaining('shop gets no pipeline: "a${{ b }}"')])
  })
})

describe('the pipeline of a member', () => {
  it('of a go.work tests its module, and builds its image from the workspace', () => {
    const modules = ['services/api', 'words'].map((folder) => ({ folder, hasGoSum: false }))
    const app = goApp({
      ...{ folder: 'services/api/cmd/api', workspaceRoot: '.', lockfiles: ['../../../../go.work.sum'] },
      workspace: { goWork: { folder: '.', hasSum: true }, modules },
    })
    const { pull } = planned(app)
    expect(pull.paths).toEqual([])
    expect(jobOf(pull, 'unit')).toMatchObject({
      steps: [{ folder: 'services/api' }],
      artifacts: ['services/api/coverage.out'],
      cache: [{ keyFiles: ['go.work.sum'] }],
      env: {},
    })
    expect(scriptOf(jobOf(pull, 'image-check'))).toBe('docker build --file services/api/cmd/api/Dockerfile .')
    expect(jobOf(planned(app, { target: 'process' }).pull, 'build').steps).toMatchObject([
      { folder: 'services/api/cmd/api' },
    ])
  })

  it('leaves a go.work that does not name it', () => {
    const { pull } = planned(goApp({ folder: 'api', ignoresGoWork: true }))
    for (const id of ['lint', 'unit', 'dependencies']) expect(jobOf(pull, id).env).toEqual({ GOWORK: 'off' })
  })

  it('of uv has its environment in its own folder', () => {
    const member = { folder: 'apps/site', workspaceRoot: '.', workspacePackage: 'site' }
    const app = djangoApp({ manager: sure('uv'), lockfiles: ['../../uv.lock'], ...member })
    const unit = jobOf(planned(app).pull, 'unit')
    expect(scriptOf(unit)).toContain('UV_PROJECT_ENVIRONMENT="$PWD/.venv" uv sync --locked')
    expect(unit.cache).toMatchObject([{ keyFiles: ['uv.lock'] }])
    expect(scriptOf(jobOf(planned(app).pull, 'image-check'))).toContain('--file apps/site/Dockerfile .')
  })
})

describe('a release', () => {
  it('is one image, whose digest goes to staging and then to production', () => {
    const { main } = planned(nodeApp({ scripts }))
    expect(ids(main).slice(-3)).toEqual(['publish', 'staging', 'production'])
    expect(jobOf(main, 'publish').needs).toEqual(ids(main).slice(0, -3))
    expect(
      main.jobs.filter((job) => /buildx build|docker build/.test(scriptOf(job))).map(({ id }) => id),
    ).toEqual(['publish'])
    for (const environment of ['staging', 'production']) {
      const job = jobOf(main, environment)
      expect(job.inputs).toEqual([
        { name: 'IMAGE', from: 'publish' },
        { name: 'DIGEST', from: 'publish' },
      ])
      expect(scriptOf(job)).toContain(`deploy --image "\${IMAGE:?}@\${DIGEST:?}" --env ${environment}`)
    }
    expect(jobOf(main, 'production').needs).toEqual(['publish', 'staging'])
  })

  it('tells what is in the image and where it came from, under a name in small letters', () => {
    const script = scriptOf(jobOf(planned(nodeApp()).main, 'publish'))
    expect(script).toContain('--sbom=true --provenance=mode=max')
    expect(script).toContain(`tr '[:upper:]' '[:lower:]'`)
  })

  it('is pushed to ECR by a role of the one job that pushes, and pulled by the machine’s own', () => {
    const { main, notes } = planned(nodeApp({ scripts }), { registry: ecr })
    expect(main.jobs.filter(({ cloud }) => cloud !== null).map(({ id }) => id)).toEqual(['publish'])
    const publish = jobOf(main, 'publish')
    // Else the subject of its token would be that, and not the branch.
    expect(publish.environment).toBeNull()
    expect(publish.env.IMAGE_NAME).toBe(`${ecr}/shop`)
    for (const { permissions } of main.jobs)
      expect(permissions.filter(({ scope }) => scope === 'packages')).toEqual([])
    for (const environment of ['staging', 'production'])
      expect(scriptOf(jobOf(main, environment))).toContain('aws ecr get-login-password --region eu-west-1')
    expect(notes.join('\n')).toContain('The repository acme/shop has to be there in Amazon ECR')
  })

  it('takes no role for another registry, nor where there is no image', () => {
    for (const more of [
      { registry: 'registry.example.com/team' },
      { registry: ecr, target: 'process' },
    ] as const) {
      const { main, notes } = planned(nodeApp({ scripts }), more)
      expect(main.jobs.filter(({ cloud }) => cloud !== null)).toEqual([])
      expect(JSON.stringify([main, notes])).not.toMatch(/aws ecr|ECR/)
    }
  })

  it('of processes is what staging ran, on the machine that has it', () => {
    const { main } = planned(nodeApp({ scripts }), { target: 'process' })
    const [staging, production] = [jobOf(main, 'staging'), jobOf(main, 'production')]
    expect([staging.place, production.place]).toEqual([
      { kind: 'machine', label: 'shop' },
      { kind: 'machine', label: 'shop' },
    ])
    expect(staging.outputs).toEqual(['RELEASE'])
    expect(scriptOf(staging)).toContain('deploy --env staging')
    expect(scriptOf(production)).toContain('deploy --release "${RELEASE:?}" --env production')
  })

  it('is tried and broken in staging, and asked about before production', () => {
    const { main } = planned(nodeApp({ health: { readiness: sure('/readyz'), liveness: null } }))
    expect(jobOf(main, 'staging').steps.map(({ name }) => name)).toEqual([
      'Deploy to staging',
      'Smoke test staging',
      'Rehearse a rollback in staging',
    ])
    expect(scriptOf(jobOf(main, 'staging'))).toContain('url="${url%/}"/readyz')
    expect(jobOf(main, 'production').approval).toBe('Release shop to production?')
    expect(scriptOf(jobOf(main, 'production'))).toContain('rollback --app shop --env production')
  })

  it('is not made where staging would take the port of production', () => {
    const { main, notes } = planned(nodeApp({ readsPort: false }), { target: 'process' })
    expect(ids(main)).not.toContain('production')
    expect(notes.at(-1)).toContain('it listens on port 3000 always')
    expect(ids(planned(nodeApp({ readsPort: false })).main)).toContain('production')
  })

  it('of a member of a workspace is deployed from its own folder', () => {
    const { main } = planned(nodeApp({ folder: 'apps/api', workspaceRoot: '.' }))
    expect(jobOf(main, 'staging').steps[0]).toMatchObject({ name: 'Deploy to staging', folder: 'apps/api' })
  })
})

describe('a preview', () => {
  it('is made of the folder once all checks have passed, asked how it is, and told', () => {
    const { pull, notes } = planned(nodeApp({ health: { readiness: sure('/readyz'), liveness: null } }))
    const job = jobOf(pull, 'preview')
    expect(job).toMatchObject({
      needs: ids(pull).filter((id) => !['preview', 'image-check'].includes(id)),
      place: { kind: 'machine', label: 'shop-preview' },
      secrets: [],
      outputs: ['PREVIEW_URL'],
    })
    expect(job.steps.map(({ name }) => name)).toEqual([
      'Deploy the preview',
      'Smoke test the preview',
      'Say where the preview is',
    ])
    expect(notes.join('\n')).toContain('its code runs there')
  })

  it('is removed by a job that takes nothing of the pull request', () => {
    const { removal } = planPipelines(requestFor(nodeApp()))
    expect(removal).toMatchObject({ preview: 'remove', checkout: 'nothing', permissions: [], secrets: [] })
  })

  it('is not made where it would take the port of what runs on its machine', () => {
    const request = requestFor(nodeApp({ readsPort: false }), { target: 'process' })
    const { pipelines, removal } = planPipelines(request)
    expect(ids(pipelines[0]!)).not.toContain('preview')
    expect(removal).toBeNull()
  })
})

describe('pins', () => {
  it('name this Sluice, and the tools that images are built with', () => {
    const own = new URL('../../package.json', import.meta.url)
    expect(pins.sluice).toBe(JSON.parse(readFileSync(own, 'utf8')).version)
    const { gunicorn, ...others } = tools
    expect(pins).toMatchObject(others)
  })
})
