import { randomBytes, randomUUID } from 'node:crypto'
import { type Answer, type Check, fail, pass, warn } from '../check.ts'
import { servesFiles } from '../look/serves-files.ts'
import type { RunningApp, Trial } from '../running/trial.ts'

/** A log may be written a moment after the answer. */
const LOOKS = 10
const BETWEEN_LOOKS_MS = 100

/**
 * MON-06. A request with `traceparent` (W3C Trace Context) and `x-request-id`: one of the two ids has to come back in a header
 * of the answer, and one has to stand in what the app prints.
 */
export const requestIds: Check = {
  id: 'MON-06',
  title: 'a request can be followed by its id through answers and logs',
  severity: 'medium',
  blocksFrom: null,
  passes: [['probe']],
  fix: 'Add a middleware that takes x-request-id (or makes one), logs it with every line, and answers with it.',
  concerns: ({ app }) => (servesFiles(app) ? 'it hands out files, and no request goes on from it' : null),
  probe: (_look, trial) => followed(trial),
}

async function followed(trial: Trial): Promise<Answer> {
  const app = await trial.app()
  const [request, trace, parent] = [randomUUID(), hex(16), hex(8)]
  const ids = [request, trace]
  const { headers, status } = await trial.request(app, '/', {
    headers: { 'x-request-id': request, traceparent: `00-${trace}-${parent}-01` },
  })
  const echo = Object.entries(headers).find(([, value]) => ids.some((id) => value.includes(id)))?.[0]
  const isLogged = await whenLogged(trial, app, ids)
  const evidence = [
    {
      says: `GET / with x-request-id and traceparent: ${status}, ${echo ? `echoed in ${echo}` : 'not echoed'}`,
    },
    { says: isLogged ? 'the id is in what the app printed' : 'no line that the app printed has either id' },
  ]
  if (echo !== undefined && isLogged)
    return pass(`the id comes back in ${echo}, and is in the logs`, evidence)
  if (echo !== undefined) return warn(`the id comes back in ${echo}, and is not in the logs`, evidence)
  if (isLogged) return warn('the id is in the logs, and does not come back in the answer', evidence)
  return fail('neither answer nor logs have the id of the request', evidence)
}

async function whenLogged(trial: Trial, app: RunningApp, ids: string[]): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    if (app.printed().some(({ line }) => ids.some((id) => line.includes(id)))) return true
    await trial.pause(BETWEEN_LOOKS_MS)
  }
  return false
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
