import { posix } from 'node:path'
import type { AppFacts, GoFacts, NodeFacts, PythonFacts } from '../detect/facts.ts'
import { tools } from './dockerfile/base-images.ts'
import { serverAdded } from './dockerfile/python-install.ts'
import { shellWord } from './dockerfile/text.ts'

/** How an app is built and started as a process. */
export interface ProcessCommands {
  /** Null: nothing has to be built. */
  build: string | null
  /** Null: nothing says what starts it. */
  run: string | string[] | null
  notes: string[]
}

/** The commands of a release's own copy of the folder. PORT is given to it. */
export function processCommands(app: AppFacts): ProcessCommands {
  switch (app.stack) {
    case 'node':
      return nodeCommands(app)
    case 'go':
      return goCommands(app)
    case 'python':
      return pythonCommands(app)
    case 'static':
      return { build: null, run: 'node serve.mjs', notes: [] }
  }
}

interface Install {
  /** As the lockfile says, and no other way. */
  locked: string
  free: string
  /** Added where NODE_ENV=production would leave out what a build needs. */
  withDevelopment: string
}

const installs: { [K in NodeFacts['packageManager']['value']]: Install } = {
  npm: { locked: 'npm ci', free: 'npm install', withDevelopment: ' --include=dev' },
  pnpm: { locked: 'pnpm install --frozen-lockfile', free: 'pnpm install', withDevelopment: ' --prod=false' },
  'yarn-classic': {
    locked: 'yarn install --frozen-lockfile',
    free: 'yarn install',
    withDevelopment: ' --production=false',
  },
  // Both install everything, whatever NODE_ENV says.
  'yarn-berry': { locked: 'yarn install --immutable', free: 'yarn install', withDevelopment: '' },
  bun: { locked: 'bun install --frozen-lockfile', free: 'bun install', withDevelopment: '' },
}

function nodeCommands({
  folder,
  workspaceRoot,
  packageManager,
  lockfiles,
  hasDependencies,
  scripts,
  start,
}: NodeFacts): ProcessCommands {
  const manager = packageManager.value
  const { locked, free, withDevelopment } = installs[manager]
  const member = workspaceRoot === null ? null : posix.relative(workspaceRoot, folder)
  const isLocked = lockfiles.length > 0
  const isBuilt = scripts.build !== undefined
  const install = `${isLocked ? locked : free}${isBuilt ? withDevelopment : ''}`
  const program = manager.startsWith('yarn') ? 'yarn' : manager
  const isStandalone = start?.value.includes('.next/standalone/server.js') === true
  const steps = [
    ...(hasDependencies ? [install] : []),
    ...(scripts.build === undefined ? [] : [inMember(`${program} run ${shellWord(scripts.build)}`, member)]),
    // Next leaves what browsers load beside its server, and says to copy it.
    ...(isStandalone
      ? [
          inMember(
            'mkdir -p public && cp -R public .next/standalone/ && cp -R .next/static .next/standalone/.next/',
            member,
          ),
        ]
      : []),
  ]
  return {
    build: steps.join(' && ') || null,
    run: start === null || member === null ? (start?.value ?? null) : fromMember(start.value, member),
    // That there is no lockfile has been said where it was looked for.
    notes: [],
  }
}

// Of a workspace all is copied, and commands begin where it begins.
function inMember(command: string, member: string | null): string {
  return member === null ? command : `(cd ${shellWord(member)} && ${command})`
}

// In place of the shell, which would keep signals to itself.
function fromMember(words: string[], member: string): string {
  return `cd ${shellWord(member)} && exec ${words.map(shellWord).join(' ')}`
}

function goCommands({ name, package: built, hasVendor }: GoFacts): ProcessCommands {
  if (built === null) return { build: null, run: null, notes: [] }
  const vendor = hasVendor ? '-mod=vendor ' : ''
  return {
    build: `go build ${vendor}-trimpath -o bin/${name} ${shellWord(built.value)}`,
    run: [`./bin/${name}`],
    notes: [],
  }
}

const virtualEnvironments: { [K in PythonFacts['manager']['value']]: (app: PythonFacts) => string } = {
  pip: ({ requirements }) =>
    requirements === null
      ? 'python3 -m venv .venv'
      : `python3 -m venv .venv && .venv/bin/pip install --quiet -r ${shellWord(requirements)}`,
  uv: () => 'uv sync --locked --no-dev',
  poetry: () => 'POETRY_VIRTUALENVS_IN_PROJECT=true poetry sync --only main',
  pipenv: () => 'PIPENV_VENV_IN_PROJECT=1 pipenv sync',
  pdm: () => 'pdm sync --prod',
}

function pythonCommands(app: PythonFacts): ProcessCommands {
  const environment = virtualEnvironments[app.manager.value](app)
  const server = app.server?.value ?? null
  const added =
    server === null && app.wsgi !== null
      ? [`.venv/bin/python -m pip install --quiet gunicorn==${tools.gunicorn}`]
      : []
  const collected =
    app.django?.collectsStatic === true
      ? [
          `SECRET_KEY=only-for-this-command .venv/bin/python ${shellWord(app.django.managePy)} collectstatic --noinput`,
        ]
      : []
  const notes = added.length === 0 ? [] : [serverAdded]
  return {
    build: [environment, ...added, ...collected].join(' && '),
    run:
      app.start?.value.map((word, index) => (index === 0 ? inEnvironment(word) : word)) ?? pythonServer(app),
    notes,
  }
}

// What a person types in an activated environment lies there.
function inEnvironment(program: string): string {
  return program.includes('/') ? program : `.venv/bin/${program}`
}

function pythonServer({ wsgi, asgi, server }: PythonFacts): string | string[] | null {
  const isAsgi =
    asgi !== null &&
    (wsgi === null ||
      server?.value === 'uvicorn' ||
      server?.value === 'daphne' ||
      server?.value === 'hypercorn')
  if (isAsgi && asgi !== null) {
    switch (server?.value) {
      case 'daphne':
        return `.venv/bin/daphne -b 127.0.0.1 -p $PORT ${shellWord(asgi.value)}`
      case 'hypercorn':
        return `.venv/bin/hypercorn --bind 127.0.0.1:$PORT ${shellWord(asgi.value)}`
      case 'gunicorn':
        return ['.venv/bin/gunicorn', '--worker-class', 'uvicorn.workers.UvicornWorker', asgi.value]
      case 'waitress':
      case 'uvicorn':
      case undefined:
        return `.venv/bin/uvicorn --host 127.0.0.1 --port $PORT ${shellWord(asgi.value)}`
    }
  }
  if (wsgi === null) return null
  // gunicorn listens on PORT by itself.
  return server?.value === 'waitress'
    ? `.venv/bin/waitress-serve --listen=127.0.0.1:$PORT ${shellWord(wsgi.value)}`
    : ['.venv/bin/gunicorn', wsgi.value]
}
