import { lineAt } from './files.ts'
import { isForTests } from './for-tests.ts'
import { once } from './look.ts'

/** A route, as the code writes it out. */
export interface WrittenRoute {
  /** `ANY` where the code does not say. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ANY'
  /** From `/`; what it takes out of the path is `1`. */
  path: string
  file: string
  /** From 1. */
  line: number
}

interface Shape {
  files: RegExp
  /** With the groups `method` and `path`. */
  pattern: RegExp
}

const methods = 'get|post|put|patch|delete'
const shapes: Shape[] = [
  // `app.post('/orders'`, `r.POST("/orders"`, `@app.post("/orders"`
  {
    files: /\.(?:[cm]?[jt]s|go|py)$/,
    pattern: new RegExp(
      `(?<on>\\w+)\\.(?<method>(?:${methods})|(?:${methods.toUpperCase()})|Get|Post|Put|Patch|Delete)\\(\\s*(?<quote>["'\`])(?<path>/[^"'\`\\s]*)\\k<quote>`,
      'g',
    ),
  },
  // `"POST /orders"`, as the router of Go and tables of routes have it
  {
    files: /\.(?:[cm]?[jt]s|go)$/,
    pattern: new RegExp(
      `(?<quote>["'\`])(?<method>${methods.toUpperCase()}) (?<path>/[^"'\`\\s]*)\\k<quote>`,
      'g',
    ),
  },
  // Flask
  {
    files: /\.py$/,
    pattern:
      /\.route\(\s*(?<quote>["'])(?<path>\/[^"'\s]*)\k<quote>\s*,\s*methods=\[\s*["'](?<method>GET|POST|PUT|PATCH|DELETE)["']/g,
  },
  // Django, which leaves methods to the view
  { files: /(?:^|\/)urls\.py$/, pattern: /\bpath\(\s*(?<quote>["'])(?<path>[^"'\s]*)\k<quote>/g },
]

const MOST_ROUTES = 200

// `client.post('/orders')` asks somebody else.
const asks =
  /^(?:axios|client|http|https|api|request|requests|httpx|supertest|fetcher|agent|nock|ky|got)$|Client$/

/** Routes that the code writes out in one piece; those behind a prefix have the path that is written. Not for verdicts: only for what to try. */
export const writtenRoutes = once(({ files }): WrittenRoute[] => {
  const found: WrittenRoute[] = []
  for (const path of files.matching(/\.(?:[cm]?[jt]s|go|py)$/)) {
    if (isForTests(path) || found.length >= MOST_ROUTES) continue
    const text = files.read(path) ?? ''
    for (const { files: own, pattern } of shapes) {
      if (!own.test(path)) continue
      for (const { groups = {}, index } of text.matchAll(pattern)) {
        if (groups.on !== undefined && asks.test(groups.on)) continue
        const method = (groups.method?.toUpperCase() ?? 'ANY') as WrittenRoute['method']
        found.push({ method, path: plain(groups.path!), file: files.at(path), line: lineAt(text, index) })
      }
    }
  }
  return found
})

function plain(path: string): string {
  const filled = path
    .replace(/\{\$\}/g, '')
    .replace(/\{[^}]*\}|<[^>]*>|(?<=\/):[\w]+\??(?:\([^)]*\))?|\*\w*/g, '1')
  return filled.startsWith('/') ? filled : `/${filled}`
}

// Nobody knows whose database the app is connected to while it is tried.
const harmful =
  /reset|delete|purge|drop|wipe|destroy|clear|remove|shutdown|restart|flush|cancel|refund|migrat|seed|truncate|send|mail|notif|webhook|deploy/i

/** Routes that read a body, for trying them with one that means nothing: none that sounds as if it did harm. */
export const routesWithBody = once((look): WrittenRoute[] => {
  const all = writtenRoutes(look).filter(
    ({ method, path }) => ['POST', 'PUT', 'PATCH', 'ANY'].includes(method) && !harmful.test(path),
  )
  const paths = new Map(all.map((route) => [route.path, route]))
  return [...paths.values()].map((route) => (route.method === 'ANY' ? { ...route, method: 'POST' } : route))
})
