import type { HealthAnswer, HealthRequest } from './health-request.ts'
import { asHealthRequest, type HttpResponse, respond } from './serve.ts'

/** What is needed of a Fastify instance. */
interface Instance {
  addHook(name: 'onRequest', hook: (request: { raw: RawRequest }, reply: Reply) => Promise<unknown>): unknown
}

interface RawRequest {
  method?: string | undefined
  url?: string | undefined
  headers: Record<string, string | string[] | undefined>
}

interface Reply {
  raw: HttpResponse
  hijack(): unknown
}

/** The plugin that answers probes. Register it before all others: hooks run in the order in which they were added. */
export function healthPlugin(health: {
  answer(request: HealthRequest): Promise<HealthAnswer | null>
  isHealthPath(path: string): boolean
}) {
  async function plugin(instance: Instance): Promise<void> {
    instance.addHook('onRequest', async (request, reply) => {
      if (!health.isHealthPath(request.raw.url ?? '')) return
      // Taken out of Fastify's hands, so that no hook of the app redirects it or changes the answer.
      reply.hijack()
      await respond(asHealthRequest(request.raw), reply.raw, health.answer)
    })
  }
  return Object.assign(plugin, {
    // Without it the hook would hold for this plugin's own routes only, of which there are none.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@sluice/health',
  })
}
