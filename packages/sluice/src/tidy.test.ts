import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importCircles } from './tidy/import-circles.ts'
import { impurities, readsEnvironment } from './tidy/impurities.ts'
import { importedMembers, memberName, registeredNames } from './tidy/registry.ts'
import { type Import, parseSource, readSources, type SourceFile } from './tidy/source-file.ts'

/**
 * Who may import whom: room by room, what it may import beside itself. A room is a folder of `src` or one file in it;
 * a door is a room, a part of one, or a single file. `type core`: only types. A row for a part adds to its room's row.
 * This is the law; change it in the same commit as the reason.
 */
const law: Record<string, string[]> = {
  std: [],
  'errors.ts': [],
  host: ['std', 'errors.ts'],
  core: ['std'],
  proxy: ['std', 'errors.ts', 'host'],

  targets: ['core', 'std', 'errors.ts', 'host', 'routers/router.ts', 'metrics/source.ts'],
  // What keeps instances running, and what is taken of a user's folder, is the same whatever an instance is.
  'targets/process': ['targets/fleet', 'targets/snapshot'],
  'targets/docker': ['targets/fleet', 'targets/snapshot'],
  'targets/swarm': ['targets/fleet', 'targets/snapshot', 'targets/docker'],
  routers: ['core', 'std', 'errors.ts', 'host', 'targets/target.ts', 'metrics/source.ts'],
  'routers/embedded': [
    'proxy/ensure-proxy.ts',
    'proxy/control-client.ts',
    'proxy/control.ts',
    'proxy/table.ts',
  ],
  metrics: ['core', 'std', 'errors.ts', 'targets/target.ts', 'routers/router.ts'],
  runtime: [
    'core',
    'std',
    'errors.ts',
    'host',
    'targets/target.ts',
    'routers/router.ts',
    'metrics/source.ts',
  ],

  detect: ['std', 'errors.ts'],
  config: [
    ...[
      'core',
      'targets/index.ts',
      'type targets/target.ts',
      'routers/index.ts',
      'metrics/index.ts',
      'metrics/source.ts',
    ],
    ...['std', 'errors.ts'],
  ],
  // What a CI system runs is printed from the same stages that run on a laptop.
  generators: ['config', 'detect', 'pipeline', 'std', 'errors.ts', 'type core'],
  // A Dockerfile is judged by the same rules whoever wrote it.
  checks: ['config', 'detect', 'generators/dockerfile', 'std', 'errors.ts', 'type core'],
  pipeline: ['config', 'detect', 'std', 'errors.ts', 'type core'],
  flags: ['config', 'detect', 'std', 'errors.ts', 'type core'],
  notify: ['config', 'detect', 'std', 'errors.ts', 'type core'],

  server: [
    ...['core', 'runtime', 'config', 'detect', 'generators', 'checks', 'pipeline', 'flags', 'notify'],
    ...['std', 'errors.ts', 'host'],
    ...['targets/target.ts', 'targets/index.ts', 'routers/router.ts', 'routers/index.ts'],
    ...['metrics/source.ts', 'metrics/index.ts'],
  ],
  cli: [
    ...['core', 'runtime', 'config', 'detect', 'generators', 'checks', 'pipeline', 'flags', 'notify'],
    ...['std', 'errors.ts', 'host', 'targets', 'routers', 'metrics', 'proxy', 'server'],
  ],
  'cli/simulate': ['sim'],
  sim: ['core', 'runtime', 'std'],
}

/** Rooms without a package from outside, and those without even Node's own modules. */
const withoutPackages = ['std', 'errors.ts', 'core', 'host', 'proxy', 'sim']
const withoutNode = ['std', 'errors.ts', 'core']

/** What is in `std` and yet not for `core`, which waits for nothing. */
const promising = ['std/serial.ts']

