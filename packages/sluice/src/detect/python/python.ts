import { posix } from 'node:path'
import { appName } from '../app-name.ts'
import { elsewhere } from '../elsewhere.ts'
import type { Concluded, Evidence, PythonFacts } from '../facts.ts'
import { healthOf } from '../health.ts'
import { lineAt, short } from '../place.ts'
import { servicesOf } from '../services.ts'
import { commandsOf } from '../shell-words.ts'
import type { Survey } from '../survey.ts'
import { record } from '../tool-versions.ts'
import { type Dependencies, readDependencies, readToml, requirementsFile, type Toml } from './dependencies.ts'
import { developmentOf } from './development.ts'
import { type Django, djangoOf } from './django.ts'
import { type Entry, entryOf } from './entry.ts'
import { pythonLockfiles, pythonManager } from './installed-by.ts'
import { listeningOf } from './listening.ts'
import { systemPackages } from './system-packages.ts'
import { memberFolders, noteSourcesOutside, uvMember, uvOf, withMembers } from './uv-workspace.ts'
import { pythonVersion } from './version.ts'

type Server = NonNullable<PythonFacts['server']>['value']

const manifests = [
  'pyproject.toml',
  'Pipfile',
  'setup.py',
  'setup.cfg',
  'manage.py',
  'uv.lock',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
]

/** What shows that a folder is Python's; null where nothing does. */
export function pythonSign(survey: Survey, folder: string): Evidence | null {
  const requirements = requirementsFile(survey, folder)
  const scripts = ['main.py', 'app.py', 'wsgi.py']
  const found = [...(requirements === null ? [] : [requirements]), ...manifests, ...scripts].find((name) =>
    survey.isFile(posix.join(folder, name)),
  )
  return found === undefined ? null : { file: posix.join(folder, found), line: 1, says: `there is ${found}` }
}

/** What is known of an app in Python; null where a folder shows none. */
export async function pythonFacts(
  survey: Survey,
  folder: string,
  others: string[],
): Promise<PythonFacts | null> {
  const because = pythonSign(survey, folder)
  if (because === null) return null
  const pyproject = readToml(survey, folder, 'pyproject.toml')
  const pipfile = readToml(survey, folder, 'Pipfile')
  const member = uvMember(survey, folder)
  const own = readDependencies(survey, folder, pyproject, pipfile)
  const dependencies = member === null ? own : withMembers(survey, own, member)
  const manager = member === null ? pythonManager(survey, folder, pyproject, pipfile) : uvOf(member)
  const ruling = member?.workspace.folder ?? folder
  const locks = pythonLockfiles(survey, ruling)
  if (manager.value === 'uv') noteSourcesOutside(survey, folder, member)
  if (manager.value === 'uv' && !locks.includes('uv.lock')) survey.note(noLock(ruling))
  const django = await djangoOf(survey, folder, dependencies)
  const entry = django === null ? await entryOf(survey, folder, others) : null
  const wsgi = django?.wsgi ?? (entry?.kind === 'wsgi' ? entry.app : null)
  const asgi = django?.asgi ?? (entry?.kind === 'asgi' ? entry.app : null)
  const server = serverOf(dependencies, wsgi, asgi, django !== null)
  const listening = await listeningOf(survey, folder, others)
  const start = startOf(survey, folder, { server, wsgi, asgi, django, entry })
  return {
    stack: 'python',
    name: appName(nameIn(pyproject), posix.basename(posix.join(survey.root, folder))),
    folder,
    workspaceRoot: member === null ? null : ruling,
    because,
    framework: frameworkOf(dependencies, django, entry),
    version: pythonVersion(survey, { folder, member }, pyproject, pipfile),
    ...withServer(listening, server, start, hasConfiguration(survey, folder)),
    start,
    health: await healthOf(survey, folder, /\.py$/, others),
    services: servicesOf('python', dependencies.keys(), (name) => dependencies.get(name)!.from),
    outputFolder: null,
    lockfiles: locks.map((name) => posix.relative(folder, posix.join(ruling, name))),
    codeElsewhere: member === null ? [] : elsewhere(folder, memberFolders(survey, own, member)),
    manager,
    workspacePackage: member?.name ?? null,
    requirements: requirementsFile(survey, folder),
    dependencies: [...dependencies.keys()],
    development: developmentOf(survey, folder, { pyproject, pipfile, manager: manager.value }),
    wsgi,
    asgi,
    server,
    django: django?.facts ?? null,
    systemPackages: systemPackages(dependencies),
  }
}

