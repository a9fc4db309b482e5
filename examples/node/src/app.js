import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { detailedHealth } from './health.js'

const MAX_SLOW_MS = 60_000
const EVENT_PERIOD_MS = 1000

/** The service: a server that is not listening yet, and the way to end it without cutting anything. */
export function createApp(settings, log) {
  const open = new Set()
  const leaving = new AbortController()

  const server = createServer((request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    response.setHeader('x-release', settings.release)
    if (leaving.signal.aborted) sayGoodbye(response)
    answer(request, response, { settings, log, leaving: leaving.signal }).catch((error) => {
      log.error('request failed', { method: request.method, url: request.url, error: error.message })
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, { error: 'internal' })
    })
  })
  // Longer than any proxy in front keeps an idle connection, so that it is the proxy who closes, never both at once.
  server.keepAliveTimeout = 70_000

  async function finish() {
    leaving.abort()
    for (const response of open) sayGoodbye(response)
    await new Promise((resolve) => server.close(resolve))
  }

  return { server, finish, inFlight: () => open.size }
}

// The answer is the last one on its connection; otherwise an idle connection would hold the process until its timeout.
function sayGoodbye(response) {
  const { socket } = response
  if (!response.headersSent) response.setHeader('connection', 'close')
  response.once('finish', () => socket?.end())
}

const routes = {
  'GET /': page,
  'GET /slow': slow,
  'GET /events': events,
  'POST /echo': echo,
  'GET /livez': (_request, response) => sendJson(response, 200, { status: 'ok' }),
  'GET /readyz': (_request, response) => sendJson(response, 200, { status: 'ok' }),
  'GET /healthz': health,
}

async function answer(request, response, context) {
  const url = new URL(request.url, 'http://shop')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = routes[`${method} ${url.pathname}`]
  if (route === undefined) return sendJson(response, 404, { error: 'not found' })
  if (!isProbe(url.pathname) && Math.random() < context.settings.failShare) {
    return sendJson(response, 500, { error: 'FAIL_SHARE says so' })
  }
  context.log.debug('request', { method: request.method, path: url.pathname })
  await route(request, response, { ...context, query: url.searchParams })
}

// A bad release passes its probes, or it would never meet a user.
function isProbe(path) {
  return path === '/livez' || path === '/readyz' || path === '/healthz'
}

function page(_request, response, { settings }) {
  const { greeting, version, release, instance } = settings
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>shop</title>
<h1>${escapeHtml(greeting)}, this is shop ${version}</h1>
<p>release <b>${escapeHtml(release)}</b>, instance <b>${escapeHtml(instance)}</b></p>
</html>
`
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body)
}

async function slow(_request, response, { query }) {
  const ms = Number(query.get('ms') ?? 1000)
  if (!(ms >= 0 && ms <= MAX_SLOW_MS))
    return sendJson(response, 400, { error: `ms must be 0 to ${MAX_SLOW_MS}` })
  await sleep(ms)
  sendJson(response, 200, { waitedMs: ms })
}

async function events(request, response, { settings, leaving }) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  if (request.method === 'HEAD') return response.end()
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const over = AbortSignal.any([leaving, gone.signal])
  for (let id = Number(request.headers['last-event-id'] ?? 0) + 1; !over.aborted; id++) {
    response.write(`id: ${id}\ndata: ${JSON.stringify({ release: settings.release, id })}\n\n`)
    await sleep(EVENT_PERIOD_MS, undefined, { signal: over }).catch(() => {})
  }
  // The browser connects again by itself, and then reaches an instance that stays.
  response.end()
}

async function echo(request, response) {
  const type = request.headers['content-type'] ?? 'application/octet-stream'
  const length = request.headers['content-length']
  response.writeHead(200, {
    'content-type': type,
    ...(length === undefined ? {} : { 'content-length': length }),
  })
  await pipeline(request, response)
}

async function health(_request, response, { settings }) {
  const found = await detailedHealth(settings)
  sendJson(response, found.status === 'ok' ? 200 : 503, found)
}

function sendJson(response, status, value) {
  const body = JSON.stringify(value)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
}

function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
