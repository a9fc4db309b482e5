import { type Answer, type Check, type Evidence, fail, hint, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { sendSlowHeaders } from '../../running/slow-headers.ts'
import type { RunningApp, Trial } from '../../running/trial.ts'
import { endlessCalls } from './client-limits.ts'
import { serverLimit } from './server-limits.ts'

/** How long the slow client is kept up: what all checks may take together is minutes. */
const WATCH_MS = 15_000
/** Over what a limit says, for a machine that is busy. */
const MARGIN_MS = 3_000

/** APP-09. A limit that is longer than the trial is only read, and so it is a warning. */
export const timeLimits = timeLimitsWithin(WATCH_MS)

/** The check with another patience, in milliseconds. */
export function timeLimitsWithin(watchMs: number): Check {
  return {
    id: 'APP-09',
    title: 'what comes in and what goes out has a limit of time',
    severity: 'high',
    blocksFrom: 'B',
    passes: [['probe']],
    warns: [['static']],
    fix: 'Set ReadHeaderTimeout (Go), headersTimeout and connectionsCheckingInterval (Node), or put a proxy in front that waits for whole requests (Python); give every call to others a timeout.',
    tags: ['G112', 'G114', 'B113'],
    concerns: ({ app }) =>
      app.stack === 'static' ? 'files are served as they are, by a server that is not its own' : null,
    static: read,
    async probe(look, trial) {
      return watch(look, trial, await trial.app(), watchMs)
    },
  }
}

function read(look: Look): Answer {
  const limit = serverLimit(look)
  const calls = endlessCalls(look)
  if (limit !== null && limit.ms === null)
    // It may be a server of another kind, for measurements only; the trial knows.
    return hint(fail(limit.evidence.says, [limit.evidence, ...calls.slice(0, 5)]))
  if (calls.length > 0) {
    const more = calls.length > 1 ? `, and ${calls.length - 1} more` : ''
    return warn(`${calls[0]!.says}${more}`, calls.slice(0, 5))
  }
  if (limit === null) return unknown('how long its server waits for a request cannot be told by reading')
  return pass(limit.evidence.says, [limit.evidence])
}

async function watch(look: Look, trial: Trial, app: RunningApp, watchMs: number): Promise<Answer> {
  const limit = serverLimit(look)
  const { cutAfterMs, told } = await sendSlowHeaders(app.port, watchMs, Math.min(1_000, watchMs / 5))
  const seconds = ((cutAfterMs ?? watchMs) / 1000).toFixed(1)
  const evidence: Evidence[] = [
    {
      says: `one header a second, never the last: ${cutAfterMs === null ? 'still held' : 'cut'} after ${seconds} s ${told}`.trim(),
    },
  ]
  // What was told something at once was no wait for headers.
  if (cutAfterMs !== null)
    return pass(
      `a client that does not come to the end of its headers is cut off after ${seconds} s`,
      evidence,
    )
  const reply = await trial.request(app, '/').catch(() => null)
  if (reply === null) return fail('one slow client keeps all others from being answered', evidence)
  return stillHeld(limit, watchMs, seconds, evidence, look.app.stack)
}

function stillHeld(
  limit: ReturnType<typeof serverLimit>,
  watchMs: number,
  seconds: string,
  evidence: Evidence[],
  stack: Look['app']['stack'],
): Answer {
  const held = `a slow client was held for ${seconds} s`
  if (stack === 'python')
    return warn(
      `${held}: a proxy in front has to wait for whole requests, as servers of Python leave it to one`,
      evidence,
    )
  if (limit === null) return unknown(`${held}, and how long it may be cannot be told by reading`, evidence)
  if (limit.ms !== null && limit.ms + MARGIN_MS > watchMs)
    return warn(`${held}, and ${limit.evidence.says}: a shorter one could be seen`, [
      ...evidence,
      limit.evidence,
    ])
  return fail(`${held}, which is beyond its limit`, [...evidence, limit.evidence])
}