/** Files of one kind in one folder, each named in the folder's registry; `beside` are those that are no members. */
const families: { folder: string; registry: string; beside: string[] }[] = [
  // The plans of `sluice rollback` and `sluice drill` are put together from the same pieces, but nobody chooses them as a
  // strategy.
  {
    folder: 'core/strategies',
    registry: 'strategies',
    beside: ['strategy.ts', 'pieces.ts', 'rollback.ts', 'drill.ts'],
  },
  // What targets share that keep instances running by themselves, and what they take of a user's folder.
  { folder: 'targets', registry: 'targets', beside: ['target.ts', 'fleet', 'snapshot'] },
  { folder: 'routers', registry: 'routers', beside: ['router.ts', 'fences.ts', 'route-conflict.ts'] },
  { folder: 'metrics', registry: 'sources', beside: ['source.ts'] },
  { folder: 'cli/commands', registry: 'commands', beside: ['command.ts'] },
  // What checks are given, how the app is started for them, and what is made of their answers.
  {
    folder: 'checks',
    registry: 'groups',
    beside: [
      'check.ts',
      'execution.ts',
      'settle.ts',
      'run-checks.ts',
      'reference.ts',
      'look',
      'running',
      'report',
    ],
  },
  ...['application', 'infrastructure', 'monitoring', 'security', 'operations'].map((group) => ({
    folder: `checks/${group}`,
    registry: group,
    beside: [],
  })),
  // What generators are given, what they share, and what is made of an env schema once there is one.
  {
    folder: 'generators',
    registry: 'generators',
    beside: [
      ...[
        'generator.ts',
        'request.ts',
        'stamp.ts',
        'process-commands.ts',
        'declared-variables.ts',
        'served-files.ts',
      ],
      ...['env-example.ts', 'env-docs.ts'],
    ],
  },
]

/** Where `process.env` is read. Configuration comes in by the first two; the others hand their own environment on to a program. */
const environmentReaders = {
  cli: 'the command line, the agent and its settings',
  'server/home.ts': 'SLUICE_HOME',
  'server/git.ts': 'git runs in it',
  'server/hooks.ts': 'hooks get an allow-listed part of it',
  'targets/process/process.ts': 'apps get an allow-listed part of it',
  'targets/process/build.ts': 'builds get an allow-listed part of it',
  'targets/docker/engine.ts': 'DOCKER_HOST and its companions; credential helpers run in it',
  'targets/swarm/managers.ts': 'DOCKER_HOST and SLUICE_SWARM_MANAGERS; credential helpers run in it',
}

/** The packages of the workspace that apps install: they depend on nothing at all, and never on each other. */
const forApps = ['env', 'health']

const src = fileURLToPath(new URL('.', import.meta.url))
const sources = readSources(src)
const shipped = sources.filter(({ path }) => !isForTests(path))

describe('rooms', () => {
  it('are all in the table', () => {
    const unknown = shipped.filter(({ path }) => !(roomOf(path) in law)).map(({ path }) => path)
    expect(unknown).toEqual([])
  })

  it('open only the doors that the table gives them', () => {
    expect(shipped.flatMap(trespasses)).toEqual([])
  })

  it('never ship what is for tests only', () => {
    const found = shipped.flatMap(({ path, imports }) =>
      imports
        .filter(({ isFile, from }) => isFile && isForTests(from))
        .map(({ from }) => `${path} -> ${from}`),
    )
    expect(found).toEqual([])
  })

  it('use only packages that are installed with Sluice, and only where packages are allowed', () => {
    const { dependencies } = JSON.parse(readFileSync(`${src}../package.json`, 'utf8'))
    const isAllowed = (room: string, { from }: Import) =>
      from.startsWith('node:')
        ? !withoutNode.includes(room)
        : !withoutPackages.includes(room) && packageOf(from) in dependencies
    const found = shipped.flatMap(({ path, imports }) =>
      imports
        .filter((one) => !one.isFile && !isAllowed(roomOf(path), one))
        .map(({ from }) => `${path} -> ${from}`),
    )
    expect(found).toEqual([])
  })

  it('hold no circle of imports', () => {
    expect(importCircles(shipped)).toEqual([])
  })
})

describe('core', () => {
  it('asks for no time, no chance, and waits for nothing', () => {
    const pure = shipped.filter(({ path }) => ['core', 'std'].includes(roomOf(path)))
    const found = pure.flatMap((file) => impurities(file).map((what) => [file.path, what] as const))
    expect(found.filter(([path, what]) => !(what === 'Promise' && promising.includes(path)))).toEqual([])
  })

  it('takes nothing from std that makes promises', () => {
    const core = shipped.filter(({ path }) => roomOf(path) === 'core')
    const doors = core.flatMap(({ path, imports }) => imports.map(({ from }) => [path, from] as const))
    expect(doors.filter(([, from]) => promising.includes(from))).toEqual([])
  })
})

