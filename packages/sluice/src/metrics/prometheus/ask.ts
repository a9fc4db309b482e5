import type { Ms } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import { formatDuration } from '../../std/duration.ts'
import type { MetricServer } from '../source.ts'
import { readAnswer } from './read-answer.ts'
import type { Sample } from './series-count.ts'

const MAX_BYTES = 5 * 1024 ** 2

/** One instant query, its placeholders filled in. */
export interface Inquiry {
  /** Names it in errors: `metric "checkout", bad of r8`. */
  about: string
  query: string
  /** The moment that is asked about. */
  at: Ms
}

export interface AskOptions {
  server: MetricServer
  /** Null: none is sent. Stands in no error. */
  token: string | null
  /** Ends the request. */
  signal: AbortSignal
}

/** Asks Prometheus one query. Throws METRIC_SOURCE_FAILED for every answer but counters. */
export async function ask(inquiry: Inquiry, options: AskOptions): Promise<Sample[]> {
  const { status, location, body } = await fetched(inquiry, options)
  const refused = (found: string, todo: string) => failure(inquiry, options, `answered ${found}`, todo)
  if (location !== null) {
    throw refused(`${status} and leads to ${location}`, 'Write the url at which Prometheus itself answers.')
  }
  if (status === 401 || status === 403) {
    const found = options.token === null ? `${status}, and no token was sent` : `${status} to the token`
    throw refused(found, 'See whether tokenFile holds a token that may query.')
  }
  if (body === null) throw refused('with more than 5 MB', 'Narrow the query by labels.')
  const answer = readAnswer(body)
  if ('samples' in answer) return answer.samples
  throw refused(`${status === 200 ? '' : `${status} `}with ${answer.problem}`, answer.todo)
}

interface Fetched {
  status: number
  /** Where a redirect leads. None is followed: whoever answers there has no right to the token. */
  location: string | null
  /** Null where it is too long. */
  body: string | null
}

async function fetched(inquiry: Inquiry, options: AskOptions): Promise<Fetched> {
  const { server, token, signal } = options
  const asked = new URLSearchParams({ query: inquiry.query, time: (inquiry.at / 1_000).toFixed(3) })
  const url = `${server.url.replace(/\/+$/, '')}/api/v1/query?${asked}`
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual' })
    const { status } = response
    const isRedirect = status >= 300 && status < 400
    const location = isRedirect ? withoutQuery(response.headers.get('location'), url) : null
    return { status, location, body: await bodyOf(response) }
  } catch (cause) {
    const isLate = signal.aborted && signal.reason.name === 'TimeoutError'
    const found = isLate
      ? `gave no answer within ${formatDuration(server.timeoutMs)}`
      : `cannot be asked: ${reasonOf(cause)}`
    throw failure(inquiry, options, found, 'See whether Prometheus answers at this url.', cause)
  }
}

// Counted after decompression, so that a small answer cannot become a large one.
async function bodyOf({ body }: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

// A login page is handed the query once more, and perhaps a secret of its own.
function withoutQuery(location: string | null, base: string): string {
  const url = location === null ? null : URL.parse(location, base)
  return url === null ? 'nowhere' : `${url.origin}${url.pathname}`
}

// What fetch throws says no more than `fetch failed`; its cause knows why.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (typeof code === 'string') return code
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}

function failure(inquiry: Inquiry, options: AskOptions, found: string, todo: string, cause?: unknown) {
  // Whoever answers may repeat what was sent. Before it is cut, so that no half of the token is left.
  const safe = options.token === null ? found : found.replaceAll(options.token, '[token]')
  const short = safe.length > 300 ? `${safe.slice(0, 300)}…` : safe
  return new SluiceError('METRIC_SOURCE_FAILED', `${inquiry.about}: ${options.server.url} ${short}`, {
    todo,
    details: [`query: ${inquiry.query}`],
    cause,
  })
}
