import { shareOf, type Weights } from '../../core/weights.ts'
import type { EnvironmentRoute } from '../../proxy/table.ts'
import type { Traffic } from '../router.ts'

/** The queue of an environment whose app is being replaced (data-plane reference, 5.5). */
const heldRequests = { maxRequests: 1000, maxWaitMs: 30_000, healthPath: null }

/** An environment's traffic as the proxy's table has it. */
export function environmentRoute(traffic: Traffic): EnvironmentRoute {
  const { settings, previewRelease: release } = traffic
  return {
    name: traffic.environment,
    hosts: settings.hosts,
    pathPrefix: settings.pathPrefix,
    preview: settings.preview === null || release === null ? null : { ...settings.preview, release },
    weightEpoch: traffic.weightEpoch,
    sticky: settings.sticky === null ? null : { salt: traffic.salt, ...settings.sticky },
    releases: traffic.releases.map(({ release: id, instances }) => ({
      id,
      weight: shareOf(traffic.weights, id),
      instances,
    })),
    maxBodyBytes: settings.maxBodyBytes,
    firstByteTimeoutMs: settings.firstByteTimeoutMs,
    hold: traffic.hold ? heldRequests : null,
    ...(traffic.drill === undefined ? {} : { drill: traffic.drill }),
  }
}

/** The shares of a route, without the releases that have none. */
export function weightsOf(route: EnvironmentRoute): Weights {
  return Object.fromEntries(
    route.releases.filter(({ weight }) => weight > 0).map(({ id, weight }) => [id, weight]),
  )
}