/** Whether a folder of Python is more than a library or a few scripts. */
export function isPythonServed(facts: PythonFacts): boolean {
  return facts.start !== null || facts.django !== null || facts.framework !== null
}

function noLock(folder: string): string {
  const where = folder === '.' ? 'There' : `In ${folder} there`
  return `${where} is no uv.lock: what is installed may differ from what was tested. Make one with uv lock, and commit it`
}

function nameIn(pyproject: Toml | null): string | null {
  const { project, tool } = pyproject?.fields ?? {}
  const name = record(project).name ?? record(record(tool).poetry).name
  return typeof name === 'string' ? name : null
}

function frameworkOf(
  dependencies: Dependencies,
  django: Django | null,
  entry: Entry | null,
): Concluded<string> | null {
  if (django !== null) return { value: 'django', from: dependencies.get('django')!.from }
  const found = ['fastapi', 'flask', 'starlette', 'litestar', 'quart', 'sanic', 'bottle'].find((name) =>
    dependencies.has(name),
  )
  if (found !== undefined) return { value: found, from: dependencies.get(found)!.from }
  const made = /made by (\w+)/.exec(entry?.app.from.says ?? '')?.[1]
  return made === undefined ? null : { value: made.toLowerCase(), from: entry!.app.from }
}

/** The server that fits: one of ASGI where that is all there is, or the only one among the dependencies. */
function serverOf(
  dependencies: Dependencies,
  wsgi: Concluded<string> | null,
  asgi: Concluded<string> | null,
  isDjango: boolean,
): PythonFacts['server'] {
  const forWsgi: Server[] = ['gunicorn', 'waitress']
  const forAsgi: Server[] = ['uvicorn', 'daphne', 'hypercorn']
  const order =
    asgi !== null && (wsgi === null || isDjango)
      ? [...(isDjango ? ['gunicorn' as const] : []), ...forAsgi]
      : []
  for (const name of [...order, ...forWsgi, ...forAsgi]) {
    const found = dependencies.get(name)
    if (found !== undefined) return { value: name, from: found.from }
  }
  const fastapi = dependencies.get('fastapi')
  const bringsOne = fastapi?.extras.some((extra) => extra === 'standard' || extra === 'all')
  return bringsOne
    ? { value: 'uvicorn', from: { ...fastapi!.from, says: 'fastapi[standard] brings uvicorn' } }
    : null
}

interface Clues {
  server: PythonFacts['server']
  wsgi: Concluded<string> | null
  asgi: Concluded<string> | null
  django: Django | null
  entry: Entry | null
}

function startOf(survey: Survey, folder: string, clues: Clues): PythonFacts['start'] {
  const procfile = fromProcfile(survey, folder)
  if (procfile !== null) return procfile
  const { server, wsgi, asgi, django, entry } = clues
  const at = folder === '.' ? '' : `${folder}: `
  if (server !== null) {
    const isAsync = ['uvicorn', 'daphne', 'hypercorn'].includes(server.value)
    const app = isAsync ? asgi : (wsgi ?? asgi)
    if (app !== null)
      return { value: commandFor(server.value, app, app === asgi && !isAsync), from: app.from }
    if (wsgi !== null) {
      survey.note(`${at}${server.value} serves no WSGI, and ${wsgi.value} is that; add gunicorn`)
      return null
    }
  }
  if (server === null && (django !== null || entry !== null)) {
    // For WSGI there is one that whoever builds it may add.
    if (entry?.kind === 'asgi')
      survey.note(
        `${at}no server is among the dependencies; add uvicorn, as a server for development is none`,
      )
    return null
  }
  const script = ['main.py', 'app.py', 'server.py', 'run.py'].find((name) =>
    survey.isFile(posix.join(folder, name)),
  )
  if (script === undefined) return null
  return {
    value: ['python', script],
    from: { file: posix.join(folder, script), line: 1, says: `there is ${script}` },
  }
}