describe('families', () => {
  it.each(families)('$folder lists each of its members, and nothing else', ({ folder, registry, beside }) => {
    const index = sources.find(({ path }) => path === `${folder}/index.ts`)!
    const besides = ['index', ...beside.map(memberName)]
    const inFolder = shipped
      .filter(({ path }) => path.startsWith(`${folder}/`))
      .map(({ path }) => memberName(path.slice(folder.length + 1)))
    const members = [...new Set(inFolder)].filter((name) => !besides.includes(name)).sort()
    expect(registeredNames(index, registry).toSorted()).toEqual(members)
    expect(
      importedMembers(index)
        .filter((name) => !besides.includes(name))
        .toSorted(),
    ).toEqual(members)
  })

  it('are known wherever a folder has a registry', () => {
    const registries = shipped.map(({ path }) => path).filter((path) => path.endsWith('/index.ts'))
    expect(registries.toSorted()).toEqual(families.map(({ folder }) => `${folder}/index.ts`).toSorted())
  })
})

describe('files', () => {
  it('are named for the one thing they hold', () => {
    const empty = ['util', 'utils', 'helper', 'helpers', 'common', 'types', 'manager', 'misc']
    const isEmpty = (path: string) => path.split(/[/.-]/).some((word) => empty.includes(word))
    expect(sources.map(({ path }) => path).filter(isEmpty)).toEqual([])
  })

  it('are written in kebab-case', () => {
    const kebab = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|suite|fixture))?\.ts$/
    expect(sources.map(({ path }) => path).filter((path) => !kebab.test(path))).toEqual([])
  })

  it('export by name, and name the files they import in full', () => {
    const found = sources.flatMap(({ path, program, imports }) => [
      ...(program.body as { type: string }[])
        .filter(({ type }) => type === 'ExportDefaultDeclaration')
        .map(() => `${path} has a default export`),
      ...imports
        .filter(({ isFile, written }) => isFile && !written.endsWith('.ts'))
        .map(({ written }) => `${path} -> ${written}`),
    ])
    expect(found).toEqual([])
  })

  it('read the environment only where it comes in, or is handed on', () => {
    const readers = shipped.filter(readsEnvironment).map(({ path }) => path)
    const allowed = Object.keys(environmentReaders)
    const isAllowed = (path: string) => allowed.some((door) => isBehind(door, path))
    expect(readers.filter((path) => !isAllowed(path))).toEqual([])
    expect(allowed.filter((door) => !readers.some((path) => isBehind(door, path)))).toEqual([])
  })
})

describe('packages', () => {
  it('have no newcomer without a rule', () => {
    expect(readdirSync(`${src}../..`).toSorted()).toEqual([...forApps, 'sluice'].toSorted())
  })

  it.each(forApps)('for apps bring nothing with them: %s', (name) => {
    const folder = `${src}../../${name}`
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      readFileSync(`${folder}/package.json`, 'utf8'),
    )
    expect({ dependencies, peerDependencies, optionalDependencies }).toEqual({})
    const own = readSources(`${folder}/src`).filter(({ path }) => !isForTests(path))
    const foreign = own.flatMap(({ path, imports }) =>
      imports
        .filter(({ isFile, from }) => !isFile && !from.startsWith('node:'))
        .map(({ from }) => `${path} -> ${from}`),
    )
    expect(own.length).toBeGreaterThan(0)
    expect(foreign).toEqual([])
  })
})

