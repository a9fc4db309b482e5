import type { EnvironmentConfig } from '../../config/config.ts'
import { type Answer, type Check, type Evidence, fail, notApplicable, pass, unknown } from '../check.ts'
import type { Look } from '../look/look.ts'
import type { Manifest } from '../look/manifests.ts'
import { placesOf } from '../look/places.ts'
import { leastReplicas } from '../look/replicas.ts'
import { together } from '../look/together.ts'
import { inSluiceYaml, nowhere } from '../look/where-it-runs.ts'
import { ownManifests, selects, type Workload } from '../look/workloads.ts'
import { field, listOf } from '../look/yaml-documents.ts'

/** INF-10. Processes, and containers of one engine, run on one machine: there is no other that could take over. */
export const nodeLoss: Check = {
  id: 'INF-10',
  title: 'it survives the loss of a machine',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Run two at least, spread them by topologySpreadConstraints over kubernetes.io/hostname, and write a PodDisruptionBudget with maxUnavailable: 1. `sluice init --with kubernetes` writes all three.',
  fixedBy: ['kubernetes'],
  tags: ['deployment-replicas', 'deployment-has-host-podantiaffinity', 'deployment-has-poddisruptionbudget'],
  static(look) {
    const places = placesOf(look, {
      environment: (environment) => ofEnvironment(look, environment),
      workload: (workload) => ofWorkload(look, workload),
    })
    return together(places, nowhere(look))
  },
}

function ofEnvironment(look: Look, { name, target, instances, container }: EnvironmentConfig): Answer {
  switch (target) {
    case 'process':
      return notApplicable(`${name} runs as processes of one machine`)
    case 'docker':
      return notApplicable(`${name} runs on one engine, which is one machine`)
    case 'swarm': {
      const at = ['environments', name]
      const pinned = container.constraints.find((one) => /^node\.(?:hostname|id)\s*==/.test(one))
      if (instances < 2)
        return fail(`${name} has one instance`, [inSluiceYaml(look, 'instances: 1', [...at, 'instances'])])
      if (pinned !== undefined)
        return fail(`all instances of ${name} run on one node`, [
          inSluiceYaml(look, pinned, [...at, 'container', 'constraints']),
        ])
      return unknown(`${name} runs on a swarm, and how many nodes and managers that has is in no file`)
    }
  }
}

function ofWorkload(look: Look, workload: Workload): Answer {
  const { kind, name, file, lineOf } = workload.manifest
  const which = `${kind} ${name}`
  if (kind === 'DaemonSet') return notApplicable(`${which} runs on every machine`)
  const budget = budgetOf(look, workload)
  const least = leastReplicas(look, workload)
  const gaps: Evidence[] = [
    ...(least < 2
      ? [{ says: `it may have ${least} replica`, file, line: lineOf(['spec', 'replicas']) }]
      : []),
    ...(isSpread(workload)
      ? []
      : [{ says: 'its pods may all be on one machine', file, line: lineOf(workload.podAt) }]),
    ...(budget === null
      ? [{ says: 'it has no disruption budget', file, line: lineOf(['metadata', 'name']) }]
      : []),
    ...(budget !== null && blocksAll(budget, least)
      ? [{ says: 'its budget blocks every eviction', file: budget.file, line: budget.lineOf(['spec']) }]
      : []),
  ]
  if (gaps.length > 0) {
    const says = `${which}: ${gaps.map((gap) => gap.says).join(', ')}`
    return workload.isPatched ? unknown(`${says}; a patch of Kustomize may add it`, gaps) : fail(says, gaps)
  }
  return pass(`${which} has ${least} at least, spread, with a disruption budget`, [
    { says: 'spread over machines', file, line: lineOf(workload.podAt) },
    { says: 'disruption budget', file: budget!.file, line: budget!.lineOf(['spec']) },
  ])
}

function isSpread({ pod }: Workload): boolean {
  const rules = field(pod, 'affinity', 'podAntiAffinity')
  return (
    listOf(field(pod, 'topologySpreadConstraints')).length > 0 ||
    [
      'requiredDuringSchedulingIgnoredDuringExecution',
      'preferredDuringSchedulingIgnoredDuringExecution',
    ].some((key) => listOf(field(rules, key)).length > 0)
  )
}

function budgetOf(look: Look, workload: Workload): Manifest | null {
  const budgets = ownManifests(look).manifests.filter(({ kind }) => kind === 'PodDisruptionBudget')
  return budgets.find(({ value }) => selects(field(value, 'spec', 'selector'), workload)) ?? null
}

/** Whether a machine can never be emptied: with as many as there are at least, none may go. */
function blocksAll({ value }: Manifest, replicas: number): boolean {
  const [least, most] = [field(value, 'spec', 'minAvailable'), field(value, 'spec', 'maxUnavailable')]
  // Shares are rounded up, of both (Kubernetes, "Specifying a Disruption Budget for your Application").
  if (most !== null) return countOf(most, replicas) === 0
  return least !== null && countOf(least, replicas) >= replicas
}

function countOf(amount: unknown, of: number): number {
  const share = /^(\d+)%$/.exec(String(amount))?.[1]
  return share === undefined ? Number(amount) : Math.ceil((Number(share) * of) / 100)
}
