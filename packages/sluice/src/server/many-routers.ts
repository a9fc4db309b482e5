import type { EnvironmentId } from '../core/release.ts'
import type { Router } from '../routers/router.ts'
import type { Outside } from './outside.ts'

/** A router for every environment, whichever of them it is served by. */
export type ManyRouters = Pick<Router, 'route' | 'observe' | 'counts' | 'remove' | 'warnings'>

/** Hands every call on to the environment's router. `inUse` lists the names of those that serve anything now. */
export function manyRouters(
  outside: Pick<Outside, 'router'>,
  { nameOf, inUse }: { nameOf(environment: EnvironmentId): string; inUse(): string[] },
): ManyRouters {
  const of = (environment: EnvironmentId) => outside.router(nameOf(environment))
  return {
    route: async (traffic, fence) => (await of(traffic.environment)).route(traffic, fence),
    observe: async (environment) => (await of(environment)).observe(environment),
    counts: async (environment, cohort) => (await of(environment)).counts(environment, cohort),
    remove: async (environment, fence) => (await of(environment)).remove(environment, fence),
    async warnings() {
      const all = [...new Set(inUse())].map(async (name) => (await outside.router(name)).warnings())
      return (await Promise.all(all)).flat()
    },
  }
}
