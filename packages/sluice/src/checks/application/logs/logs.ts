import { type Answer, type Check, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { masked } from '../../look/secret-patterns.ts'
import { routesWithBody } from '../../look/written-routes.ts'
import { attempt } from '../../running/attempt.ts'
import { withOwnApp } from '../../running/own-app.ts'
import type { RequestOptions, StartWith, Trial } from '../../running/trial.ts'
import { gapOf, isOfStarter } from './log-line.ts'

const LEAST_LINES = 5
const LEAST_SHARE = 0.95
/** What is written a moment after the answer has to be there too. */
const SETTLE_MS = 300

/** APP-05. What is looked for in the lines is only what the check itself has sent: nothing there is by chance. */
export const logs: Check = {
  id: 'APP-05',
  title: 'logs are JSON, and hold no personal data',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe']],
  fix: 'Log one JSON object per line with level, time and message (pino, slog, structlog), the path of a request without its query, and neither bodies nor headers such as authorization and cookie.',
  concerns: ({ app }) =>
    app.stack === 'static' ? 'files are served as they are: there is no code that logs' : null,
  async probe(look, trial) {
    const usual = await listen(look, trial, {})
    const leaks = leaksOf(usual)
    if (usual.lines.length >= LEAST_LINES) return judged(usual, leaks)
    const level = await debugLevel(look)
    const more = level === null ? null : await listen(look, trial, { env: { LOG_LEVEL: level } })
    if (more === null || more.lines.length < LEAST_LINES) {
      const few = `it printed ${usual.lines.length} lines, too few to judge by: log each request, with its path and its status`
      return withLeaks(unknown(few), leaks)
    }
    const answer = judged(more, leaks)
    const others = leaksOf(more)
    if (answer.status !== 'pass' || others.length === 0) return answer
    return warn(`with LOG_LEVEL=${level}, personal data are logged: ${others.join(', ')}`, answer.evidence)
  },
}

interface Heard {
  /** Of the app's own, without empty ones. */
  lines: string[]
  raw: string
}

/** Of nobody: a domain that is reserved (RFC 2606), and the number that card firms give for tests. */
const personal = {
  'an e-mail address': 'sluice.check.person@example.com',
  'a card number': '4111111111111111',
  'a password': 'sluice-check-passphrase-7Q',
  'a token': 'sluice-check-bearer-9Zk4',
}

async function listen(look: Look, trial: Trial, options: StartWith): Promise<Heard> {
  const app = await withOwnApp(trial, options, async (running) => {
    for (const { path, ...request } of requests(look)) await attempt(trial, running, path, request)
    await trial.pause(SETTLE_MS)
    return running
  })
  const lines = app.printed().map(({ line }) => line)
  return { lines: lines.filter((line) => !isOfStarter(line)), raw: lines.join('\n') }
}

function requests(look: Look): (RequestOptions & { path: string })[] {
  const {
    'an e-mail address': email,
    'a card number': card,
    'a password': password,
    'a token': token,
  } = personal
  const query = new URLSearchParams({ email, token }).toString()
  const headers = { authorization: `Bearer ${token}`, cookie: `session=${token}` }
  const body = JSON.stringify({ email, username: email, password, card, cardNumber: card })
  const posts = routesWithBody(look).slice(0, 3)
  const targets = posts.length === 0 ? [{ method: 'POST', path: '/' }] : posts
  return [
    { path: '/' },
    { path: '/sluice-check-no-such-path' },
    { path: `/?${query}`, headers },
    { path: `/sluice-check-no-such-path?${query}`, headers },
    ...targets.map(({ method, path }) => ({
      method,
      path,
      body,
      headers: { ...headers, 'content-type': 'application/json' },
    })),
    // What cannot be read is often logged whole.
    {
      path: targets[0]!.path,
      method: targets[0]!.method,
      body: body.slice(0, -1),
      headers: { 'content-type': 'application/json' },
    },
  ]
}

function leaksOf({ raw }: Heard): string[] {
  const text = raw.replaceAll('%40', '@')
  return Object.entries(personal).flatMap(([what, value]) => (text.includes(value) ? [what] : []))
}

function judged({ lines }: Heard, leaks: string[]): Answer {
  const wrong = lines.flatMap((line) => {
    const gap = gapOf(line)
    return gap === null ? [] : [{ says: `${gap}: ${shown(line)}` }]
  })
  const share = (lines.length - wrong.length) / lines.length
  const says = `${lines.length - wrong.length} of ${lines.length} lines are JSON with level, time and message`
  const evidence: Evidence[] = [{ says }, ...wrong.slice(0, 3)]
  if (leaks.length > 0) return withLeaks(pass(says, evidence), leaks)
  return share < LEAST_SHARE ? fail(says, evidence) : pass(`${says}, and none holds what was sent`, evidence)
}

function withLeaks(answer: Answer, leaks: string[]): Answer {
  if (leaks.length === 0) return answer
  const says = `what a user sends is logged: ${leaks.join(', ')}`
  return fail(says, [{ says: `found in the lines: ${leaks.join(', ')}` }, ...answer.evidence])
}

function shown(line: string): string {
  let text = masked(line)
  for (const value of Object.values(personal)) text = text.replaceAll(value, '***')
  return text.slice(0, 120)
}

/** How the app is told to log more; null where it has no such variable. */
async function debugLevel(look: Look): Promise<string | null> {
  const declared = look.schema?.variables.get('LOG_LEVEL')
  const level = declared?.enum?.map(String).find((one) => /^debug$/i.test(one))
  if (level !== undefined) return level
  const { variables } = await look.variables()
  if (!variables.some(({ name }) => name === 'LOG_LEVEL')) return null
  return look.app.stack === 'python' ? 'DEBUG' : 'debug'
}
