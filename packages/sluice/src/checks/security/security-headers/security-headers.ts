import { type Answer, type Check, type Evidence, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { openApi } from '../../look/open-api.ts'
import { answerOf, type Weighed } from '../../look/weighed.ts'
import { attempt } from '../../running/attempt.ts'
import type { Reply, RunningApp, Trial } from '../../running/trial.ts'
import { djangoDeployCheck } from './django-deploy-check.ts'
import { type HeaderName, missingHeaders } from './missing-headers.ts'
import { writtenHeaders } from './written-headers.ts'

const MOST_HOPS = 3

/**
 * SEC-05. A page needs CSP, HSTS, X-Frame-Options or frame-ancestors, nosniff and Referrer-Policy. An answer that is no
 * page needs nosniff and HSTS alone: the others say how a page is shown (OWASP REST Security Cheat Sheet, "Security
 * Headers"). The app is asked as a router asks that ends TLS, since many send HSTS only then. What is missing and yet
 * written down for a gateway is a warning, and so is HSTS that is written nowhere: the router may add it.
 */
export const securityHeaders: Check = {
  id: 'SEC-05',
  title: 'answers carry the headers that make a browser careful',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe']],
  warns: [['executed']],
  fix: "Use helmet (Node) or SecurityMiddleware (Django), or set the headers at the gateway; begin CSP with `default-src 'self'`.",
  tags: ['security.W001', 'security.W004', 'security.W006', 'security.W019', 'security.W022'],
  async executed(look, execution) {
    if (look.app.stack !== 'python' || look.app.django === null)
      return unknown('only Django looks at its own headers: sluice check --probe would settle it')
    return djangoDeployCheck(look.app.django.managePy, execution)
  },
  probe: askForPages,
}

async function askForPages(look: Look, trial: Trial): Promise<Answer> {
  const app = await trial.app()
  const api = openApi(look).operations.find(({ method }) => method === 'GET')?.path
  const weighed: Weighed = { bad: [], weak: [], open: [], good: [] }
  for (const start of new Set(['/', ...(api === undefined ? [] : [api])])) {
    const { path, reply } = await followed(trial, app, start)
    if (reply === null) continue
    // What frameworks answer by themselves where an API has nothing is HTML as well.
    const isPage = reply.status < 400 && /html/i.test(reply.headers['content-type'] ?? '')
    const missing = missingHeaders(reply.headers, isPage)
    const shown = `GET ${path} (${reply.status}, ${isPage ? 'a page' : 'no page'})`
    for (const name of missing) {
      const { sort, evidence } = judged(look, name, shown)
      weighed[sort].push(evidence)
    }
    if (missing.length === 0) weighed.good.push({ says: `${shown}: nothing is missing` })
  }
  return answerOf(weighed, 'answers carry the headers that make a browser careful')
}

function judged(look: Look, name: HeaderName, shown: string): { sort: 'bad' | 'weak'; evidence: Evidence } {
  const written = writtenHeaders(look)[name]
  const says = `${shown}: ${name} is missing`
  if (written !== undefined)
    return { sort: 'weak', evidence: { ...written, says: `${says}, and written down elsewhere` } }
  return { sort: name === 'Strict-Transport-Security' ? 'weak' : 'bad', evidence: { says } }
}

/** Where a start page leads to a login, that is the page that users see. */
async function followed(
  trial: Trial,
  app: RunningApp,
  start: string,
): Promise<{ path: string; reply: Reply | null }> {
  const headers = { accept: 'text/html,application/json;q=0.9,*/*;q=0.8', 'x-forwarded-proto': 'https' }
  let path = start
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const reply = await attempt(trial, app, path, { headers })
    if (reply.status === null) return { path, reply: null }
    const to = reply.status >= 300 && reply.status < 400 ? reply.headers.location : undefined
    if (to === undefined || !to.startsWith('/') || to.startsWith('//')) return { path, reply }
    path = to
  }
  return { path, reply: null }
}
