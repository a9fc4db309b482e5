import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AppFacts, GoFacts, NodeFacts, NodeManager, PythonFacts } from '../../detect/facts.ts'
import { SluiceError } from '../../errors.ts'
import { djangoApp, goApp, nodeApp, staticSite, sure } from '../facts.fixture.ts'
import { dockerfileFor } from './dockerfile.ts'
import type { BuildContext, DockerfileFinding } from './finding.ts'
import { parseDockerfile } from './instructions.ts'
import { lintDockerfile } from './lint.ts'
import { simulate } from './simulate.ts'

const MADE = '# Made by `sluice init`. Yours to change; `sluice init --check` says when the app has moved on.'

const uvMember = {
  ...{ manager: sure('uv' as const), folder: 'apps/site', workspaceRoot: '.' },
  ...{ workspacePackage: 'shop-site', lockfiles: ['../../uv.lock'] },
}

describe('a Dockerfile as it is made', () => {
  it('of an Express app with npm', () => {
    const app = nodeApp({ health: { readiness: sure('/readyz'), liveness: sure('/livez') } })
    expect(textOf(app)).toBe(`# check=error=true
${MADE}
# Installed and built where there are tools for it; what runs is the result.
FROM node:24-slim AS build
WORKDIR /app
# First what changes seldom, so that packages are installed once.
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev && mkdir -p node_modules

FROM node:24-slim
ENV NODE_ENV=production PORT=3000
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY . .
USER 10001:10001
EXPOSE 3000
# node asks for itself: the image need not have curl. 127.0.0.1, because "localhost" may mean ::1.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \\
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/livez', { redirect: 'manual' }).then(({ status }) => process.exit(status < 400 ? 0 : 1), () => process.exit(1))"]
# As the first process it gets no init of its own: \`docker run --init\` gives one, and so does Sluice.
CMD ["node", "server.js"]
`)
  })

  it('of a Next app with pnpm that is run by `next start`', () => {
    const app = nodeApp({
      ...{
        framework: sure('next'),
        packageManager: sure('pnpm'),
        packageManagerVersion: sure('10.2.1+sha512.ab'),
      },
      ...{ scripts: { build: 'build', start: 'start' }, start: sure(['next', 'start']) },
      ...{ outputFolder: '.next', lockfiles: ['pnpm-lock.yaml'], installFiles: ['.npmrc', 'patches'] },
    })
    expect(instructionsOf(app)).toEqual([
      'FROM node:24-slim AS build',
      'RUN --mount=type=cache,target=/root/.npm npm install --global pnpm@10.2.1',
      'WORKDIR /app',
      'COPY package.json pnpm-lock.yaml .npmrc ./',
      'COPY patches ./patches',
      'RUN --mount=type=cache,target=/pnpm/store pnpm install --frozen-lockfile --store-dir=/pnpm/store',
      'COPY . .',
      'RUN pnpm run build',
      'RUN --mount=type=cache,target=/pnpm/store CI=true pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/pnpm/store && mkdir -p node_modules',
      'FROM node:24-slim',
      'ENV NODE_ENV=production PORT=3000 PATH=/app/node_modules/.bin:$PATH',
      'WORKDIR /app',
      'COPY --from=build /app/node_modules ./node_modules',
      'COPY . .',
      'COPY --from=build --chown=10001:10001 /app/.next ./.next/',
      'USER 10001:10001',
      'EXPOSE 3000',
      `HEALTHCHECK --interval=10s --timeout=3s --start-period=30s   CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/', { redirect: 'manual' }).then(() => process.exit(0), () => process.exit(1))"]`,
      'CMD ["next", "start"]',
    ])
  })

  it('of a Next app that stands alone, in a workspace', () => {
    const app = nodeApp({
      ...{ folder: 'apps/web', workspaceRoot: '.', framework: sure('next') },
      ...{ scripts: { build: 'build' }, outputFolder: '.next/standalone' },
      start: sure(['node', '.next/standalone/server.js']),
      lockfiles: ['../../package-lock.json'],
    })
    const made = dockerfileFor(app)
    expect(made.context).toBe('.')
    expect(made.files.map(({ path }) => path)).toEqual(['Dockerfile', 'Dockerfile.dockerignore'])
    expect(made.notes[0]).toContain('build.dockerfile of a sluice.yaml there is apps/web/Dockerfile')
    expect(instructionsOf(app).filter((line) => /^(?:COPY|WORKDIR|RUN|CMD)/.test(line))).toEqual([
      'WORKDIR /app',
      'COPY . .',
      expect.stringMatching(/^RUN find \. -type f ! -name package\.json .* -delete && find/),
      'WORKDIR /app',
      'COPY --from=manifests /app ./',
      'RUN --mount=type=cache,target=/root/.npm npm ci',
      'COPY . .',
      'WORKDIR /app/apps/web',
      'RUN mkdir -p public && npm run build',
      'WORKDIR /app',
      'WORKDIR /app',
      'COPY --from=build --chown=10001:10001 /app/apps/web/.next/standalone ./',
      'COPY --from=build --chown=10001:10001 /app/apps/web/.next/static ./apps/web/.next/static/',
      'COPY --from=build /app/apps/web/public ./apps/web/public/',
      'CMD ["node", "apps/web/server.js"]',
    ])
  })

  it('of a Go program', () => {
    const app = goApp({ version: sure('1.26'), package: sure('./cmd/shop') })
    expect(instructionsOf(app).filter((line) => !/printf/.test(line))).toEqual([
      'FROM --platform=$BUILDPLATFORM golang:1.26 AS build',
      'ARG TARGETOS',
      'ARG TARGETARCH',
      'WORKDIR /probe',
      'WORKDIR /src',
      'COPY go.mod go.sum ./',
      'RUN --mount=type=cache,target=/go/pkg/mod go mod download',
      'COPY . .',
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build     CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/server ./cmd/shop',
      'FROM gcr.io/distroless/static-debian13:nonroot',
      'ENV PORT=8080',
      'WORKDIR /app',
      'COPY --from=build /out/healthcheck /healthcheck',
      'COPY --from=build /out/server /server',
      'USER 10001:10001',
      'EXPOSE 8080',
      'HEALTHCHECK --interval=10s --timeout=3s --start-period=30s   CMD ["/healthcheck", "8080"]',
      'CMD ["/server"]',
    ])
  })

  it('of a module of a go.work', () => {
    const modules = [
      { folder: 'services/api', hasGoSum: true },
      { folder: 'words', hasGoSum: false },
    ]
    const app = goApp({
      ...{ folder: 'services/api', workspaceRoot: '.', package: sure('./cmd/api') },
      workspace: { goWork: { folder: '.', hasSum: true }, modules },
    })
    const made = dockerfileFor(app)
    expect(made.context).toBe('.')
    expect(made.files.map(({ path }) => path)).toEqual(['Dockerfile', 'Dockerfile.dockerignore'])
    expect(made.notes).toEqual([expect.stringContaining('`docker build --file services/api/Dockerfile .`')])
    expect(goSteps(app)).toEqual([
      'WORKDIR /src',
      'COPY go.work go.work.sum ./',
      'COPY services/api/go.mod services/api/go.sum ./services/api/',
      'COPY words/go.mod ./words/',
      'WORKDIR /src/services/api',
      'RUN --mount=type=cache,target=/go/pkg/mod go mod download',
      'COPY . /src/',
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build     CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/server ./cmd/api',
    ])
  })

  it('of a module that takes another from a folder, below a go.work that names neither', () => {
    const modules = ['api', 'words'].map((folder) => ({ folder, hasGoSum: false }))
    const app = goApp({
      ...{ folder: 'back/api', workspaceRoot: 'back', ignoresGoWork: true, hasGoSum: false },
      workspace: { goWork: null, modules },
    })
    expect(dockerfileFor(app).context).toBe('back')
    expect(dockerfileFor(app).notes[0]).toContain('`docker build --file back/api/Dockerfile back`')
    expect(goSteps(app)).toEqual([
      'WORKDIR /src',
      'COPY api/go.mod ./api/',
      'COPY words/go.mod ./words/',
      'WORKDIR /src/api',
      'RUN --mount=type=cache,target=/go/pkg/mod GOWORK=off go mod download',
      'COPY . /src/',
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build     GOWORK=off CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/server .',
    ])
  })

  it('of a module that takes another from its own folder, with the context that it always had', () => {
    const modules = ['.', 'lib'].map((folder) => ({ folder, hasGoSum: folder === '.' }))
    const app = goApp({ workspaceRoot: '.', workspace: { goWork: null, modules } })
    const made = dockerfileFor(app)
    expect([made.context, made.notes]).toEqual(['.', []])
    expect(made.files[1]!.path).toBe('.dockerignore')
    expect(goSteps(app).slice(0, 5)).toEqual([
      'WORKDIR /src',
      'COPY go.mod go.sum ./',
      'COPY lib/go.mod ./lib/',
      'RUN --mount=type=cache,target=/go/pkg/mod go mod download',
      'COPY . .',
    ])
  })

  it('of a member of a uv workspace, with nothing of the others but what is installed', () => {
    const app = djangoApp(uvMember)
    const made = dockerfileFor(app)
    expect([made.context, made.files[1]!.path]).toEqual(['.', 'Dockerfile.dockerignore'])
    expect(instructionsOf(app).filter((line) => !/^(?:HEALTH|EXPOSE|USER)/.test(line))).toEqual([
      'FROM python:3.14-slim AS build',
      'ENV PIP_DISABLE_PIP_VERSION_CHECK=1',
      'WORKDIR /app',
      'RUN --mount=type=cache,target=/root/.cache/pip pip install uv==0.13.9',
      'ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_DEV=1 UV_PYTHON_DOWNLOADS=0 UV_PROJECT_ENVIRONMENT=/venv',
      'COPY pyproject.toml uv.lock ./',
      'RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-install-workspace --package shop-site',
      'COPY . .',
      'RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-editable --package shop-site',
      'WORKDIR /app/apps/site',
      'RUN SECRET_KEY=only-for-this-line DJANGO_SECRET_KEY=only-for-this-line DJANGO_SETTINGS_MODULE=shop.settings     /venv/bin/python manage.py collectstatic --noinput',
      'FROM python:3.14-slim',
      'ENV PATH=/venv/bin:$PATH PORT=8000 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1',
      'WORKDIR /app',
      'COPY --from=build /venv /venv',
      'COPY --from=build /app/apps/site ./',
      'CMD ["gunicorn", "shop.wsgi:application"]',
    ])
  })

  it('of a Django app with pip', () => {
    const app = djangoApp({
      version: sure('3.13'),
      systemPackages: { build: ['libpq-dev', 'gcc'], run: ['libpq5'] },
    })
    expect(instructionsOf(app).filter((line) => !line.startsWith('HEALTHCHECK'))).toEqual([
      'FROM python:3.13-slim AS build',
      'RUN apt-get update && apt-get install --yes --no-install-recommends gcc libpq-dev && rm -rf /var/lib/apt/lists/*',
      'ENV PIP_DISABLE_PIP_VERSION_CHECK=1',
      'WORKDIR /app',
      'RUN ["python", "-m", "venv", "/venv"]',
      'COPY requirements.txt ./',
      'RUN --mount=type=cache,target=/root/.cache/pip /venv/bin/pip install --requirement requirements.txt',
      'COPY . .',
      'RUN SECRET_KEY=only-for-this-line DJANGO_SECRET_KEY=only-for-this-line DJANGO_SETTINGS_MODULE=shop.settings     /venv/bin/python manage.py collectstatic --noinput',
      'FROM python:3.13-slim',
      'RUN apt-get update && apt-get install --yes --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*',
      'ENV PATH=/venv/bin:$PATH PORT=8000 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1',
      'WORKDIR /app',
      'COPY --from=build /venv /venv',
      'COPY --from=build /app ./',
      'USER 10001:10001',
      'EXPOSE 8000',
      'CMD ["gunicorn", "shop.wsgi:application"]',
    ])
  })

  it('of static files', () => {
    expect(
      instructionsOf(staticSite({ version: sure('24') })).filter((line) => !line.startsWith('HEALTHCHECK')),
    ).toEqual([
      'FROM node:24-slim',
      'ENV NODE_ENV=production PORT=3000',
      'WORKDIR /app',
      'COPY serve.mjs ./',
      'COPY public ./public/',
      'USER 10001:10001',
      'EXPOSE 3000',
      'CMD ["node", "serve.mjs"]',
    ])
  })
})

