import type { EnvironmentConfig } from '../../config/config.ts'
import { type Answer, type Check, fail, notApplicable, pass, unknown, warn } from '../check.ts'
import type { Look } from '../look/look.ts'
import { placesOf } from '../look/places.ts'
import { autoscalerOf } from '../look/replicas.ts'
import { together } from '../look/together.ts'
import { inSluiceYaml, nowhere } from '../look/where-it-runs.ts'
import { type Workload, workloads } from '../look/workloads.ts'
import { field } from '../look/yaml-documents.ts'

/**
 * INF-04. Sluice keeps as many instances as sluice.yaml says, and adds none when the load grows: two and more are a warning
 * there, and one is a failure. A DaemonSet has as many pods as there are machines, and a StatefulSet as many as its data wants.
 */
export const scaling: Check = {
  id: 'INF-04',
  title: 'it scales out by itself, between a minimum and a maximum',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Where Kubernetes runs it, write a HorizontalPodAutoscaler of at least 2 and take `replicas` out of the Deployment: `sluice init --with kubernetes`. Where Sluice runs it, set `instances` to what the highest load needs.',
  fixedBy: ['kubernetes'],
  tags: ['deployment-has-hpa', 'horizontalpodautoscaler-replicas'],
  static(look) {
    const places = placesOf(look, {
      environment: (environment) => ofEnvironment(look, environment),
      workload: (workload) => ofWorkload(look, workload),
    })
    return together(places, nowhere(look))
  },
}

function ofEnvironment(look: Look, { name, instances }: EnvironmentConfig): Answer | null {
  // What its author runs in a cluster, sluice.yaml need not scale as well.
  if (workloads(look).length > 0) return null
  const evidence = [inSluiceYaml(look, `instances: ${instances}`, ['environments', name, 'instances'])]
  if (instances < 2) return fail(`${name} has one instance, and no other takes a part of its load`, evidence)
  return warn(`${name} has ${instances} instances whatever the load is: Sluice adds none by itself`, evidence)
}

function ofWorkload(look: Look, workload: Workload): Answer {
  const { kind, name, file, value, lineOf } = workload.manifest
  const which = `${kind} ${name}`
  if (kind !== 'Deployment') return notApplicable(`how many pods ${which} has is no matter of the load`)
  const scaler = autoscalerOf(look, workload)
  if (scaler === null) {
    const evidence = [{ says: `${which} has no autoscaler`, file, line: lineOf(['metadata', 'name']) }]
    return workload.isPatched
      ? unknown(`${which} has no autoscaler here, and a patch of Kustomize may add what scales it`, evidence)
      : fail(`${which} has no autoscaler`, evidence)
  }
  const { manifest, min, max } = scaler
  const bounds = { says: `${min} to ${max ?? '?'}`, file: manifest.file, line: manifest.lineOf(['spec']) }
  if (min < 2) return fail(`the autoscaler of ${which} may leave it with ${min}`, [bounds])
  if (max === null || max <= min) return fail(`the autoscaler of ${which} has no room above ${min}`, [bounds])
  if (field(value, 'spec', 'replicas') !== null) {
    const line = lineOf(['spec', 'replicas'])
    return fail(`${which} fixes replicas, which every apply sets back to against its autoscaler`, [
      { says: 'replicas beside an autoscaler', file, line },
    ])
  }
  return pass(`${which} scales from ${min} to ${max}`, [bounds])
}
