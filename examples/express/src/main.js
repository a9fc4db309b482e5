import { createServer } from 'node:http'
import { createApp } from './app.js'
import { healthOf } from './health.js'
import { createLog } from './log.js'
import { createMetrics } from './metrics.js'
import { createPrices } from './prices.js'
import { declared } from './settings.js'

const env = declared.parseOrExit()
const log = createLog({ level: env.LOG_LEVEL, release: env.SLUICE_RELEASE })
process.on('uncaughtException', (error) => {
  // Nobody knows what state it is in. Whoever runs it starts another.
  log.fatal({ err: error }, 'nobody caught this')
  process.exit(1)
})

const prices = createPrices({ url: env.PRICES_URL, timeoutMs: env.PRICES_TIMEOUT })
const health = healthOf({ env, log, prices })
const app = createApp({ env, log, prices, health, metrics: createMetrics() })

const server = createServer({ connectionsCheckingInterval: 1_000 }, app)
server.headersTimeout = 5_000
server.requestTimeout = 15_000
// Longer than any proxy in front keeps an idle connection, so that it is the proxy who closes, never both at once.
server.keepAliveTimeout = 70_000
health.serve(server)
server.listen(env.PORT, () => {
  health.markStarted()
  log.info({ port: env.PORT }, 'listening')
})
