import { once } from 'node:events'
import { createServer } from 'node:http'
import { Writable } from 'node:stream'
import { createApp } from '../src/app.js'
import { healthOf } from '../src/health.js'
import { createLog } from '../src/log.js'
import { createMetrics } from '../src/metrics.js'
import { createPrices } from '../src/prices.js'
import { declared } from '../src/settings.js'

/** The whole app in this process, on a port of its own, until the test `t` is over. */
export async function serveApp(t, variables = {}) {
  const env = declared.parse({ CURRENCY: 'EUR', ...variables })
  const lines = []
  const keep = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(chunk))
      done()
    },
  })
  const log = createLog({ level: 'info', release: 'r1' }, keep)
  const prices = createPrices({ url: env.PRICES_URL, timeoutMs: env.PRICES_TIMEOUT })
  const health = healthOf({ env, log, prices })
  const server = createServer(createApp({ env, log, prices, health, metrics: createMetrics() }))
  const url = await listen(t, server)
  return { lines, get: (path, options) => fetch(`${url}${path}`, options) }
}

/** Listens on loopback until the test is over; the URL. */
export async function listen(t, server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${server.address().port}`
}

/** A POST of JSON, for `fetch`. */
export function post(body) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
