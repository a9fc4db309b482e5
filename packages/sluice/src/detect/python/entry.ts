import { posix } from 'node:path'
import { withoutComments } from '../code.ts'
import type { Concluded } from '../facts.ts'
import { ownFiles } from '../own-files.ts'
import { lineAt } from '../place.ts'
import type { Survey } from '../survey.ts'

/** The object that a server is given, `main:app`. */
export interface Entry {
  kind: 'wsgi' | 'asgi'
  app: Concluded<string>
}

const kinds: Record<string, Entry['kind']> = {
  FastAPI: 'asgi',
  Starlette: 'asgi',
  Litestar: 'asgi',
  Quart: 'asgi',
  Sanic: 'asgi',
  Flask: 'wsgi',
  Bottle: 'wsgi',
}

/** How near a file is to being the one that is served, by its name. */
const usual = ['main', 'app', 'wsgi', 'asgi', 'server', 'application', 'run', '__init__']

/** The app object of Flask, FastAPI and their like; asked about where several files have one and no name tells. */
export async function entryOf(survey: Survey, folder: string, others: string[]): Promise<Entry | null> {
  const found: (Entry & { file: string })[] = []
  for (const path of ownFiles(survey, folder, /\.py$/, others)) {
    const text = survey.read(path)
    if (
      text === null ||
      !/\b(?:FastAPI|Starlette|Litestar|Quart|Sanic|Flask|Bottle|create_app|make_app)\b/.test(text)
    )
      continue
    const one = entryIn(folder, path, await withoutComments(path, text))
    if (one !== null) found.push({ ...one, file: path })
  }
  const apps = found.some(({ app }) => !app.value.endsWith('()'))
    ? found.filter(({ app }) => !app.value.endsWith('()'))
    : found
  const rank = ({ file }: { file: string }) =>
    depthOf(file) * 10 + (usual.indexOf(posix.basename(file, '.py')) + 1 || 9)
  const best = apps.toSorted((a, b) => rank(a) - rank(b))
  const rivals = best.filter((one) => depthOf(one.file) === depthOf(best[0]!.file))
  const isClear = rivals.length < 2 || usual.includes(posix.basename(best[0]!.file, '.py'))
  if (isClear) return best[0] ?? null
  survey.questions.push({
    folder,
    about: 'start',
    message: `${rivals.map(({ file }) => file).join(', ')} each make an app. Which one is served?`,
    choices: rivals.map(({ app }) => ({ value: app.value, because: app.from })),
    whyNoDefault: 'no name among them tells which one is the app',
  })
  return null
}

// At the beginning of a line: an object of the module, and not of a function in it.
function entryIn(folder: string, path: string, code: string): Entry | null {
  const inside = posix
    .relative(folder, path)
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
  const module = inside.replaceAll('/', '.')
  const made =
    /^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(FastAPI|Starlette|Litestar|Quart|Sanic|Flask|Bottle)\(/m.exec(code)
  if (made !== null) {
    const [, name, framework] = made
    const from = { file: path, line: lineAt(code, made.index), says: `${name} is made by ${framework}` }
    return { kind: kinds[framework!]!, app: { value: `${module}:${name}`, from } }
  }
  const called = /^(app|application|api)\s*=\s*(?:\w+\.)?(?:create_app|make_app)\(/m.exec(code)
  const factory = /^def (create_app|make_app)\(/m.exec(code)
  const match = called ?? factory
  if (match === null) return null
  const value = called === null ? `${module}:${factory![1]}()` : `${module}:${called[1]}`
  const kind = /\b(?:FastAPI|Starlette|Litestar|Quart|Sanic)\b/.test(code) ? 'asgi' : 'wsgi'
  return {
    kind,
    app: { value, from: { file: path, line: lineAt(code, match.index), says: `${match[1]} makes the app` } },
  }
}

function depthOf(path: string): number {
  return path.split('/').length
}
