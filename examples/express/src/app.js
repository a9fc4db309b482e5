import cors from 'cors'
import express from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { bearerOnly } from './access.js'
import { adminRoutes } from './admin.js'
import { answerError, notFound } from './errors.js'
import { metricsPage } from './metrics.js'
import { followRequests } from './requests.js'
import { shopRoutes } from './shop.js'

/** The app without a server. The order counts: what is followed is also counted and limited, and only then read. */
export function createApp({ env, log, metrics, prices, health }) {
  const app = express()
  // The router is on this machine or in a private network; the address that it names is the caller's.
  app.set('trust proxy', ['loopback', 'uniquelocal'])
  app.get('/metrics', metricsPage({ metrics, health }))
  app.use(followRequests({ log, metrics }))
  app.use(helmet())
  app.use(cors({ origin: env.CORS_ORIGINS ?? [], exposedHeaders: ['x-request-id'] }))
  app.use(
    rateLimit({ windowMs: 60_000, limit: env.RATE_LIMIT, standardHeaders: 'draft-8', legacyHeaders: false }),
  )
  app.use(express.json({ limit: '16kb' }))

  app.get('/', (_request, response) => {
    response.json({ name: 'shop', release: env.SLUICE_RELEASE })
  })
  app.use(shopRoutes({ prices, currency: env.CURRENCY }))
  app.use('/admin', bearerOnly(env.ADMIN_TOKEN), adminRoutes({ prices }))
  app.use(notFound)
  app.use(answerError)
  return app
}
