import type { Routing } from '../core/effect.ts'
import type { ReleaseId } from '../core/release.ts'
import { shareOf } from '../core/weights.ts'
import type { RoutedInstance, RouteSettings, Traffic } from '../routers/router.ts'
import type { Instance, TargetObservation } from '../targets/target.ts'

/** Joins what the engine wants of the router with the addresses that the target knows. */
export function composeTraffic(given: {
  environment: string
  settings: RouteSettings
  salt: string
  routing: Routing
  seen: TargetObservation
}): Traffic {
  const { routing, seen } = given
  return {
    environment: given.environment,
    settings: given.settings,
    weightEpoch: routing.weightEpoch,
    weights: routing.weights,
    salt: given.salt,
    releases: newestFirst(Object.keys(seen.releases)).map((release) => ({
      release,
      instances: routed(seen.releases[release]?.instances ?? [], release, routing),
    })),
    previewRelease: routing.preview,
    hold: routing.hold,
    ...(routing.drill === undefined ? {} : { drill: routing.drill }),
  }
}

/** True for an instance that the routing wants to leave. */
export function isLeaving(instance: Instance, routing: Routing): boolean {
  const keep = routing.keep[instance.release]
  return keep !== undefined && instance.slot >= keep
}

function routed(instances: Instance[], release: ReleaseId, routing: Routing): RoutedInstance[] {
  const hasReady = instances.some((one) => one.state === 'ready' && !isLeaving(one, routing))
  const isNeeded = shareOf(routing.weights, release) > 0
  return instances.flatMap((instance) => {
    const state = stateOf(instance, routing, isNeeded && !hasReady)
    return instance.address === null || state === null
      ? []
      : [{ id: instance.id, ...instance.address, state }]
  })
}

// With no ready instance left, one that fails its readiness is a better place for a request than none.
function stateOf(
  instance: Instance,
  routing: Routing,
  isLastResort: boolean,
): RoutedInstance['state'] | null {
  if (isLeaving(instance, routing)) return routing.cut.includes(instance.release) ? 'closing' : 'draining'
  switch (instance.state) {
    case 'ready':
      return 'serving'
    case 'unready':
      return isLastResort ? 'serving' : 'draining'
    case 'stopping':
      return 'draining'
    case 'starting':
    case 'exited':
      return null
  }
}

// r10 is newer than r9.
function newestFirst(releases: ReleaseId[]): ReleaseId[] {
  const number = (release: ReleaseId) => Number(release.replace(/^\D+/, ''))
  return [...releases].sort((a, b) => number(b) - number(a))
}
