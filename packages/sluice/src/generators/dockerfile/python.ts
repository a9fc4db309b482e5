import type { PythonFacts } from '../../detect/facts.ts'
import { newest } from '../../pipeline/pins.ts'
import { baseImages } from './base-images.ts'
import { type BuiltFrom, builtFrom, contextNotes } from './build-context.ts'
import { type Draft, portOf, userLine } from './draft.ts'
import { probeOfApp, pythonCheck } from './health-check.ts'
import { addServer, pythonInstall, serverAdded } from './python-install.ts'
import {
  copyLine,
  execForm,
  insidePath,
  joined,
  packageWord,
  shellWord,
  versionWord,
  workdirLine,
} from './text.ts'

/** Python: one virtual environment, made where there are tools and copied whole. Null: nothing says what starts it. */
export function pythonDraft(app: PythonFacts): Draft | null {
  const command = commandOf(app)
  if (command === null) return null
  const image = baseImages.python(versionWord(app.version?.value ?? newest.python))
  const install = pythonInstall(app)
  const isAdded = command.isAdded
  const port = portOf(app, 8000)
  const readsPort = command.readsPort || app.readsPort
  const place = builtFrom(app)
  const inApp = (path: string) => joined(place.folder, path)
  return {
    lines: [
      '# Installed where there are tools for it; what runs is the virtual environment and the app, on the same Python.',
      `FROM ${image} AS build`,
      ...aptLines(app.systemPackages.build),
      'ENV PIP_DISABLE_PIP_VERSION_CHECK=1',
      'WORKDIR /app',
      ...install.lines,
      ...(isAdded
        ? [
            '# No server is among the dependencies: add gunicorn to them, and take this line out.',
            addServer(app),
          ]
        : []),
      'COPY . .',
      ...install.afterSource,
      ...inFolder(place, collectLines(app)),
      '',
      `FROM ${image}`,
      ...aptLines(app.systemPackages.run),
      `ENV PATH=/venv/bin:$PATH ${readsPort ? `PORT=${port} ` : ''}PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1`,
      'WORKDIR /app',
      'COPY --from=build /venv /venv',
      copyLine([place.folder === '.' ? '/app' : `/app/${place.folder}`], './', ['--from=build']),
      userLine,
      `EXPOSE ${port}`,
      ...pythonCheck(probeOfApp(app, port, readsPort), app.django !== null),
      ...command.comments,
      `CMD ${execForm(command.words)}`,
    ],
    needs: [
      ...install.manifests,
      ...(app.django === null ? [] : [inApp(insidePath(app.django.managePy))]),
      ...[app.wsgi, app.asgi].flatMap((one) => (one === null ? [] : [inApp(one.value.split(/[.:]/)[0]!)])),
    ],
    made: [],
    notes: [
      ...(isAdded ? [serverAdded] : []),
      ...lockNotes(app),
      ...contextNotes(place),
      ...(app.django === null
        ? []
        : [
            'Migrations are not run by the image: every instance would. Run them once for each release, as a hook.',
          ]),
    ],
    contextAbove: place.above,
  }
}

// Of a workspace all is copied, and what is the app's alone is done where the app is.
function inFolder({ folder }: BuiltFrom, lines: string[]): string[] {
  return folder === '.' || lines.length === 0 ? lines : [workdirLine(`/app/${folder}`), ...lines]
}

function lockNotes({ manager, lockfiles }: PythonFacts): string[] {
  return manager.value !== 'uv' || lockfiles.some((file) => file.endsWith('uv.lock'))
    ? []
    : ['The image is built from uv.lock, and there is none yet: make one and commit it.']
}

interface Command {
  words: string[]
  comments: string[]
  isAdded: boolean
  /** Whatever the app’s own code does. */
  readsPort: boolean
}

/** By its server’s own words. PORT is read by gunicorn itself; the others are told by a shell that is replaced by them. */
function commandOf({ start, server, wsgi, asgi, dependencies }: PythonFacts): Command | null {
  const words = start?.value ?? []
  const isForDevelopment = words.includes('runserver')
  if (words.length > 0 && !isForDevelopment) {
    const isGunicorn = words[0] === 'gunicorn'
    const isAdded = isGunicorn && !dependencies.includes('gunicorn')
    return { words, comments: [], isAdded, readsPort: isGunicorn }
  }
  const workers = ['# gunicorn takes PORT by itself, and as many workers as WEB_CONCURRENCY says.']
  const shell = ['# A shell for PORT alone: exec puts the server in its place, so that signals reach it.']
  const told = (script: string, app: string): Command => ({
    words: ['sh', '-c', `exec ${script} "$@"`, script.split(' ')[0]!, app],
    comments: shell,
    isAdded: false,
    readsPort: true,
  })
  const gunicorn = (app: string, more: string[], isAdded: boolean): Command => ({
    words: ['gunicorn', ...more, app],
    comments: workers,
    isAdded,
    readsPort: true,
  })
  const [http, events] = [wsgi?.value, asgi?.value]
  switch (server?.value) {
    case 'uvicorn':
      if (events !== undefined) return told('uvicorn --host 0.0.0.0 --port "$PORT"', events)
      break
    case 'daphne':
      if (events !== undefined) return told('daphne -b 0.0.0.0 -p "$PORT"', events)
      break
    case 'hypercorn':
      if ((events ?? http) !== undefined) return told('hypercorn --bind "0.0.0.0:$PORT"', (events ?? http)!)
      break
    case 'waitress':
      if (http !== undefined) return told('waitress-serve --listen="0.0.0.0:$PORT"', http)
      break
    case 'gunicorn':
      if (http !== undefined) return gunicorn(http, [], false)
      if (events !== undefined && dependencies.includes('uvicorn'))
        return gunicorn(events, ['--worker-class', 'uvicorn.workers.UvicornWorker'], false)
      break
    case undefined:
      break
  }
  return http === undefined ? null : gunicorn(http, [], server?.value !== 'gunicorn')
}

function collectLines({ django }: PythonFacts): string[] {
  if (django === null || !django.collectsStatic) return []
  const settings = `DJANGO_SETTINGS_MODULE=${shellWord(django.settings.value)}`
  return [
    '# A key for this line alone: Django does not start without one, and nothing that is signed with it is kept.',
    `RUN SECRET_KEY=only-for-this-line DJANGO_SECRET_KEY=only-for-this-line ${settings} \\`,
    `    /venv/bin/python ${shellWord(insidePath(django.managePy))} collectstatic --noinput`,
  ]
}

function aptLines(packages: string[]): string[] {
  if (packages.length === 0) return []
  const names = packages.map(packageWord).toSorted().join(' ')
  return [
    `RUN apt-get update && apt-get install --yes --no-install-recommends ${names} && rm -rf /var/lib/apt/lists/*`,
  ]
}
