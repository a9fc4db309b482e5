import { createHash } from 'node:crypto'
import { countsFor } from '../../core/instance-shares.ts'
import type { EnvironmentId, ReleaseId } from '../../core/release.ts'
import type { Weights } from '../../core/weights.ts'
import type { RoutedInstance, Traffic } from '../router.ts'

/** What is published of an environment: whom to send requests to, each of them as many as any other. */
export interface InstanceList {
  schema: 1
  environment: EnvironmentId
  hosts: string[]
  pathPrefix: string
  weightEpoch: number
  /** The shares that the endpoints stand for, in basis points. */
  weights: Weights
  /** Those that take new requests now. One that is left out finishes what it has. */
  endpoints: { instance: string; release: ReleaseId; host: string; port: number }[]
}

/** The list of what should be true. Of a release's instances the first ones are taken, so that few change at a time. */
export function listOf({ environment, settings, weightEpoch, weights, releases }: Traffic): InstanceList {
  const serving = releases.map(({ release, instances }) => ({
    release,
    instances: instances.filter(({ state }) => state === 'serving').sort(byId),
  }))
  const available = Object.fromEntries(serving.map(({ release, instances }) => [release, instances.length]))
  const counts = countsFor(weights, available)
  return {
    schema: 1,
    environment,
    hosts: settings.hosts,
    pathPrefix: settings.pathPrefix,
    weightEpoch,
    weights,
    endpoints: serving.flatMap(({ release, instances }) =>
      instances
        .slice(0, counts[release] ?? 0)
        .map(({ id, host, port }) => ({ instance: id, release, host, port })),
    ),
  }
}

/** Of an environment that is no longer served. */
export function emptied(list: InstanceList): InstanceList {
  return { ...list, weights: {}, endpoints: [] }
}

/** The same for lists that mean the same to whoever sends the requests. */
export function markOf({ hosts, pathPrefix, endpoints }: InstanceList): string {
  const meaning = JSON.stringify([hosts, pathPrefix, endpoints])
  return createHash('sha256').update(meaning).digest('hex').slice(0, 16)
}

// r1-2-1 is before r1-10-1.
function byId(a: RoutedInstance, b: RoutedInstance): number {
  return a.id.localeCompare(b.id, 'en', { numeric: true })
}
