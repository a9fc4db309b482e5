import { posix } from 'node:path'
import { withoutComments } from '../code.ts'
import type { Concluded, PythonFacts } from '../facts.ts'
import { lineAt, short } from '../place.ts'
import type { Survey } from '../survey.ts'
import type { Dependencies } from './dependencies.ts'

/** What is known of an app of Django. */
export interface Django {
  facts: NonNullable<PythonFacts['django']>
  wsgi: Concluded<string> | null
  asgi: Concluded<string> | null
}

const named = /["']?DJANGO_SETTINGS_MODULE["']?\]?\s*(?:,|=)\s*["']([A-Za-z_][\w.]*)["']/

/** Django is where there is a manage.py that names settings, and the dependency; null where one of them is missing. */
export async function djangoOf(
  survey: Survey,
  folder: string,
  dependencies: Dependencies,
): Promise<Django | null> {
  const managePy = findManagePy(survey, folder)
  if (managePy === null) return null
  const text = survey.read(managePy) ?? ''
  const code = await withoutComments(managePy, text)
  const inManage = settingsIn(managePy, code)
  if (!dependencies.has('django')) {
    if (inManage !== null) survey.note(`${managePy} is of Django, which no file lists as a dependency`)
    return null
  }
  if (inManage === null) {
    survey.note(`${managePy} does not write out DJANGO_SETTINGS_MODULE, and so was not taken for Django's`)
    return null
  }
  const base = posix.dirname(managePy)
  const wsgiFile = findBeside(survey, base, inManage.value, 'wsgi.py')
  const asgiFile = findBeside(survey, base, inManage.value, 'asgi.py')
  const settings = await servedSettings(survey, wsgiFile ?? asgiFile, inManage)
  const written = await settingsCode(survey, base, settings.value)
  return {
    facts: {
      settings,
      managePy: posix.relative(folder, managePy),
      collectsStatic:
        dependencies.has('whitenoise') ||
        written.some(({ code }) => /^\s*STATIC_ROOT\s*(?::[^=\n]+)?=/m.test(code)),
    },
    wsgi: application(written, 'WSGI_APPLICATION') ?? fromFile(base, wsgiFile),
    asgi: application(written, 'ASGI_APPLICATION') ?? fromFile(base, asgiFile),
  }
}

function findManagePy(survey: Survey, folder: string): string | null {
  const below = survey
    .entries(folder)
    .filter(
      ({ name, isFolder }) =>
        isFolder && !/^[._]|^(?:tests?|docs|venv|env|node_modules|examples?)$/.test(name),
    )
  const places = [folder, ...below.map(({ name }) => posix.join(folder, name))]
  return places.map((place) => posix.join(place, 'manage.py')).find((path) => survey.isFile(path)) ?? null
}

function settingsIn(file: string, code: string): Concluded<string> | null {
  const found = named.exec(code)
  if (found === null) return null
  const says = `DJANGO_SETTINGS_MODULE is ${short(found[1]!)}`
  return { value: found[1]!, from: { file, line: lineAt(code, found.index + found[0].length), says } }
}

// manage.py is for whoever develops; what is served is what wsgi.py names.
async function servedSettings(
  survey: Survey,
  file: string | null,
  inManage: Concluded<string>,
): Promise<Concluded<string>> {
  const text = file === null ? null : survey.read(file)
  const served = file === null || text === null ? null : settingsIn(file, await withoutComments(file, text))
  if (served === null || served.value === inManage.value) return inManage
  survey.note(
    `${inManage.from.file} names ${inManage.value}, ${file} names ${served.value}: the latter is what is served`,
  )
  return served
}

// `config.settings.local`: beside the settings, or in a folder above them.
function findBeside(survey: Survey, base: string, settings: string, name: string): string | null {
  const parts = settings.split('.')
  for (let length = parts.length - 1; length >= 0; length--) {
    const path = posix.join(base, ...parts.slice(0, length), name)
    if (survey.isFile(path)) return path
  }
  const others = survey.entries(base).filter(({ isFolder }) => isFolder)
  return others.map((one) => posix.join(base, one.name, name)).find((path) => survey.isFile(path)) ?? null
}

/** The settings with what they are put together from: the other files of their folder. */
async function settingsCode(
  survey: Survey,
  base: string,
  settings: string,
): Promise<{ file: string; code: string }[]> {
  const path = posix.join(base, ...settings.split('.'))
  const folder = survey.isFolder(path) ? path : posix.dirname(path)
  const isSplit = survey.isFile(posix.join(folder, '__init__.py')) && posix.basename(folder) === 'settings'
  const parts = isSplit ? survey.entries(folder).map(({ name }) => posix.join(folder, name)) : []
  const files = [
    `${path}.py`,
    ...parts.filter((one) => one.endsWith('.py') && !/(?:test|local|dev)\w*\.py$/.test(one)),
  ]
  const found: { file: string; code: string }[] = []
  for (const file of [...new Set(files)].slice(0, 20)) {
    const text = survey.read(file)
    if (text !== null) found.push({ file, code: await withoutComments(file, text) })
  }
  return found
}

function application(written: { file: string; code: string }[], name: string): Concluded<string> | null {
  for (const { file, code } of written) {
    const found = new RegExp(`^${name}\\s*(?::[^=\\n]+)?=\\s*["']([\\w.]+)\\.(\\w+)["']`, 'm').exec(code)
    if (found === null) continue
    const from = {
      file,
      line: lineAt(code, found.index + 1),
      says: `${name} is ${short(`${found[1]}.${found[2]}`)}`,
    }
    return { value: `${found[1]}:${found[2]}`, from }
  }
  return null
}

function fromFile(base: string, file: string | null): Concluded<string> | null {
  if (file === null) return null
  const module = posix.relative(base, file).replace(/\.py$/, '').replaceAll('/', '.')
  return { value: `${module}:application`, from: { file, line: 1, says: `there is ${posix.basename(file)}` } }
}
