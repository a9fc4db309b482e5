import type { MetricSource, SourceOptions } from './source.ts'

/** The router's own counts: every request, per release and weight epoch. */
export function openRouterSource({ router }: Pick<SourceOptions, 'router'>): MetricSource {
  return {
    async read({ environment, cohort }) {
      const { boots } = await router.counts(environment, cohort)
      return { boots, ratios: [] }
    },
    async close() {},
  }
}
