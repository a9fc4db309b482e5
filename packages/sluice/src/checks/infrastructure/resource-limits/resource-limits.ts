import type { EnvironmentConfig } from '../../../config/config.ts'
import { type Answer, type Check, fail, notApplicable, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import type { ManifestContainer } from '../../look/manifests.ts'
import { placesOf } from '../../look/places.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml, nowhere } from '../../look/where-it-runs.ts'
import { ownManifests, type Workload } from '../../look/workloads.ts'
import { field, listOf } from '../../look/yaml-documents.ts'
import { ofCompose } from './compose-limits.ts'
import { ofTaskDefinitions } from './task-definitions.ts'

/**
 * INF-03. A limit of CPU alone may be left out on Kubernetes, where many do so on purpose: that is a warning, since one
 * container may then take what others on its machine were promised nothing of.
 */
export const resourceLimits: Check = {
  id: 'INF-03',
  title: 'CPU and memory of every container are requested and limited',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Set container.memory and container.cpus of the environment in sluice.yaml; in manifests requests and limits of both, with as much memory requested as allowed.',
  fixedBy: ['kubernetes'],
  tags: ['container-resources', 'cpuLimitsMissing', 'memoryLimitsMissing'],
  static(look) {
    const places = [
      ...placesOf(look, {
        environment: (environment) => ofEnvironment(look, environment),
        workload: (workload) => ofWorkload(look, workload),
      }),
      ofCompose(look),
      ofTaskDefinitions(look),
    ]
    return together(places, nowhere(look))
  },
}

function ofEnvironment(look: Look, { name, target, container }: EnvironmentConfig): Answer {
  if (target === 'process')
    return notApplicable(`${name} runs as processes, and it is containers that Sluice gives limits to`)
  const { memoryBytes, cpus } = container
  const missing = [
    ...(memoryBytes === null ? ['container.memory'] : []),
    ...(cpus === null ? ['container.cpus'] : []),
  ]
  const at = ['environments', name, 'container']
  if (missing.length > 0) {
    const says = `${missing.join(' and ')} of ${name} ${missing.length === 1 ? 'is' : 'are'} not set`
    return fail(says, [inSluiceYaml(look, says, at)])
  }
  return pass(`containers of ${name} have limits`, [
    inSluiceYaml(look, `${Math.round(memoryBytes! / 1024 / 1024)} MiB and ${cpus} cores`, at),
  ])
}

/** What is asked for, and the limit of memory, without which one container ends its neighbours. */
const demanded = [
  ['requests', 'cpu'],
  ['requests', 'memory'],
  ['limits', 'memory'],
] as const

function ofWorkload(look: Look, workload: Workload): Answer {
  const gaps = workload.containers.flatMap((one) => gapsOf(one))
  const { kind, name } = workload.manifest
  if (gaps.length > 0) {
    const doubt = otherwiseSet(look, workload)
    const says = `containers of ${kind} ${name} lack ${[...new Set(gaps.map(({ lacks }) => lacks))].join(', ')}`
    const evidence = gaps.map(({ says, file, line }) => ({ says, file, line })).slice(0, 8)
    return doubt === null ? fail(says, evidence) : unknown(`${says}; ${doubt}`, evidence)
  }
  const unlimited = workload.containers.filter(({ container }) => !limitsCpu(container))
  if (unlimited.length > 0)
    return warn(
      `${kind} ${name} has no limit of CPU`,
      unlimited.map((one) => placeOf(one, 'no limits.cpu')),
    )
  return pass(
    `every container of ${kind} ${name} has requests and limits`,
    workload.containers.map((one) => placeOf(one, `resources of ${one.name}`)),
  )
}

function gapsOf(one: ManifestContainer) {
  return demanded
    .filter(([part, what]) => {
      const resources = field(one.container, 'resources')
      // What is limited and not requested is requested as much (Kubernetes, "Resource requests and limits").
      const isLimited = part === 'requests' && field(resources, 'limits', what) !== null
      return field(resources, part, what) === null && !isLimited
    })
    .map((path) => ({ lacks: path.join('.'), ...placeOf(one, `${one.name} has no ${path.join('.')}`) }))
}

function limitsCpu(container: unknown): boolean {
  return field(container, 'resources', 'limits', 'cpu') !== null
}

function placeOf({ manifest, at }: ManifestContainer, says: string) {
  return { says, file: manifest.file, line: manifest.lineOf([...at, 'resources']) }
}

/** Why what is missing in the manifest may be set all the same; null where it is not. */
function otherwiseSet(look: Look, { isPatched }: Workload): string | null {
  if (isPatched) return 'a patch of Kustomize may set them: keep what `kubectl kustomize` prints'
  const hasDefaults = ownManifests(look).manifests.some(
    ({ kind, value }) =>
      kind === 'LimitRange' &&
      listOf(field(value, 'spec', 'limits')).some((limit) => field(limit, 'default') !== null),
  )
  return hasDefaults ? 'only a LimitRange gives some: say it for the container itself' : null
}
