import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../src/log.js'
import { serveApp } from '../app.fixture.js'

test('follows a request by the ids that came with it, into the answer and the log', async (t) => {
  const { get, lines } = await serveApp(t)
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const headers = { 'x-request-id': 'order-4711', traceparent: `00-${trace}-b7ad6b7169203331-01` }
  const answer = await get('/products', { headers })
  assert.equal(answer.headers.get('x-request-id'), 'order-4711')
  assert.match(answer.headers.get('traceparent'), new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`))
  const { requestId, traceId, route, status, level } = lines.at(-1)
  assert.deepEqual(
    [requestId, traceId, route, status, level],
    ['order-4711', trace, '/products', 200, 'info'],
  )
})

test('takes no id over that could be anything else', async (t) => {
  const { get } = await serveApp(t)
  const answer = await get('/', { headers: { 'x-request-id': 'a "quoted" one', traceparent: 'nonsense' } })
  assert.match(answer.headers.get('x-request-id'), /^[0-9a-f-]{36}$/)
})

test('counts requests by route and status, for who reaches the instance itself', async (t) => {
  const { get } = await serveApp(t)
  await get('/products/cup')
  await get('/products/sofa')
  const text = await (await get('/metrics')).text()
  assert.match(text, /http_requests_total\{method="GET",route="\/products\/:id",status_code="200"\} 1/)
  assert.match(
    text,
    /http_request_duration_seconds_count\{method="GET",route="\/products\/:id",status_code="404"\} 1/,
  )
  assert.equal((await get('/metrics', { headers: { 'x-forwarded-for': '203.0.113.7' } })).status, 404)
})

test('keeps secrets out of the log, wherever they are put', () => {
  const lines = []
  const log = createLog({ level: 'info' }, { write: (line) => lines.push(line) })
  log.info({ user: { email: 'ada@shop.example', password: 'hunter2' }, token: 'abc' }, 'signed in')
  assert.match(lines[0], /signed in/)
  assert.doesNotMatch(lines[0], /ada@|hunter2|abc/)
})
