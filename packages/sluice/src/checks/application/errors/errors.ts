import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { routesWithBody } from '../../look/written-routes.ts'
import { attempt } from '../../running/attempt.ts'
import { withOwnApp } from '../../running/own-app.ts'
import { stackTraceIn } from '../../running/stack-trace.ts'
import type { RequestOptions, RunningApp, Trial } from '../../running/trial.ts'

/** APP-04. In an app of its own, as one of the requests may end it. */
export const errors: Check = {
  id: 'APP-04',
  title: 'requests that are wrong are refused without harm',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe'], ['attested']],
  attestedForDays: 180,
  fix: 'Put one handler around all routes that answers 4xx to what cannot be read and 500 without details to everything else, and set a limit on the size of bodies.',
  probe: (look, trial) => withOwnApp(trial, {}, (app) => tryAll(look, trial, app)),
}

interface Wrong {
  what: 'an unknown path' | 'malformed JSON' | 'an oversized body' | 'a wrong method'
  path: string
  options: RequestOptions
}

// More than servers take by default (Express 100 kB, Fastify 1 MiB, Django 2.5 MB), and little for this machine.
// It has no end either, so that nobody takes it in.
const OVERSIZED = `{"padding":"${'x'.repeat(3 * 1024 * 1024)}`
const MOST_ROUTES = 5
const UNKNOWN_PATH = '/sluice-check-no-such-path'
const json = { 'content-type': 'application/json' }

function wrongRequests(look: Look): Wrong[] {
  const posts = routesWithBody(look).slice(0, MOST_ROUTES)
  const routes = posts.length === 0 ? [{ method: 'POST', path: '/' }] : posts
  return [
    { what: 'an unknown path', path: UNKNOWN_PATH, options: {} },
    { what: 'an unknown path', path: '/%E0%A4%A', options: {} },
    ...routes.flatMap(({ method, path }): Wrong[] => [
      { what: 'malformed JSON', path, options: { method, headers: json, body: '{"sluice": ' } },
      {
        what: 'an oversized body',
        path,
        options: { method, headers: json, body: OVERSIZED, timeoutMs: 10_000 },
      },
    ]),
    { what: 'a wrong method', path: '/', options: { method: 'PROPFIND' } },
  ]
}

async function tryAll(look: Look, trial: Trial, app: RunningApp): Promise<Answer> {
  const bad: Evidence[] = []
  const fine: Evidence[] = []
  const refused = new Set<string>()
  const first = await attempt(trial, app, '/')
  for (const { what, path, options } of wrongRequests(look)) {
    const reply = await attempt(trial, app, path, options)
    const asked = `${what}: ${options.method ?? 'GET'} ${path}`
    // A server may end the connection while the rest of a body is on its way: that is a refusal, if it lives on.
    const isRefusal = reply.status === null && what === 'an oversized body' && /RESET|EPIPE/.test(reply.why)
    const isAlive = app.isRunning() && (isRefusal || reply.status !== null || (await answers(trial, app)))
    const says = `${asked}: ${reply.status ?? reply.why}`
    if (!isAlive) return fail(`${asked} ended the app`, [{ says }, ...bad, ...fine])
    if (reply.status === null) {
      if (isRefusal) refused.add(what)
      ;(isRefusal ? fine : bad).push({ says })
      continue
    }
    const trace = stackTraceIn(reply.body)
    if (trace !== null) bad.push({ says: `${says}, with ${trace}` })
    // 501 is the right answer to a method that a server does not know at all (RFC 9110, 15.6.2).
    else if (reply.status >= 500 && !(reply.status === 501 && what === 'a wrong method')) bad.push({ says })
    else fine.push({ says })
    const isPage = what === 'an unknown path' && isSamePage(first, reply)
    if ((reply.status >= 300 && reply.status < 500) || reply.status === 501 || isPage) refused.add(what)
  }
  if (!(await answers(trial, app)))
    return fail('it does not answer any more after wrong requests', [...bad, ...fine])
  if (bad.length > 0) return fail(bad.map(({ says }) => says).join('; '), [...bad, ...fine])
  return judged(refused, fine, first.status)
}

function judged(refused: Set<string>, evidence: Evidence[], first: number | null): Answer {
  if (first !== null && first >= 500)
    return unknown(`GET / is answered with ${first} from the beginning`, evidence)
  // A route that takes any body is no fault, so these two only must not do harm.
  const expected = ['an unknown path', 'a wrong method']
  const taken = expected.filter((what) => !refused.has(what))
  if (taken.length > 0) return warn(`${taken.join(' and ')} is answered as if it were right`, evidence)
  return pass('unknown paths, malformed JSON, oversized bodies and wrong methods do no harm', evidence)
}

// Pages with routes of their own get the same page for every path.
function isSamePage(
  first: { status: number | null; body?: string },
  reply: { status: number; headers: Record<string, string>; body: string },
): boolean {
  return reply.status === 200 && /html/.test(reply.headers['content-type'] ?? '') && first.body === reply.body
}

async function answers(trial: Trial, app: RunningApp): Promise<boolean> {
  return app.isRunning() && (await attempt(trial, app, '/')).status !== null && app.isRunning()
}
