import type { HealthAnswer, HealthRequest } from './health-request.ts'
import { asHealthRequest, type HttpResponse, respond } from './serve.ts'

/** What is needed of a request of Express, or of Connect. */
interface Request {
  method?: string | undefined
  url?: string | undefined
  headers: Record<string, string | string[] | undefined>
}

/** The middleware that answers probes. Use it before all others: they may redirect, count, log or refuse. */
export function healthMiddleware(health: { answer(request: HealthRequest): Promise<HealthAnswer | null> }) {
  return (request: Request, response: HttpResponse, next: () => void): void => {
    respond(asHealthRequest(request), response, health.answer).then((hasAnswered) => {
      if (!hasAnswered) next()
    })
  }
}
