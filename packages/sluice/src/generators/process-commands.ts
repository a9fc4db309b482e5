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
  const member = memberOf({ folder, workspaceRoot })
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

/** The app's folder in its workspace; null where that begins with it, or there is none. */
function memberOf({ folder, workspaceRoot }: Pick<AppFacts, 'folder' | 'workspaceRoot'>): string | null {
  return (workspaceRoot === null ? '' : posix.relative(workspaceRoot, folder)) || null
}

// Of a workspace all is copied, and commands begin where it begins.
function inMember(command: string, member: string | null): string {
  return member === null ? command : `(cd ${shellWord(member)} && ${command})`
}

// In place of the shell, which would keep signals to itself.
function fromMember(command: string | string[], member: string): string {
  const line = typeof command === 'string' ? command : command.map(shellWord).join(' ')
  return `cd ${shellWord(member)} && exec ${line}`
}

function goCommands(app: GoFacts): ProcessCommands {
  const { name, package: built, hasVendor, ignoresGoWork } = app
  if (built === null) return { build: null, run: null, notes: [] }
  const member = memberOf(app)
  const vendor = hasVendor ? '-mod=vendor ' : ''
  // In the module's folder, by which Go finds go.mod and go.work; and there the app finds its files, as when it is run by hand.
  const build = `${ignoresGoWork ? 'GOWORK=off ' : ''}go build ${vendor}-trimpath -o bin/${name} ${shellWord(built.value)}`
  const run = [`./bin/${name}`]
  return { build: inMember(build, member), run: member === null ? run : fromMember(run, member), notes: [] }
}

const virtualEnvironments: { [K in PythonFacts['manager']['value']]: (app: PythonFacts) => string } = {
  pip: ({ requirements }) =>
    requirements === null
      ? 'python3 -m venv .venv'
      : `python3 -m venv .venv && .venv/bin/pip install --quiet -r ${shellWord(requirements)}`,
  uv: ({ workspacePackage, lockfiles }) => {
    const locked = lockfiles.some((file) => file.endsWith('uv.lock')) ? ' --locked' : ''
    const one = workspacePackage === null ? '' : ` --package ${shellWord(workspacePackage)}`
    return `uv sync${locked} --no-dev${one}`
  },
  poetry: () => 'POETRY_VIRTUALENVS_IN_PROJECT=true poetry sync --only main',
  pipenv: () => 'PIPENV_VENV_IN_PROJECT=1 pipenv sync',
  pdm: () => 'pdm sync --prod',
}

function pythonCommands(app: PythonFacts): ProcessCommands {
  const member = memberOf(app)
  const bin = posix.join(member === null ? '.' : posix.relative(member, '.'), '.venv/bin')
  const environment = virtualEnvironments[app.manager.value](app)
  const server = app.server?.value ?? null
  const added = server === null && app.wsgi !== null ? [addGunicorn(app)] : []
  const collected =
    app.django?.collectsStatic === true
      ? [
          inMember(
            `SECRET_KEY=only-for-this-command ${bin}/python ${shellWord(app.django.managePy)} collectstatic --noinput`,
            member,
          ),
        ]
      : []
  const notes = added.length === 0 ? [] : [serverAdded]
  const run =
    app.start?.value.map((word, index) => (index === 0 ? inEnvironment(word, bin) : word)) ??
    pythonServer(app, bin)
  return {
    build: [environment, ...added, ...collected].join(' && '),
    run: run === null || member === null ? run : fromMember(run, member),
    notes,
  }
}

// An environment that uv makes has no pip in it.
function addGunicorn({ manager }: PythonFacts): string {
  const install =
    manager.value === 'uv' ? 'uv pip install --python .venv/bin/python' : '.venv/bin/python -m pip install'
  return `${install} --quiet gunicorn==${tools.gunicorn}`
}

// What a person types in an activated environment lies there.
function inEnvironment(program: string, bin: string): string {
  return program.includes('/') ? program : `${bin}/${program}`
}

function pythonServer({ wsgi, asgi, server }: PythonFacts, bin: string): string | string[] | null {
  const isAsgi =
    asgi !== null &&
    (wsgi === null ||
      server?.value === 'uvicorn' ||
      server?.value === 'daphne' ||
      server?.value === 'hypercorn')
  if (isAsgi && asgi !== null) {
    switch (server?.value) {
      case 'daphne':
        return `${bin}/daphne -b 127.0.0.1 -p $PORT ${shellWord(asgi.value)}`
      case 'hypercorn':
        return `${bin}/hypercorn --bind 127.0.0.1:$PORT ${shellWord(asgi.value)}`
      case 'gunicorn':
        return [`${bin}/gunicorn`, '--worker-class', 'uvicorn.workers.UvicornWorker', asgi.value]
      case 'waitress':
      case 'uvicorn':
      case undefined:
        return `${bin}/uvicorn --host 127.0.0.1 --port $PORT ${shellWord(asgi.value)}`
    }
  }
  if (wsgi === null) return null
  // gunicorn listens on PORT by itself.
  return server?.value === 'waitress'
    ? `${bin}/waitress-serve --listen=127.0.0.1:$PORT ${shellWord(wsgi.value)}`
    : [`${bin}/gunicorn`, wsgi.value]
}
