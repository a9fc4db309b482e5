import type { MetricSource, SourceOptions } from './source.ts'

/** The router's own counts: every request, per release and weight epoch. */
export function openRouterSource({ router }: Pick<SourceOptions, 'router'>): MetricSource {
  return {
    async read({ environment }) {
      const { boots } = await router.counts(environment)
      return { boots, ratios: [] }
    },
    async close() {},
  }
}
