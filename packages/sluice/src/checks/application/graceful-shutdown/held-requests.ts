import type { Look } from '../../look/look.ts'
import { routesWithBody, writtenRoutes } from '../../look/written-routes.ts'
import { beginSlowRequest, type SlowOptions, type SlowRequest } from '../../running/slow-request.ts'
import type { RunningApp, Trial } from '../../running/trial.ts'

/** A request that the app is in the middle of. */
export interface Held {
  /** `POST /orders` */
  what: string
  request: SlowRequest
}

const MOST_TRIED = 8
/** What is answered within this was not waiting for the body. */
const NOTICE_MS = 300
/** Not the whole of it even then, so that nothing is done because of it. */
const BODY = '{"sluice": "check"'

/**
 * Begins a request to each route that may wait: those that read a body, of which the last byte is held back, and those that
 * are slow by their name. Most servers hand a request to the app when its headers are there, so one that is not answered yet
 * is one that the app waits in: it would be cut by an end that does not wait. What was answered already proves nothing and
 * is left out.
 */
export async function holdRequests(
  look: Look,
  trial: Trial,
  app: RunningApp,
): Promise<{ held: Held[]; tried: string[] }> {
  const begun = slowOptions(look).map((options) => ({
    what: `${options.method} ${options.path}`,
    request: beginSlowRequest(app.port, options),
  }))
  await trial.pause(NOTICE_MS)
  const tried = [...new Set(begun.map(({ what }) => what))]
  return { held: begun.filter(({ request }) => request.over() === null), tried }
}

function slowOptions(look: Look): SlowOptions[] {
  const headers = { 'content-type': 'application/json' }
  const posts = routesWithBody(look)
    .slice(0, MOST_TRIED)
    .map(({ method, path }) => ({ method, path, headers, body: BODY }))
  const slow = writtenRoutes(look)
    .filter(
      ({ method, path }) => (method === 'GET' || method === 'ANY') && /slow|sleep|delay|wait/i.test(path),
    )
    .slice(0, 2)
    .map(({ path }) => ({ method: 'GET', path }))
  // Some read the body before they look at the path.
  return [...posts, ...slow, { method: 'POST', path: '/', headers, body: BODY }]
}