describe('the parser of these rules', () => {
  it('finds every way of writing an import', () => {
    const text = `
      import a, { type A } from './a.ts'
      import type { B } from '../b.ts'
      import { type C } from './c.ts'
      export * from './d.ts'
      export type { E } from './e.ts'
      type F = import('./f.ts').F
      const g = () => import('./g.ts')
      import 'zod'`
    const { imports } = parseSource('core/strategies/x.ts', text)
    const found = imports.map(({ from, isTypeOnly }) => [from, isTypeOnly])
    expect(Object.fromEntries(found)).toEqual({
      'core/strategies/a.ts': false,
      'core/b.ts': true,
      'core/strategies/c.ts': true,
      'core/strategies/d.ts': false,
      'core/strategies/e.ts': true,
      'core/strategies/f.ts': true,
      'core/strategies/g.ts': false,
      zod: false,
    })
  })

  it.each([
    ['Date.now()', ['Date']],
    ['new Date()', ['Date']],
    ['performance.now()', ['performance']],
    ['Math.random()', ['Math.random']],
    ["Math['random']()", ['Math.random']],
    ['const { now } = Date', ['Date']],
    ['crypto.randomUUID()', ['crypto']],
    ['setTimeout(f, 1)', ['setTimeout']],
    ['const f = async () => { await g() }', ['async', 'await']],
    ["import('./x.ts')", ['import()']],
    ['globalThis.Date', ['globalThis']],
    ['const pure = { process: seen.process, Date: 1 }', []],
    ['Math.max(1, 2)', []],
  ])('judges the purity of %s', (text, expected) => {
    expect(impurities(parseSource('core/x.ts', text)).toSorted()).toEqual(expected.toSorted())
  })

  it.each(['process.env.HOME', 'const { env } = process', "import { env } from 'node:process'"])(
    'sees the environment read by %s',
    (text) => {
      expect(readsEnvironment(parseSource('core/x.ts', text))).toBe(true)
    },
  )

  it('reads the names of a registry, and what it loads', () => {
    const text = `
      import type { Kind } from './target.ts'
      import { swarm } from './swarm.ts'
      export const targets = {
        process: { load: () => import('./process/process.ts') },
        'blue-green': 1,
        swarm,
      } satisfies Record<string, unknown>`
    const index = parseSource('targets/index.ts', text)
    expect(registeredNames(index, 'targets')).toEqual(['process', 'blue-green', 'swarm'])
    expect(importedMembers(index).toSorted()).toEqual(['process', 'swarm', 'target'])
  })

  it('finds a circle, and lets types close one', () => {
    const files = (second: string) => [
      parseSource('core/a.ts', "import { b } from './b.ts'"),
      parseSource('core/b.ts', second),
    ]
    expect(importCircles(files("import { a } from './a.ts'"))).toEqual([
      ['core/a.ts', 'core/b.ts', 'core/a.ts'],
    ])
    expect(importCircles(files("import type { A } from './a.ts'"))).toEqual([])
  })

  it('finds a door that the table closes, and lets types through where it says so', () => {
    const through = (path: string, text: string) => trespasses(parseSource(path, text))
    expect(through('core/x.ts', "import type { Clock } from '../runtime/clock.ts'")).toEqual([
      'core/x.ts -> runtime/clock.ts',
    ])
    expect(through('checks/x.ts', "import type { Plan } from '../core/plan.ts'")).toEqual([])
    expect(through('checks/x.ts', "import { plan } from '../core/plan.ts'")).toHaveLength(1)
    expect(through('routers/embedded/x.ts', "import { t } from '../../proxy/table.ts'")).toEqual([])
    expect(through('routers/haproxy/x.ts', "import { t } from '../../proxy/table.ts'")).toHaveLength(1)
    expect(through('routers/haproxy/x.ts', "import { e } from '../embedded/embedded.ts'")).toHaveLength(1)
  })
})

/** `core/step.ts` is in the room `core`; `errors.ts` is one itself. */
function roomOf(path: string): string {
  return path.split('/')[0]!
}

/** Tests, what only they use, and these rules. They may open any door. */
function isForTests(path: string): boolean {
  return /\.(?:test|suite|fixture)\.ts$/.test(path) || roomOf(path) === 'tidy'
}

function trespasses(file: SourceFile): string[] {
  return file.imports
    .filter((one) => one.isFile && !mayImport(file.path, one))
    .map(({ from }) => `${file.path} -> ${from}`)
}

function mayImport(path: string, { from, isTypeOnly }: Import): boolean {
  if (roomOf(path) === roomOf(from) && !isOtherMember(path, from)) return true
  const rows = Object.keys(law).filter((room) => isBehind(room, path))
  const doors = rows.flatMap((room) => law[room]!)
  return doors.some((door) =>
    door.startsWith('type ')
      ? isTypeOnly && isBehind(door.slice('type '.length), from)
      : isBehind(door, from),
  )
}

// Members of a family know its interface and not each other; the registry knows them all.
function isOtherMember(path: string, from: string): boolean {
  const family = ['targets', 'routers', 'metrics'].includes(roomOf(path))
  const [own, other] = [path.split('/'), from.split('/')]
  return family && own.length > 2 && other.length > 2 && own[1] !== other[1]
}

/** True for the file itself, and for everything in the folder. */
function isBehind(door: string, path: string): boolean {
  return path === door || path.startsWith(`${door}/`)
}

/** `@hono/node-server/x` is of `@hono/node-server`, `ajv/dist/2020.js` of `ajv`. */
function packageOf(from: string): string {
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')
}
