import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { type FilesOfApp, found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { requestMetrics } from './request-metrics.ts'

const using = (name: string) => ({
  'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies: { [name]: '^15.0.0' } },
})

/** Counts every request but those for /metrics, and shows it by `page`. */
function counting(page: (count: number) => string, files: FilesOfApp = {}, status = 200) {
  let count = 0
  return found(requestMetrics, files, {
    trial: trialOf({
      answer(request: IncomingMessage, response: ServerResponse) {
        if (request.url !== '/metrics') {
          count++
          response.statusCode = status
          response.end('ok')
          return
        }
        response.setHeader('content-type', 'text/plain; version=0.0.4')
        response.end(page(count))
      },
    }),
  })
}

const histogram = (count: number, label = 'code="200"') => `# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{${label},le="+Inf"} ${count}
http_request_duration_seconds_count{${label}} ${count}
`

it('passes where requests are counted by status, and timed', async () => {
  const { status, evidence } = await counting(histogram)
  expect(status).toBe('pass')
  expect(evidence.map(({ says }) => says)).toEqual([
    '3 × GET /: http_request_duration_seconds_count went up by 3',
    'http_request_duration_seconds is a histogram',
  ])
})

it.each([
  [
    'no histogram',
    (count: number) => `# TYPE http_requests_total counter\nhttp_requests_total{code="200"} ${count}\n`,
  ],
  [
    'a histogram of something else',
    (count: number) => `# TYPE http_requests_total counter
http_requests_total{code="200"} ${count}
# TYPE nodejs_gc_duration_seconds histogram
nodejs_gc_duration_seconds_bucket{le="+Inf"} 9
nodejs_gc_duration_seconds_count 9
`,
  ],
  ['no label for the status', (count: number) => histogram(count, 'path="/"')],
])('warns where there is %s', async (_, page) => {
  expect((await counting(page)).status).toBe('warn')
})

it('fails where the counter stands still, and where the page cannot be read', async () => {
  expect((await counting(() => histogram(7))).says).toContain('moved no counter of requests')
  expect((await counting(() => 'requests: many\n')).status).toBe('fail')
})

it('does not take the count of its own page for one of requests', async () => {
  const page = (count: number) =>
    `# TYPE promhttp_metric_handler_requests_total counter\npromhttp_metric_handler_requests_total{code="200"} ${count}\n`
  expect((await counting(page)).status).toBe('fail')
})

it('does not know where nothing but what is not there was asked for', async () => {
  expect((await counting(() => histogram(7), {}, 404)).status).toBe('unknown')
})

const without = (files: FilesOfApp, status = 404) =>
  found(requestMetrics, files, {
    trial: trialOf({
      answer: (_, response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<p>'),
    }),
  })

it('fails without metrics', async () => {
  expect((await without({})).status).toBe('fail')
  expect((await without({}, 200)).status).toBe('fail')
})

it.each([
  ['which are not for everybody', {}, 401],
  ['which a library may show on another port', using('prom-client'), 404],
  ['which are sent away', using('hot-shots'), 404],
])('does not know of metrics %s', async (_, files, status) => {
  expect((await without(files, status)).status).toBe('unknown')
})

it('does not know before it has run', async () => {
  expect((await found(requestMetrics, using('prom-client'))).status).toBe('unknown')
})
