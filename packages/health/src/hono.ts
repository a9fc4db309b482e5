import type { HealthAnswer, HealthRequest } from './health-request.ts'

interface Answering {
  answer(request: HealthRequest): Promise<HealthAnswer | null>
}

/** Answers a probe for any server that speaks fetch; null for a request that is not one. */
export function healthFetch(health: Answering): (request: Request) => Promise<Response | null> {
  return async (request) => {
    const { pathname } = new URL(request.url)
    const headers = Object.fromEntries(request.headers)
    const found = await health.answer({ method: request.method, path: pathname, headers, raw: request })
    return found && new Response(found.body || null, { status: found.status, headers: found.headers })
  }
}

/** The middleware for Hono. Use it before all others: they may redirect, count, log or refuse. */
export function healthMiddleware(health: Answering) {
  const fetch = healthFetch(health)
  return async (
    context: { req: { raw: Request } },
    next: () => Promise<void>,
  ): Promise<Response | undefined> => {
    const found = await fetch(context.req.raw)
    if (found !== null) return found
    await next()
    return undefined
  }
}
