import { randomUUID } from 'node:crypto'
import type { RatioCounts } from '../core/counts.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'
import { SluiceError } from '../errors.ts'
import { serial } from '../std/serial.ts'
import { ask } from './prometheus/ask.ts'
import { fillQuery } from './prometheus/fill-query.ts'
import { readToken } from './prometheus/read-token.ts'
import { type Sample, SeriesCount } from './prometheus/series-count.ts'
import type { MetricServer, MetricSource, Question, RatioQuery, SourceOptions } from './source.ts'

/** Past this, series come and go so fast that counting begins anew rather than remember them all. */
const MAX_REMEMBERED = 10_000

/**
 * A sample bears the time at which its scrape began, and is there when that has ended. Of the newest moments one of two
 * queries would see it, and the other not.
 */
const SETTLED_MS = 1_000

/**
 * Counters that a Prometheus server has scraped, or anything with its HTTP API: Thanos, Mimir, VictoriaMetrics.
 * Throws CONFIG_INVALID where no server is given, or its url cannot be asked.
 */
export function openPrometheusSource({ server, queries }: Omit<SourceOptions, 'router'>): MetricSource {
  const asked = checked(server)
  const closing = new AbortController()
  // An older answer that comes after a newer one would look like counters that fall.
  const inTurn = serial()
  const known = new Map<EnvironmentId, Map<string, Ratio>>()
  let lastAt: Ms = 0

  async function read(question: Question): Promise<RatioCounts[]> {
    const at = Date.now() - SETTLED_MS
    // The clock was put back, and what was counted since then would be counted again.
    if (at < lastAt) known.clear()
    lastAt = at
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(asked.timeoutMs)])
    const answers = await askAll({ server: asked, queries, question, at, signal })
    const before = known.get(question.environment)
    const ratios = new Map(answers.map(({ arm }) => [arm, continued(before?.get(arm))]))
    known.set(question.environment, ratios)
    return answers.flatMap((answer) => count(ratios.get(answer.arm)!, answer))
  }

  return {
    read: (question) => inTurn(async () => ({ boots: [], ratios: await read(question) })),
    async close() {
      closing.abort()
    },
  }
}

/** One metric of one release, from all its series. */
interface Ratio {
  /** Its name for the core: another one each time that counting begins anew. */
  counter: string
  bad: SeriesCount
  total: SeriesCount
}

function continued(ratio: Ratio | undefined): Ratio {
  const remembered = ratio === undefined ? 0 : Math.max(ratio.bad.size, ratio.total.size)
  if (ratio !== undefined && remembered <= MAX_REMEMBERED) return ratio
  return { counter: randomUUID(), bad: new SeriesCount(), total: new SeriesCount() }
}

interface Answered {
  /** `checkout/r8`. */
  arm: string
  metric: string
  release: ReleaseId
  bad: Sample[]
  total: Sample[]
}

// No failure yet means no series of failures. But where nothing at all was counted, the release was not seen.
function count(ratio: Ratio, { metric, release, bad, total }: Answered): RatioCounts[] {
  if (total.length === 0) return []
  ratio.bad.take(bad)
  ratio.total.take(total)
  return [{ metric, counter: ratio.counter, release, bad: ratio.bad.value, total: ratio.total.value }]
}

interface Asking {
  server: MetricServer
  queries: RatioQuery[]
  question: Question
  /** One moment for all, so that failures and requests belong together. */
  at: Ms
  signal: AbortSignal
}

// Either all are answered or nothing is counted, so that a reading that failed can be repeated.
async function askAll({ server, queries, question, at, signal }: Asking): Promise<Answered[]> {
  const token = server.tokenFile === null ? null : await readToken(server.tokenFile)
  const arms = queries.flatMap((query) => question.releases.map((release) => ({ ...query, release })))
  return Promise.all(
    arms.map(async ({ metric, release, bad, total }) => {
      const samples = (name: 'bad' | 'total', query: string) => {
        const filled = fillQuery(query, { environment: question.environment, release })
        const inquiry = { about: `metric "${metric}", ${name} of ${release}`, query: filled, at }
        return ask(inquiry, { server, token, signal })
      }
      const both = await Promise.all([samples('bad', bad), samples('total', total)])
      return { arm: `${metric}/${release}`, metric, release, bad: both[0], total: both[1] }
    }),
  )
}

function checked(server: MetricServer | null): MetricServer {
  if (server === null) throw unusable('without a url')
  const url = URL.parse(server.url)
  if (url === null || !/^https?:$/.test(url.protocol)) throw unusable('whose url is not of http')
  // Fetch refuses it, and shows the password when it does.
  if (url.username !== '' || url.password !== '') throw unusable('with a name or a password in its url')
  return server
}

function unusable(found: string): SluiceError {
  return new SluiceError(
    'CONFIG_INVALID',
    `a Prometheus server to ask was wanted, and found is one ${found}`,
    {
      todo: 'Write metrics: { prometheus: { url: "http://prometheus:9090" } }; a bearer token goes into its tokenFile.',
    },
  )
}
