import type { MetricSource, SourceOptions } from './source.ts'

/** How a member is had when it is needed, so that nothing of the others is read. */
export interface SourceKind {
  load: () => Promise<(options: SourceOptions) => MetricSource>
}

/** Where counts come from: one line per source. */
export const sources = {
  router: { load: () => import('./router.ts').then((it) => it.openRouterSource) },
  prometheus: { load: () => import('./prometheus.ts').then((it) => it.openPrometheusSource) },
} satisfies Record<string, SourceKind>

export type SourceName = keyof typeof sources
