import { Router } from 'express'

/** What only the shop's own people may do. */
export function adminRoutes({ prices }) {
  const routes = Router()

  routes.get('/prices', (_request, response) => {
    response.json({ source: prices.source(), ageMs: prices.ageMs() })
  })

  routes.delete('/prices', (_request, response) => {
    prices.forget()
    response.status(204).end()
  })

  return routes
}
