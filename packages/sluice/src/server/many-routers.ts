import type { Fence } from '../core/fence.ts'
import type { EnvironmentId } from '../core/release.ts'
import type { Router, RouterCounts, RouterObservation } from '../routers/router.ts'
import type { Outside } from './outside.ts'

/** A router for every environment, whichever of them it is served by; for a while that may be two. */
export type ManyRouters = Pick<Router, 'route' | 'observe' | 'counts' | 'remove' | 'warnings'> & {
  /** The environment is served no longer by the router of this name. */
  leave(environment: EnvironmentId, router: string, fence: Fence): Promise<void>
}

/**
 * Hands every call on to the routers of the environment: to all of them, because each has users of its own until they
 * have moved, and what is answered is what all of them say together.
 */
export function manyRouters(
  outside: Pick<Outside, 'router'>,
  { namesOf, inUse }: { namesOf(environment: EnvironmentId): string[]; inUse(): string[] },
): ManyRouters {
  const all = <T>(environment: EnvironmentId, ask: (router: Router) => Promise<T>): Promise<T[]> =>
    Promise.all(namesOf(environment).map(async (name) => ask(await outside.router(name))))
  return {
    async route(traffic, fence) {
      await all(traffic.environment, (router) => router.route(traffic, fence))
    },
    observe: async (environment) =>
      (await all(environment, (router) => router.observe(environment))).reduce(observedBoth),
    counts: async (environment, cohort) =>
      (await all(environment, (router) => router.counts(environment, cohort))).reduce(countedBoth),
    async remove(environment, fence) {
      await all(environment, (router) => router.remove(environment, fence))
    },
    leave: async (environment, name, fence) => (await outside.router(name)).remove(environment, fence),
    async warnings() {
      const warned = [...new Set(inUse())].map(async (name) => (await outside.router(name)).warnings())
      return (await Promise.all(warned)).flat()
    },
  }
}

// What one of them has not reached is not reached.
function observedBoth(one: RouterObservation, other: RouterObservation): RouterObservation {
  const behind = other.reached && other.weightEpoch >= one.weightEpoch ? one : other
  const cut = { ...one.cut }
  for (const [release, count] of Object.entries(other.cut)) cut[release] = (cut[release] ?? 0) + count
  const inFlight = inFlightOfBoth(one.inFlight, other.inFlight)
  return { ...behind, reached: one.reached && other.reached, inFlight, cut }
}

function inFlightOfBoth(
  one: RouterObservation['inFlight'],
  other: RouterObservation['inFlight'],
): RouterObservation['inFlight'] {
  if (one === null || other === null) return null
  const both = { ...one }
  for (const [id, { requests, tunnels }] of Object.entries(other)) {
    const sum = both[id] ?? { requests: 0, tunnels: 0 }
    both[id] = { requests: sum.requests + requests, tunnels: sum.tunnels + tunnels }
  }
  return both
}

function countedBoth(one: RouterCounts, other: RouterCounts): RouterCounts {
  const instances = new Map(one.instances.map((instance) => [instance.id, instance]))
  for (const instance of other.instances) {
    const { requests = 0, bad = 0 } = instances.get(instance.id) ?? {}
    const sum = { requests: requests + instance.requests, bad: bad + instance.bad }
    instances.set(instance.id, { ...instance, ...sum })
  }
  const [a, b] = [one.totals, other.totals]
  return {
    boots: [...one.boots, ...other.boots],
    instances: [...instances.values()],
    totals: {
      requests: a.requests + b.requests,
      failed: a.failed + b.failed,
      retried: a.retried + b.retried,
      aborted: a.aborted + b.aborted,
    },
  }
}