function commandFor(server: Server, app: Concluded<string>, needsWorker: boolean): string[] {
  const isFactory = app.value.endsWith('()')
  switch (server) {
    case 'gunicorn':
      return [
        'gunicorn',
        ...(needsWorker ? ['--worker-class', 'uvicorn.workers.UvicornWorker'] : []),
        app.value,
      ]
    case 'uvicorn': {
      const name = app.value.replace(/\(\)$/, '')
      return ['uvicorn', ...(isFactory ? ['--factory'] : []), name, '--host', '0.0.0.0', '--port', '8000']
    }
    case 'daphne':
      return ['daphne', '-b', '0.0.0.0', '-p', '8000', app.value]
    case 'hypercorn':
      return ['hypercorn', '--bind', '0.0.0.0:8000', app.value]
    case 'waitress':
      return [
        'waitress-serve',
        '--listen=0.0.0.0:8080',
        ...(isFactory ? ['--call'] : []),
        app.value.replace(/\(\)$/, ''),
      ]
  }
}

// `web: gunicorn shop.wsgi`, where it needs no shell. Gunicorn takes PORT by itself.
function fromProcfile(survey: Survey, folder: string): PythonFacts['start'] {
  const file = posix.join(folder, 'Procfile')
  const text = survey.read(file)
  const web = /^web:[ \t]*(\S.*)$/m.exec(text ?? '')
  if (text === null || web === null) return null
  const isGunicorn = web[1]!.startsWith('gunicorn ')
  const plain = isGunicorn
    ? web[1]!.replace(/(?:\s(?:-b|--bind)(?:\s+|=))["']?[\w.]*:\$\{?PORT\}?["']?/, '')
    : web[1]!
  const commands = commandsOf(plain)
  const line = lineAt(text, web.index + 1)
  if (commands?.length !== 1 || commands[0]!.some((word, index) => index === 0 && word.includes('='))) {
    survey.note(`${file}: its web needs a shell, and was not taken as the start: ${short(web[1]!)}`)
    return null
  }
  if (commands[0]!.includes('runserver')) return null
  return { value: commands[0]!, from: { file, line, says: `web is ${short(web[1]!)}` } }
}

function hasConfiguration(survey: Survey, folder: string): boolean {
  return survey.isFile(posix.join(folder, 'gunicorn.conf.py'))
}

const defaults: { [S in Server]: number } = {
  gunicorn: 8000,
  uvicorn: 8000,
  daphne: 8000,
  hypercorn: 8000,
  waitress: 8080,
}

// A port in the code is of `python main.py`; a server that is started by name has its own.
function withServer(
  listening: Pick<PythonFacts, 'port' | 'readsPort'>,
  server: PythonFacts['server'],
  start: PythonFacts['start'],
  isConfigured: boolean,
): Pick<PythonFacts, 'port' | 'readsPort'> {
  if (server === null || start?.value[0] === 'python') return listening
  const isGunicorn = server.value === 'gunicorn'
  if (isGunicorn && isConfigured && (listening.port !== null || listening.readsPort)) return listening
  const port = {
    value: defaults[server.value],
    from: { ...server.from, says: `${server.value} listens on ${defaults[server.value]}` },
  }
  return { port, readsPort: isGunicorn && !isConfigured }
}
