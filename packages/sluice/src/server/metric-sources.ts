import { type SourceName, sources } from '../metrics/index.ts'
import type { MetricSource } from '../metrics/source.ts'
import type { EnvironmentSettings } from '../runtime/environment-state.ts'
import type { ManyRouters } from './many-routers.ts'

type Sources = [router: MetricSource, ...others: MetricSource[]]

/** Opens the sources of each environment once, and anew when a deploy has changed what it says of them. */
export class MetricSources {
  readonly #router: Pick<ManyRouters, 'counts'>
  readonly #opened = new Map<string, { as: string; sources: Promise<Sources> }>()

  constructor(router: Pick<ManyRouters, 'counts'>) {
    this.#router = router
  }

  /** The router's counts first, then the user's own metrics. */
  of(settings: EnvironmentSettings): Promise<Sources> {
    const as = JSON.stringify(settings.sources)
    const known = this.#opened.get(settings.id)
    if (known?.as === as) return known.sources
    void closeAll(known?.sources)
    const opened = this.#open(settings)
    this.#opened.set(settings.id, { as, sources: opened })
    return opened
  }

  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map(({ sources }) => closeAll(sources)))
  }

  async #open({ sources: wanted }: EnvironmentSettings): Promise<Sources> {
    const router = this.#router
    const open = await sources.router.load()
    const others = wanted.map(async ({ name, server, queries }) => {
      const openOther = await sources[name as SourceName].load()
      return openOther({ router, server, queries })
    })
    return [open({ router, server: null, queries: [] }), ...(await Promise.all(others))]
  }
}

async function closeAll(sources: Promise<Sources> | undefined): Promise<void> {
  const opened = await sources?.catch(() => [])
  await Promise.all((opened ?? []).map((source) => source.close().catch(() => {})))
}
