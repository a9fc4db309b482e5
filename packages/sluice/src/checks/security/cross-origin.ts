import { type Answer, type Check, unknown } from '../check.ts'
import { healthPaths } from '../look/health-paths.ts'
import type { Look } from '../look/look.ts'
import { openApi } from '../look/open-api.ts'
import { answerOf, type Weighed } from '../look/weighed.ts'
import { writtenRoutes } from '../look/written-routes.ts'
import { attempt } from '../running/attempt.ts'
import type { Reply, RunningApp, Trial } from '../running/trial.ts'

const MOST_PATHS = 6
const STRANGER = 'https://evil.example'

/**
 * SEC-02. A page of a stranger, and one without an origin (`null`: a sandboxed frame, a file), ask to read answers. To give
 * their own name back to them lets every page read what the user may read. `*` without credentials only opens what
 * everybody may read anyway, and is right for a public API; a browser refuses it with credentials, and whoever writes both
 * wants what must not be (fetch.spec.whatwg.org, "CORS protocol").
 */
export const crossOrigin: Check = {
  id: 'SEC-02',
  title: 'pages of strangers may not read what a user may read',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe']],
  fix: 'List the origins that may read answers, and compare them whole; never give back the Origin of the request.',
  probe: askFromElsewhere,
}

async function askFromElsewhere(look: Look, trial: Trial): Promise<Answer> {
  const app = await trial.app()
  const weighed: Weighed = { bad: [], weak: [], open: [], good: [] }
  for (const path of pathsOf(look)) {
    for (const origin of originsOf(look)) {
      const found = await asked(trial, app, path, origin)
      // What does not answer, such as a stream of events, does not answer the others either.
      if (found === null) break
      for (const { sort, says } of found) weighed[sort].push({ says })
    }
  }
  const { length } = [...weighed.bad, ...weighed.good]
  if (length === 0) return unknown('the app answered none of the requests')
  return answerOf(weighed, `${length} requests from elsewhere were allowed to read nothing of a user`)
}

/** As a page asks: for the answer, and beforehand whether it may send more. Null where there is no answer. */
async function asked(
  trial: Trial,
  app: RunningApp,
  path: string,
  origin: string,
): Promise<{ sort: 'bad' | 'good'; says: string }[] | null> {
  const found: { sort: 'bad' | 'good'; says: string }[] = []
  for (const { method, headers } of [{ method: 'GET', headers: {} }, preflight]) {
    const reply = await attempt(trial, app, path, {
      method,
      headers: { ...headers, origin },
      timeoutMs: 2_000,
    })
    if (reply.status === null) return found.length === 0 ? null : found
    const says = `${method} ${path} from ${origin}: ${allowance(reply)}`
    found.push({ sort: isOpen(reply, origin) ? 'bad' : 'good', says })
  }
  return found
}

const preflight = {
  method: 'OPTIONS',
  headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
}

function isOpen({ headers }: Reply, origin: string): boolean {
  const allowed = headers['access-control-allow-origin']
  return allowed === origin || (allowed === '*' && headers['access-control-allow-credentials'] === 'true')
}

function allowance({ status, headers }: Reply): string {
  const allowed = headers['access-control-allow-origin']
  const credentials = headers['access-control-allow-credentials'] === 'true' ? ' with credentials' : ''
  return allowed === undefined ? `${status}, no permission` : `${status}, ${allowed} may read${credentials}`
}

// The second looks like one's own to a comparison that only asks how it begins.
function originsOf({ config }: Look): string[] {
  const hosts = Object.values(config?.environments ?? {}).map(({ host }) => host)
  return [STRANGER, ...hosts.slice(0, 1).map((host) => `https://${host}.evil.example`), 'null']
}

function pathsOf(look: Look): string[] {
  const described = openApi(look).operations.filter(({ method }) => method === 'GET')
  const written = writtenRoutes(look).filter(({ method }) => method === 'GET')
  const found = [...described, ...written].map(({ path }) => path)
  return [...new Set(['/', healthPaths(look).readiness, ...found])].slice(0, MOST_PATHS)
}
