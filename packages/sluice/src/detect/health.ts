import { posix } from 'node:path'
import { withoutComments } from './code.ts'
import type { CommonFacts, Concluded } from './facts.ts'
import { ownFiles } from './own-files.ts'
import { placeOf } from './place.ts'
import type { Survey } from './survey.ts'

const readinessNames = ['readyz', 'ready', 'readiness', 'healthz', 'health', 'healthcheck', 'health-check']
const livenessNames = ['livez', 'live', 'liveness', 'healthz']
const words = [...new Set([...readinessNames, ...livenessNames])].join('|')

// `/api/healthz`, `GET /readyz`, `/health/ready/`; quoted as any of the languages does it.
const route = new RegExp(`(["'\`])(?:(?:GET|HEAD) )?((?:/[\\w-]+){0,3}/(?:${words})/?)(?:\\{\\$\\})?\\1`, 'g')
const djangoRoute = new RegExp(`\\bpath\\(\\s*(["'])((?:[\\w-]+/){0,3}(?:${words})/?)\\1`, 'g')
const nestRoute = new RegExp(`@Controller\\(\\s*(["'\`])((?:[\\w-]+/){0,3}(?:${words}))\\1`, 'g')

// `fetch('/health')` asks somebody else.
const asks =
  /(?:\bfetch|\baxios(?:\.\w+)?|\brequests\.\w+|\bhttpx\.\w+|\bhttp\.(?:get|request|Get|Head|NewRequest\w*)|[cC]lient\.\w+|\bcurl\b|\bwget\b|https?:\/\/)[^;\n]*$/

type Health = CommonFacts['health']

/** The paths by which an app says how it is, where its code writes them out. */
export async function healthOf(
  survey: Survey,
  folder: string,
  files: RegExp,
  others: string[],
): Promise<Health> {
  return await healthIn(survey, ownFiles(survey, folder, files, others), folder)
}

/** The same, of these files; with a folder, also by where in it they are. */
export async function healthIn(survey: Survey, paths: string[], folder?: string): Promise<Health> {
  const found: Concluded<string>[] = []
  for (const path of paths) {
    const byFile = folder === undefined ? null : fileRoute(posix.relative(folder, path))
    if (byFile !== null)
      found.push({ value: byFile, from: { file: path, line: 1, says: `it answers ${byFile}` } })
    const text = survey.read(path)
    if (text !== null && mayHold(text)) found.push(...(await routesIn(path, text)))
  }
  return { readiness: best(found, readinessNames), liveness: best(found, livenessNames) }
}

// Parsing is dear, and most files hold nothing of the kind.
function mayHold(text: string): boolean {
  return [route, djangoRoute, nestRoute].some((pattern) => text.search(pattern) !== -1)
}

async function routesIn(path: string, text: string): Promise<Concluded<string>[]> {
  const code = await withoutComments(path, text)
  const patterns = path.endsWith('.py') ? [route, djangoRoute] : [route, nestRoute]
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap((match) => {
      const before = code.slice(code.lastIndexOf('\n', match.index) + 1, match.index)
      if (asks.test(before)) return []
      const value = pattern === route ? match[2]! : `/${match[2]}`
      return [
        { value, from: placeOf(path, `${text.slice(0, match.index)}\0`, ['\0'], `it answers ${value}`) },
      ]
    }),
  )
}

// Frameworks whose folders are their routes: Next, Nuxt, SvelteKit.
function fileRoute(path: string): string | null {
  const shapes = [
    /^(?:src\/)?app\/(?<route>[\w/-]+)\/route\.[jt]s$/,
    /^(?:src\/)?pages\/(?<route>api\/[\w/-]+?)(?:\/index)?\.[jt]s$/,
    /^server\/(?<route>api\/[\w/-]+?)(?:\.get)?\.[jt]s$/,
    /^server\/routes\/(?<route>[\w/-]+?)(?:\.get)?\.[jt]s$/,
    /^src\/routes\/(?<route>[\w/-]+)\/\+server\.[jt]s$/,
  ]
  const route = shapes.map((shape) => shape.exec(path)?.groups?.route).find((one) => one !== undefined)
  return route !== undefined && new RegExp(`(?:^|/)(?:${words})$`).test(route) ? `/${route}` : null
}

// By the name first; of the same name the shortest path, which is the app's own and not a part's.
function best(found: Concluded<string>[], names: string[]): Concluded<string> | null {
  const rank = ({ value }: Concluded<string>) => names.indexOf(lastOf(value)) * 1000 + value.length
  const fit = found.filter(({ value }) => names.includes(lastOf(value)))
  return fit.length === 0 ? null : fit.reduce((a, b) => (rank(b) < rank(a) ? b : a))
}

function lastOf(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1)!
}
