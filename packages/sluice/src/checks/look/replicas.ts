import type { Look } from './look.ts'
import type { Manifest } from './manifests.ts'
import { ownManifests, type Workload } from './workloads.ts'
import { field } from './yaml-documents.ts'

/** What changes how many pods a workload has, between two bounds. */
export interface Autoscaler {
  manifest: Manifest
  /** As Kubernetes takes it where it is not written: 1 (autoscaling/v2), and 0 of KEDA. */
  min: number
  /** Null where it is not written: Kubernetes refuses that, and KEDA takes 100. */
  max: number | null
}

/**
 * The autoscaler of a workload, of Kubernetes itself or of KEDA: of several that name it, the one nearest in the folders.
 * Null where none is in the repository.
 */
export function autoscalerOf(look: Look, { manifest: { kind, name, path } }: Workload): Autoscaler | null {
  const naming = ownManifests(look).manifests.filter(({ value }) => {
    const target = field(value, 'spec', 'scaleTargetRef')
    return field(target, 'name') === name && (field(target, 'kind') ?? 'Deployment') === kind
  })
  const [scaler] = naming
    .flatMap(autoscalerIn)
    .toSorted((a, b) => nearness(b.manifest.path, path) - nearness(a.manifest.path, path))
  return scaler ?? null
}

function autoscalerIn(manifest: Manifest): Autoscaler[] {
  const number = (key: string) => numberOf(field(manifest.value, 'spec', key))
  if (manifest.kind === 'HorizontalPodAutoscaler')
    return [{ manifest, min: number('minReplicas') ?? 1, max: number('maxReplicas') }]
  if (manifest.kind !== 'ScaledObject') return []
  return [{ manifest, min: number('minReplicaCount') ?? 0, max: number('maxReplicaCount') ?? 100 }]
}

/** How many folders two files have in common. */
function nearness(one: string, other: string): number {
  const [a, b] = [one.split('/').slice(0, -1), other.split('/').slice(0, -1)]
  const apart = a.findIndex((folder, index) => folder !== b[index])
  return apart === -1 ? a.length : apart
}

/** How many pods a workload has at least. */
export function leastReplicas(look: Look, workload: Workload): number {
  const fixed = numberOf(field(workload.manifest.value, 'spec', 'replicas'))
  return autoscalerOf(look, workload)?.min ?? fixed ?? 1
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
