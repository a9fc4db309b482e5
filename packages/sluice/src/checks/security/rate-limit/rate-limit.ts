import { type Answer, type Check, fail, hint, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { openApi } from '../../look/open-api.ts'
import { servesFiles } from '../../look/serves-files.ts'
import { withOwnApp } from '../../running/own-app.ts'
import type { Reply, Trial } from '../../running/trial.ts'
import { writtenLimits } from './written-limits.ts'

const BURST = 120
const AT_ONCE = 20
const LIMITED = /^(?:x-)?ratelimit(?:-limit|-policy)?$/

/**
 * SEC-03. A short burst at one cheap path of an app of its own, whose counters nobody else needs. A limit that is higher
 * than the burst, or stands at a gateway, cannot be tried here: where one is written down, or told in the answer's
 * headers, it is a warning. 429 is of RFC 6585; without Retry-After a client does not know when to come again.
 */
export const rateLimit: Check = {
  id: 'SEC-03',
  title: 'one caller cannot take all that the app can give',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe']],
  warns: [['static']],
  fix: 'Limit requests by caller, in the app (express-rate-limit, slowapi, httprate) or at the gateway, and answer 429 with Retry-After.',
  concerns: ({ app }) =>
    servesFiles(app) ? 'it hands out files, which a cache in front of it can do' : null,
  // A name among the dependencies says nothing of which routes are limited.
  static(look) {
    const limits = writtenLimits(look)
    if (limits.length === 0) return unknown('no limit of requests is written down here')
    return hint(pass('a limit of requests is written down', limits.slice(0, 3)))
  },
  probe: burst,
}

async function burst(look: Look, trial: Trial): Promise<Answer> {
  const path = pathOf(look)
  const replies = await withOwnApp(trial, {}, async (app) => {
    const all: Reply[] = []
    for (let sent = 0; sent < BURST && !all.some(isRefused); sent += AT_ONCE) {
      const some = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => trial.request(app, path)))
      all.push(...some.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
    }
    return all
  })
  if (replies.length === 0) return unknown(`the app answered none of ${AT_ONCE} requests to ${path}`)
  const refused = replies.find(isRefused)
  const evidence = [
    {
      says: `${replies.length} requests to ${path}: ${refused ? `429 after ${replies.indexOf(refused)}` : 'none was refused'}`,
    },
  ]
  if (refused !== undefined) {
    if (refused.headers['retry-after'] !== undefined)
      return pass('a caller who asks too much is told to wait', evidence)
    return warn(
      'a caller who asks too much is refused, and not told for how long: Retry-After is missing',
      evidence,
    )
  }
  const told = Object.entries(replies[0]!.headers).find(([name]) => LIMITED.test(name))
  if (told !== undefined) return warn(`${told[0]}: ${told[1]} is told, and is more than was tried`, evidence)
  const limits = writtenLimits(look)
  if (limits.length > 0)
    return warn('a limit is written down, and was not met here', [...evidence, ...limits.slice(0, 3)])
  return fail(`none of ${replies.length} quick requests was refused, and no limit is written down`, evidence)
}

function isRefused({ status }: Reply): boolean {
  return status === 429
}

/** One that only reads. Paths of health are often left out of a limit, and rightly. */
function pathOf(look: Look): string {
  const open = openApi(look).operations.filter(
    ({ method, schemes }) => method === 'GET' && schemes.length === 0,
  )
  return open.find(({ path }) => !/health|livez|readyz|status|metrics/i.test(path))?.path ?? '/'
}
