import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'
import type { AppFacts } from '../detect/facts.ts'
import { djangoApp, goApp, nodeApp, read, requestFor, staticSite, sure } from './facts.fixture.ts'
import type { GeneratorRequest } from './request.ts'
import { sluiceYaml } from './sluice-yaml.ts'

function generated(app: AppFacts, more: Partial<GeneratorRequest> = {}) {
  const { files, notes } = sluiceYaml.generate(requestFor(app, more))
  const content = files[0]!.content
  return { content, notes, config: parseConfig(content, '/app') }
}

describe('sluice.yaml of a new app', () => {
  it('can be read by a person', () => {
    expect(
      generated(nodeApp({ scripts: { build: 'build' } }))
        .content.split('\n')
        .slice(1),
    ).toEqual([
      'app: shop',
      '',
      'build:',
      '  command: npm ci --include=dev && npm run build',
      '',
      'run:',
      '  command: [node, server.js]   # it is so',
      '',
      'health:',
      '  readiness: { period: 10s, failures: 2 }',
      '  liveness: { period: 30s, failures: 3 }',
      '  startup: { period: 5s, failures: 30 }',
      '  # No health path was found: an instance counts as ready as soon as its port accepts a connection.',
      '',
      'environments:',
      '  production:',
      '    target: process',
      '    router: embedded',
      '    instances: 2',
      '    strategy: blue-green',
      '  staging:',
      '    target: process',
      '    router: embedded',
      '    instances: 1',
      '    strategy: rolling',
      '',
    ])
  })

  it.each<[string, AppFacts, string | null, string | string[]]>([
    ['npm without a lockfile', nodeApp({ lockfiles: [] }), 'npm install', ['node', 'server.js']],
    ['no dependencies', nodeApp({ hasDependencies: false, lockfiles: [] }), null, ['node', 'server.js']],
    [
      'pnpm with a build',
      nodeApp({ packageManager: sure('pnpm'), scripts: { build: 'build' } }),
      'pnpm install --frozen-lockfile --prod=false && pnpm run build',
      ['node', 'server.js'],
    ],
    [
      'yarn',
      nodeApp({ packageManager: sure('yarn-berry') }),
      'yarn install --immutable',
      ['node', 'server.js'],
    ],
    ['Go', goApp(), 'go build -trimpath -o bin/shop .', ['./bin/shop']],
    [
      'Go with vendored packages and a command',
      goApp({ hasVendor: true, package: sure('./cmd/my server') }),
      "go build -mod=vendor -trimpath -o bin/shop './cmd/my server'",
      ['./bin/shop'],
    ],
    [
      'Django',
      djangoApp(),
      'python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt && SECRET_KEY=only-for-this-command .venv/bin/python manage.py collectstatic --noinput',
      ['.venv/bin/gunicorn', 'shop.wsgi:application'],
    ],
    [
      'uv',
      djangoApp({ manager: sure('uv'), django: null, lockfiles: ['uv.lock'] }),
      'uv sync --locked --no-dev',
      ['.venv/bin/gunicorn', 'shop.wsgi:application'],
    ],
    [
      'FastAPI',
      djangoApp({ django: null, wsgi: null, asgi: sure('main:app'), server: sure('uvicorn') }),
      'python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt',
      '.venv/bin/uvicorn --host 127.0.0.1 --port $PORT main:app',
    ],
    ['static files', staticSite(), null, 'node serve.mjs'],
  ])('builds and starts %s', (_, app, build, run) => {
    const { config } = generated(app)
    expect(config.build.command).toEqual(build)
    expect(config.run.command).toEqual(run)
  })

  it('adds a server where Django has none, and says so', () => {
    const { content, notes } = generated(djangoApp({ server: null }))
    expect(content).toContain('pip install --quiet gunicorn==')
    expect(notes).toEqual([expect.stringContaining('No server is among the dependencies')])
  })

  it('runs one copy of an app that cannot be told its port, by the only strategy that can', () => {
    const { config, notes } = generated(nodeApp({ readsPort: false }))
    expect(config.run.port).toBe(3000)
    expect(config.environments.production).toMatchObject({ instances: 1, strategy: { kind: 'recreate' } })
    expect(notes).toEqual([expect.stringContaining('does not read PORT')])
  })

  it('asks the paths that were found', () => {
    const { config } = generated(
      nodeApp({ health: { readiness: sure('/readyz'), liveness: sure('/livez') } }),
    )
    expect([config.health.readiness.path, config.health.liveness.path]).toEqual(['/readyz', '/livez'])
    expect(generated(staticSite()).config.health.readiness.path).toBe('/readyz')
  })

  it('names the env schema where the code reads something', () => {
    const variables = { variables: [read('GREETING')], dynamic: [], unread: [] }
    expect(generated(nodeApp(), { variables }).config.envSchema).toBe('./env.schema.yaml')
    const given = { ...variables, variables: [read('PORT'), read('HOME')] }
    expect(generated(nodeApp(), { variables: given }).config.envSchema).toBeNull()
  })

  it('takes all of a workspace for one of its members, and starts that one in its place', () => {
    const member = { folder: 'apps/api', workspaceRoot: '.', scripts: { build: 'build', start: 'start' } }
    const { config } = generated(nodeApp(member))
    expect(config.build).toMatchObject({
      context: '../..',
      command: 'npm ci --include=dev && (cd apps/api && npm run build)',
    })
    expect(config.run.command).toBe('cd apps/api && exec node server.js')
    const { config: contained } = generated(nodeApp(member), { target: 'docker' })
    expect(contained.build).toMatchObject({
      context: '../..',
      dockerfile: 'apps/api/Dockerfile',
      command: null,
    })
  })

  const built = { goWork: { folder: '.', hasSum: false }, modules: [{ folder: 'api', hasGoSum: true }] }
  const uv = {
    ...{ manager: sure('uv' as const), folder: 'apps/api', workspaceRoot: '.' },
    ...{ workspacePackage: 'shop-api', lockfiles: ['../../uv.lock'], django: null },
  }
  const asgi = { wsgi: null, asgi: sure('main:app') }
  it.each<[string, AppFacts, string, string]>([
    [
      'a module of a go.work',
      goApp({ folder: 'api', workspaceRoot: '.', workspace: built }),
      '(cd api && go build -trimpath -o bin/shop .)',
      'cd api && exec ./bin/shop',
    ],
    [
      'one that a go.work above it leaves out',
      goApp({
        ...{ folder: 'a b', workspaceRoot: '.', ignoresGoWork: true, package: sure('./cmd/x') },
        workspace: { ...built, goWork: null },
      }),
      "(cd 'a b' && GOWORK=off go build -trimpath -o bin/shop ./cmd/x)",
      "cd 'a b' && exec ./bin/shop",
    ],
    [
      'a member of a uv workspace',
      djangoApp(uv),
      'uv sync --locked --no-dev --package shop-api',
      'cd apps/api && exec ../../.venv/bin/gunicorn shop.wsgi:application',
    ],
    [
      'one without a lockfile',
      djangoApp({ ...uv, lockfiles: [] }),
      'uv sync --no-dev --package shop-api',
      'cd apps/api && exec ../../.venv/bin/gunicorn shop.wsgi:application',
    ],
    [
      'one with Django and no server',
      djangoApp({ ...uv, django: djangoApp().django, server: null }),
      `uv sync --locked --no-dev --package shop-api && uv pip install --python .venv/bin/python --quiet gunicorn==27.0.1 && (cd apps/api && SECRET_KEY=only-for-this-command ../../.venv/bin/python manage.py collectstatic --noinput)`,
      'cd apps/api && exec ../../.venv/bin/gunicorn shop.wsgi:application',
    ],
    [
      'one that is told its port',
      djangoApp({ ...uv, ...asgi, server: sure('uvicorn') }),
      'uv sync --locked --no-dev --package shop-api',
      'cd apps/api && exec ../../.venv/bin/uvicorn --host 127.0.0.1 --port $PORT main:app',
    ],
  ])('builds and starts %s, from all of it', (_, app, build, run) => {
    const { config } = generated(app)
    expect(config.build.context).toBe(app.folder === 'apps/api' ? '../..' : '..')
    expect(config.build.command).toBe(build)
    expect(config.run.command).toBe(run)
  })

  it('says no context where the workspace begins with the app', () => {
    const root = goApp({ workspaceRoot: '.', workspace: { goWork: null, modules: [] } })
    const { config, content } = generated(root)
    expect(config.build).toMatchObject({ context: '.', command: 'go build -trimpath -o bin/shop .' })
    expect(content).not.toContain('context')
    expect(generated(root, { target: 'docker' }).config.build.dockerfile).toBe('Dockerfile')
  })

  it('builds from the Dockerfile where it is to run in containers', () => {
    const { config } = generated(nodeApp({ readsPort: false }), { target: 'docker' })
    expect(config.environments.production).toMatchObject({
      target: 'docker',
      instances: 2,
      container: { memoryBytes: 512 * 1024 ** 2, cpus: 1, pids: 500 },
    })
    expect(config.run).toMatchObject({ command: null, port: 3000 })
  })

  it.each(["it's", 'a "b"', 'a: b # c', 'x\ny', '$HOME', '- a', '`id`'])(
    'keeps what is odd as it is: %j',
    (word) => {
      const { config } = generated(nodeApp({ start: sure(['node', word]) }))
      expect(config.run.command).toEqual(['node', word])
    },
  )
})