describe('choices', () => {
  it('never run npm, which keeps signals from the app', () => {
    expect(dockerfileFor(nodeApp({ start: sure(['npm', 'start']) })).files).toEqual([])
  })

  it('make no Dockerfile where nothing says what starts the app', () => {
    const made = dockerfileFor(nodeApp({ start: null }))
    expect(made).toMatchObject({ files: [], notes: [expect.stringContaining('what starts it')] })
    expect(dockerfileFor(goApp({ package: null })).files).toEqual([])
  })

  it('copy everything first where an install runs the app’s own code', () => {
    const lines = instructionsOf(nodeApp({ installNeedsSource: true }))
    expect(lines.indexOf('COPY . .')).toBeLessThan(lines.findIndex((line) => line.includes('npm ci')))
  })

  it('copy no go.sum that is not there, and nothing first where modules are vendored', () => {
    expect(instructionsOf(goApp({ hasGoSum: false }))).toContain('COPY go.mod ./')
    const vendored = textOf(goApp({ hasVendor: true }))
    expect(vendored).toContain('-mod=vendor')
    expect(vendored).not.toContain('go mod download')
  })

  it('give a program with C the C library of its compiler', () => {
    const bases = instructionsOf(goApp({ usesCgo: true })).filter((line) => line.startsWith('FROM'))
    expect(bases).toEqual(['FROM golang:1.27-trixie AS build', 'FROM gcr.io/distroless/cc-debian13:nonroot'])
  })

  it('add a server where there is none, and say so twice', () => {
    const { files, notes } = dockerfileFor(djangoApp({ server: null, dependencies: ['django'] }))
    expect(files[0]!.content).toMatch(/^# No server is among the dependencies.*\nRUN .* gunicorn==\d/m)
    expect(notes[0]).toContain('No server')
  })

  it('add gunicorn where it is said to start the app and is not installed', () => {
    const start = sure(['gunicorn', '--threads', '4', 'shop.wsgi'])
    expect(textOf(djangoApp({ start, server: null, dependencies: [] }))).toContain('install gunicorn==')
    expect(textOf(djangoApp({ start }))).not.toContain('install gunicorn==')
  })

  it('run Bun in its own image, at its own version', () => {
    const bases = (more: Partial<NodeFacts>) =>
      instructionsOf(nodeApp({ start: sure(['bun', 'main.ts']), ...more })).filter((line) =>
        line.startsWith('FROM'),
      )
    expect(bases({ packageManagerVersion: sure('10.9.0') })[1]).toBe('FROM oven/bun:1.4.5-slim')
    const bun = {
      packageManager: sure('bun' as const),
      packageManagerVersion: sure('1.2.3'),
      lockfiles: ['bun.lock'],
    }
    expect(bases(bun)[1]).toBe('FROM oven/bun:1.2.3-slim')
  })

  it('never run the server for development', () => {
    const app = djangoApp({ start: sure(['python', 'manage.py', 'runserver']) })
    expect(instructionsOf(app).at(-1)).toBe('CMD ["gunicorn", "shop.wsgi:application"]')
  })

  it('say that a lockfile is missing', () => {
    expect(dockerfileFor(nodeApp({ lockfiles: [] })).notes[0]).toContain('package-lock.json')
  })

  it('say that an image of uv needs a lockfile', () => {
    expect(dockerfileFor(djangoApp({ ...uvMember, lockfiles: [] })).notes[0]).toContain('uv.lock')
    expect(dockerfileFor(djangoApp(uvMember)).notes.join()).not.toContain('built from uv.lock')
  })

  it('fetch nothing for a workspace that keeps copies', () => {
    const workspace = {
      goWork: { folder: '.', hasSum: false },
      modules: [{ folder: 'api', hasGoSum: true }],
    }
    const app = goApp({ folder: 'api', workspaceRoot: '.', hasVendor: true, workspace })
    expect(goSteps(app)).toEqual([
      'WORKDIR /src',
      'WORKDIR /src/api',
      'COPY . /src/',
      expect.stringContaining('go build -mod=vendor -trimpath'),
    ])
  })

  it('ask a fixed port where the app does not read PORT', () => {
    const text = textOf(nodeApp({ readsPort: false }))
    expect(text).toContain("'http://127.0.0.1:' + 3000 +")
    expect(text).not.toContain('PORT=3000')
  })
})

const managers: [NodeManager, string][] = [
  ['npm', 'package-lock.json'],
  ['pnpm', 'pnpm-lock.yaml'],
  ['yarn-classic', 'yarn.lock'],
  ['yarn-berry', 'yarn.lock'],
  ['bun', 'bun.lock'],
]
const nodeKinds: Partial<NodeFacts>[] = [
  {},
  { hasDependencies: false, lockfiles: [] },
  { installNeedsSource: true },
  {
    scripts: { build: 'build' },
    outputFolder: 'dist',
    start: sure(['node', 'dist/main.js']),
    typescript: true,
  },
  { scripts: { build: 'build' }, outputFolder: null, start: sure(['node', 'main.js']) },
  { scripts: { build: 'build' }, installNeedsSource: true, outputFolder: 'dist' },
  {
    framework: sure('nest'),
    scripts: { build: 'build' },
    outputFolder: 'dist',
    start: sure(['node', 'dist/main']),
  },
  {
    framework: sure('next'),
    scripts: { build: 'build' },
    outputFolder: '.next',
    start: sure(['next', 'start']),
  },
  {
    framework: sure('next'),
    scripts: { build: 'build' },
    outputFolder: '.next/standalone',
    start: sure(['node', '.next/standalone/server.js']),
  },
  {
    framework: sure('nuxt'),
    scripts: { build: 'build' },
    outputFolder: '.output',
    start: sure(['node', '.output/server/index.mjs']),
  },
  { hasDependencies: false, scripts: { build: 'build' }, outputFolder: 'dist' },
  { start: sure(['bun', 'src/main.ts']) },
  { health: { readiness: sure('/readyz'), liveness: null }, readsPort: false },
  { installFiles: ['.npmrc', 'prisma', 'patches', '.yarnrc.yml', '.yarn'] },
]
const places: Partial<NodeFacts>[] = [
  {},
  { folder: 'apps/web', workspaceRoot: '.' },
  { folder: 'a/b/c', workspaceRoot: 'a' },
]

const nodeApps = managers.flatMap(([manager, lockfile]) =>
  nodeKinds.flatMap((kind) =>
    places.map((place) =>
      nodeApp({ packageManager: sure(manager), lockfiles: [lockfile], ...kind, ...place }),
    ),
  ),
)
const goPlaces: Partial<GoFacts>[] = [
  {},
  {
    ...{ folder: 'services/api', workspaceRoot: '.' },
    workspace: {
      goWork: { folder: '.', hasSum: true },
      modules: [
        { folder: 'services/api', hasGoSum: true },
        { folder: 'words', hasGoSum: false },
      ],
    },
  },
  {
    ...{ folder: 'back/api', workspaceRoot: 'back', ignoresGoWork: true },
    workspace: {
      goWork: null,
      modules: [
        { folder: 'api', hasGoSum: false },
        { folder: 'words', hasGoSum: true },
      ],
    },
  },
  {
    ...{ folder: 'cmd/api', workspaceRoot: '.' },
    workspace: { goWork: null, modules: [{ folder: '.', hasGoSum: true }] },
  },
]
const goMembers = goPlaces.flatMap((place) =>
  [true, false].flatMap((usesCgo) =>
    [true, false].flatMap((hasVendor) =>
      ['.', './cmd/server'].map((target) => goApp({ ...place, usesCgo, hasVendor, package: sure(target) })),
    ),
  ),
)
const goApps = [true, false].flatMap((usesCgo) =>
  [true, false].flatMap((hasVendor) =>
    [true, false].flatMap((hasGoSum) =>
      ['.', './cmd/server'].flatMap((target) =>
        ['example.com/shop', null].map((module) =>
          goApp({ usesCgo, hasVendor, hasGoSum, package: sure(target), module }),
        ),
      ),
    ),
  ),
)
const pythonApps = (['pip', 'uv', 'poetry', 'pipenv', 'pdm'] as const).flatMap((manager) =>
  ([null, 'gunicorn', 'uvicorn', 'daphne', 'waitress', 'hypercorn'] as const).flatMap((server) =>
    [true, false].flatMap((isDjango) =>
      ['requirements.txt', 'requirements/production.txt', null].map((requirements) =>
        djangoApp({
          ...{ manager: sure(manager), server: server === null ? null : sure(server), requirements },
          ...(isDjango ? {} : { django: null, framework: sure('flask') }),
          ...(server === 'uvicorn' || server === 'daphne' ? { asgi: sure('shop.asgi:application') } : {}),
          systemPackages: isDjango
            ? { build: ['libpq-dev', 'gcc'], run: ['libpq5'] }
            : { build: [], run: [] },
        }),
      ),
    ),
  ),
)
const uvMembers = pythonApps
  .filter(({ manager }) => manager.value === 'uv')
  .flatMap((app) => [
    { ...app, workspacePackage: 'shop', workspaceRoot: '.', lockfiles: ['uv.lock'] },
    { ...app, ...uvMember, django: app.django, server: app.server },
    { ...app, ...uvMember, folder: 'back/site', workspaceRoot: 'back' },
  ])
const matrix: AppFacts[] = [
  ...nodeApps,
  ...goApps,
  ...goMembers,
  ...pythonApps,
  ...uvMembers,
  ...[
    staticSite(),
    staticSite({ serves: sure('.') }),
    staticSite({ serves: sure('dist/site') }),
    staticSite({ serves: sure('coverage') }),
  ],
]

describe('every Dockerfile that is made', () => {
  it('keeps all rules, and does what it says', () => {
    expect(matrix.length).toBeGreaterThan(400)
    const wrong = matrix.flatMap((app) =>
      findings(app).map((one) => ({ app: JSON.stringify(app), one, text: textOf(app) })),
    )
    expect(wrong.slice(0, 2)).toEqual([])
  })

  it.each<[string, AppFacts, RegExp]>([
    ['its program', goApp(), /^COPY --from=build \/out\/server.*\n/m],
    ['its health check’s program', goApp(), /^COPY --from=build \/out\/healthcheck.*\n/m],
    ['its virtual environment', djangoApp(), /^COPY --from=build \/venv.*\n/m],
    ['what it installs of a workspace', djangoApp(uvMember), /^RUN.*uv sync .*\n/gm],
    ['its PATH', djangoApp(), /PATH=\/venv\/bin:\$PATH /],
    ['what it installs', djangoApp(), /^RUN.*requirements.txt\n/m],
    ['its WORKDIR', staticSite(), /^WORKDIR.*\n/m],
    [
      'the end of its build',
      nodeApp({ scripts: { build: 'build' }, outputFolder: 'dist' }),
      /^RUN.*prune.*\n/m,
    ],
  ])('is noticed by the simulator when it loses %s', (_, app, line) => {
    const { files } = dockerfileFor(app)
    const context = contextOf(app, files[1]!.content)
    const lost = files[0]!.content.replace(line, '')
    expect(lost).not.toBe(files[0]!.content)
    const found = simulate(lost, context).filter(({ verdict }) => verdict === 'fail')

    expect(found).not.toEqual([])
  })

  it('is noticed by the rules when a line of it is lost', () => {
    const text = textOf(nodeApp()).replace('USER 10001:10001\n', '')
    expect(lintDockerfile(text).map(({ id }) => id)).toEqual(['DF-08'])
  })

  it('keeps them for whatever facts say', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...matrix),
        oddWord,
        oddWord,
        fc.integer({ min: -1, max: 70_000 }),
        (app, word, other, port) => {
          const odd = withOdd(app, word, other, port)
          if (odd === null) return
          const text = tryText(odd)
          if (text === null) return
          expect(shapeOf(text)).toEqual(shapeOf(textOf(withOdd(app, 'plain', 'word', port)!)))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('texts of the app', () => {
  it.each(['a b', "it's", '$HOME', '"x"', '`id`', '$(id)', '#x', '[slug]', '*', '; rm -rf /', '--from=x'])(
    '%j stays a path',
    (path) => {
      const lines = textOf(staticSite({ serves: sure(path) })).split('\n')
      expect(lines.filter((line) => line.startsWith('COPY'))).toHaveLength(2)
      expect(shapeOf(lines.join('\n'))).toEqual(shapeOf(textOf(staticSite())))
    },
  )

  it('are escaped for COPY, which has variables, quotes and patterns even in JSON', () => {
    expect(
      instructionsOf(staticSite({ serves: sure("a $b's [c]") })).find((line) => line.startsWith('COPY [')),
    ).toBe(`COPY ["a \\\\$b\\\\'s [[]c]", "./a \\\\$b\\\\'s [c]/"]`)
  })

  it('are quoted for a shell', () => {
    expect(textOf(goApp({ package: sure("./cmd/it's; x") }))).toContain(`-o /out/server './cmd/it'\\''s; x'`)
  })

  it.each<[string, AppFacts]>([
    ['a line break in a folder', staticSite({ serves: sure('a\nRUN evil') })],
    ['one in a command', nodeApp({ start: sure(['node', 'a\nUSER root']) })],
    ['one in a version', nodeApp({ version: sure('24\nRUN evil') })],
    ['a path that leads out', staticSite({ serves: sure('../../etc') })],
    ['a version that is another image', nodeApp({ version: sure('24-slim AS x') })],
    ['a package that is an option', djangoApp({ systemPackages: { build: ['--allow-x'], run: [] } })],
    ['a line break in a module', djangoApp({ wsgi: sure('a:b\nUSER 0') })],
    [
      'a line break in the settings',
      djangoApp({ django: { settings: sure('a\nb'), managePy: 'manage.py', collectsStatic: true } }),
    ],
    ['a line break in a health path', nodeApp({ health: { readiness: null, liveness: sure('/a\u2028b') } })],
  ])('%s is refused', (_, app) => {
    expect(() => dockerfileFor(app)).toThrow(SluiceError)
    expect(() => dockerfileFor(app)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})

const oddWord = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    'a b',
    "'",
    '"',
    '$X',
    '$' + '{X}',
    '\\',
    'a\\',
    '\n',
    '\r',
    '`x`',
    '<<EOF',
    '[a]',
    '*',
    '#',
    '-x',
    '--from=a',
    '&&',
    ']',
    '", "',
    '\u2028',
    'é',
    '.env',
    'node_modules',
  ),
)

function withOdd(app: AppFacts, word: string, other: string, port: number): AppFacts | null {
  const health = { readiness: null, liveness: sure(`/${other}`) }
  const shared = { health, port: sure(port) }
  switch (app.stack) {
    case 'node':
      return {
        ...app,
        ...shared,
        start: sure(['node', word, other]),
        installFiles: app.workspaceRoot === null ? [`i${word}`] : [],
      }
    case 'go':
      return { ...app, ...shared, package: sure(`./cmd/${word}`) }
    case 'python':
      return {
        ...app,
        ...shared,
        wsgi: sure(`${word}:app`),
        django: app.django && { ...app.django, managePy: `m${word}.py`, settings: sure(other) },
      } as PythonFacts
    case 'static':
      return { ...app, ...shared, serves: sure(`s/${word}`) }
  }
}

/** Null where it is refused, which is an answer too. */
function tryText(app: AppFacts): string | null {
  try {
    return textOf(app)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONFIG_INVALID') return null
    throw error
  }
}

/** The instructions with their flags, but none of the words. */
function shapeOf(text: string): string[] {
  const { stages, globals } = parseDockerfile(text)
  const words = stages.flatMap(({ from, instructions }) => [from, ...instructions])
  return [...globals, ...words].map(({ keyword, flags }) =>
    [keyword, ...flags.map((one) => one.join('='))].join(' '),
  )
}

function textOf(app: AppFacts): string {
  return dockerfileFor(app).files[0]!.content
}

function instructionsOf(app: AppFacts): string[] {
  return textOf(app)
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** From the module's folder to its program. */
function goSteps(app: GoFacts): string[] {
  const lines = instructionsOf(app)
  return lines.slice(
    lines.indexOf('WORKDIR /src'),
    lines.findLastIndex((line) => line.startsWith('FROM')),
  )
}

function findings(app: AppFacts): DockerfileFinding[] {
  const { files } = dockerfileFor(app)
  const context = contextOf(app, files[1]!.content)
  return [...lintDockerfile(files[0]!.content, context), ...simulate(files[0]!.content, context)]
}

/** The files that an app with these facts has. */
function contextOf(app: AppFacts, dockerignore: string): BuildContext {
  const commands = ['next', 'gunicorn', 'uvicorn', 'daphne', 'waitress-serve', 'hypercorn']
  const own = ['Dockerfile', '.git/HEAD', '.env', 'README.md', ...ownFiles(app)]
  if (app.workspaceRoot === null) return { files: own, dockerignore, commands }
  const folder = posix.relative(app.workspaceRoot, app.folder)
  return {
    files: [...workspaceFiles(app), ...own.map((file) => posix.join(folder, file))],
    dockerignore,
    commands,
  }
}

function workspaceFiles(app: AppFacts): string[] {
  switch (app.stack) {
    case 'node':
      return ['package.json', ...app.lockfiles]
    case 'go': {
      const { goWork, modules } = app.workspace!
      return [
        ...(goWork === null ? [] : ['go.work', ...(goWork.hasSum ? ['go.work.sum'] : [])]),
        ...modules.flatMap(({ folder, hasGoSum }) => [
          posix.join(folder, 'go.mod'),
          ...(hasGoSum ? [posix.join(folder, 'go.sum')] : []),
        ]),
      ]
    }
    case 'python':
      return ['pyproject.toml', 'uv.lock', 'libs/words/pyproject.toml']
    case 'static':
      return []
  }
}

function ownFiles(app: AppFacts): string[] {
  switch (app.stack) {
    case 'node':
      return [
        'package.json',
        ...app.lockfiles,
        ...app.installFiles,
        'server.js',
        'src/main.ts',
        'node_modules/x/index.js',
      ]
    case 'go':
      return [
        'main.go',
        'cmd/server/main.go',
        ...(app.module === null || app.workspace !== null ? [] : ['go.mod']),
        ...(app.hasGoSum && app.workspace === null ? ['go.sum'] : []),
      ]
    case 'python':
      return [
        'pyproject.toml',
        'uv.lock',
        'poetry.lock',
        'pdm.lock',
        'Pipfile',
        'Pipfile.lock',
        'requirements.txt',
        'requirements/production.txt',
        'manage.py',
        'shop/wsgi.py',
      ]
    case 'static':
      return ['serve.mjs', `${app.serves.value === '.' ? '' : `${app.serves.value}/`}index.html`]
  }
}
