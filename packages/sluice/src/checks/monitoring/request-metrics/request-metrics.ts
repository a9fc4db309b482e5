import { type Answer, type Check, fail, hint, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { metricsLibraries } from '../../look/metrics-libraries.ts'
import { servesFiles } from '../../look/serves-files.ts'
import type { Exposition } from '../../running/exposition.ts'
import { type MetricsPage, metricsPage, pageAt } from '../../running/metrics-page.ts'
import type { RunningApp, Trial } from '../../running/trial.ts'
import { latencyHistogram, movedBy, splitsByStatus } from './request-counters.ts'

const SENT = 3
/** Some libraries count when the answer has left, which is a moment after it was read. */
const LOOKS = 5
const BETWEEN_LOOKS_MS = 100

/**
 * MON-01. /metrics (or `prometheus.io/path` in a manifest) has to be in the text format of Prometheus, and a counter of
 * requests in it has to move when requests are made.
 */
export const requestMetrics: Check = {
  id: 'MON-01',
  title: 'requests, their errors and their latency are counted',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe']],
  fix: 'Count requests by status and time them in a histogram with a client library of Prometheus (prom-client, prometheus-client, client_golang), and serve the numbers at /metrics.',
  concerns: ({ app }) =>
    servesFiles(app) ? 'it hands out files: the server or proxy in front of them counts requests' : null,
  static: (look) => librariesOf(look),
  probe: (look, trial) => countedRequests(look, trial),
}

function librariesOf(look: Look): Answer {
  const { scraped, pushed } = metricsLibraries(look)
  const evidence = [...scraped, ...pushed].map(({ name, ...at }) => ({ says: `depends on ${name}`, ...at }))
  if (evidence.length > 0) return hint(pass(`${evidence[0]!.says}, which can count requests`, evidence))
  return hint(
    unknown('no library for metrics is known among its dependencies: sluice check --probe asks /metrics'),
  )
}

async function countedRequests(look: Look, trial: Trial): Promise<Answer> {
  const app = await trial.app()
  const before = await metricsPage(look, trial, app)
  if (!before.found) return withoutMetrics(look, before)
  const paths = ['/', look.app.health.readiness?.value ?? null].filter((path) => path !== null)
  let isAnswered = false
  for (const path of paths) {
    const status = await send(trial, app, path)
    isAnswered ||= path === '/' && status < 400
    const after = await whenMoved(trial, app, before)
    if (after !== null) return judged(before, after, path)
  }
  const evidence = [{ says: `GET ${before.path}: ${before.metrics.samples.length} samples` }]
  const says = `${SENT} requests to ${paths.join(' and ')} moved no counter of requests`
  // Requests for what is not there, and for health, are left out of the count by many.
  return isAnswered ? fail(says, evidence) : unknown(`${says}, and no other path is known`, evidence)
}

async function send(trial: Trial, app: RunningApp, path: string): Promise<number> {
  let status = 0
  for (let count = 0; count < SENT; count++) status = (await trial.request(app, path)).status
  return status
}

type Found = MetricsPage & { found: true }

async function whenMoved(trial: Trial, app: RunningApp, before: Found): Promise<Exposition | null> {
  for (let look = 0; look < LOOKS; look++) {
    const page = await pageAt(trial, app, before.path)
    if (page.found && movedBy(before.metrics, page.metrics, SENT).length > 0) return page.metrics
    await trial.pause(BETWEEN_LOOKS_MS)
  }
  return null
}

function judged(before: Found, after: Exposition, path: string): Answer {
  const moved = movedBy(before.metrics, after, SENT)
  const histogram = latencyHistogram(before.metrics, after, SENT)
  const evidence = [
    { says: `${SENT} × GET ${path}: ${moved[0]!.name} went up by ${moved[0]!.by}` },
    ...(histogram === null ? [] : [{ says: `${histogram} is a histogram` }]),
  ]
  if (histogram === null)
    return warn('requests are counted, and there is no histogram of their latency', evidence)
  if (!moved.some(({ name }) => splitsByStatus(after, name)))
    return warn(`${moved[0]!.name} does not tell errors apart: it has no label for the status`, evidence)
  return pass(`${moved[0]!.name} counts requests by status, and ${histogram} times them`, evidence)
}

function withoutMetrics(look: Look, page: MetricsPage & { found: false }): Answer {
  const evidence = [{ says: page.says }]
  const { scraped, pushed } = metricsLibraries(look)
  if (page.isBroken) return fail(`the metrics cannot be read: ${page.says}`, evidence)
  if (page.isClosed)
    return unknown(`the metrics are not for everybody, so they were not read (${page.says})`, evidence)
  if (scraped.length > 0)
    return unknown(
      `${scraped[0]!.name} is there, and not at /metrics: maybe on another path or port`,
      evidence,
    )
  if (pushed.length > 0)
    return unknown(`${pushed[0]!.name} sends its numbers away, where they were not seen`, evidence)
  return fail(`there are no metrics (${page.says})`, evidence)
}
