import type { EnvironmentConfig } from '../../config/config.ts'
import { type Answer, type Check, type Evidence, fail, notApplicable, pass, unknown, warn } from '../check.ts'
import type { Look } from '../look/look.ts'
import type { ManifestContainer } from '../look/manifests.ts'
import { placesOf } from '../look/places.ts'
import { together } from '../look/together.ts'
import { inSluiceYaml, nowhere } from '../look/where-it-runs.ts'
import { ownManifests, type Workload } from '../look/workloads.ts'
import { field, listOf } from '../look/yaml-documents.ts'

/**
 * INF-07. Containers that Sluice runs have the capabilities that the engine gives to all: with a root file system that
 * cannot be written to that is a warning.
 */
export const hardenedContainer: Check = {
  id: 'INF-07',
  title: 'its containers may do nothing that they do not need',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'In manifests: readOnlyRootFilesystem, capabilities drop ALL, allowPrivilegeEscalation: false, seccompProfile RuntimeDefault and automountServiceAccountToken: false, with an emptyDir for /tmp. In sluice.yaml: container.readOnly: true and tmpfs: [/tmp].',
  fixedBy: ['kubernetes'],
  tags: [
    'container-security-context-readonlyrootfilesystem',
    'notReadOnlyRootFilesystem',
    'insecureCapabilities',
  ],
  static(look) {
    const places = placesOf(look, {
      environment: (environment) => ofEnvironment(look, environment),
      workload: (workload) => ofWorkload(look, workload),
    })
    return together(places, nowhere(look))
  },
}

function ofEnvironment(look: Look, { name, target, container }: EnvironmentConfig): Answer {
  if (target === 'process') return notApplicable(`${name} runs as processes, and there is no container`)
  const place = (says: string) => [inSluiceYaml(look, says, ['environments', name, 'container', 'readOnly'])]
  return container.readOnly
    ? warn(
        `the root file system of ${name} cannot be written to; its containers keep the capabilities that the engine gives to all`,
        place('readOnly: true'),
      )
    : fail(`the root file system of ${name} can be written to`, place('no readOnly: true'))
}

function ofWorkload(look: Look, workload: Workload): Answer {
  const { kind, name, file, lineOf } = workload.manifest
  const { pod, podAt } = workload
  const shared = ['hostPID', 'hostIPC'].filter((key) => field(pod, key) === true)
  const gaps: Evidence[] = [
    ...workload.containers.flatMap(gapsOf),
    ...shared.map((key) => ({ says: `${key}: true`, file, line: lineOf([...podAt, key]) })),
    ...(hasToken(look, workload)
      ? [{ says: 'it gets a token of its service account', file, line: lineOf(podAt) }]
      : []),
  ]
  if (gaps.length > 0) {
    const says = `${kind} ${name}: ${[...new Set(gaps.map((gap) => gap.says))].join(', ')}`
    const shown = gaps.slice(0, 8)
    return workload.isPatched
      ? unknown(`${says}; a patch of Kustomize may change it`, shown)
      : fail(says, shown)
  }
  return pass(`the containers of ${kind} ${name} are hardened`, [
    { says: 'securityContext', file, line: lineOf([...podAt, 'securityContext']) },
  ])
}

function gapsOf({ manifest, container, pod, at }: ManifestContainer): Evidence[] {
  const own = field(container, 'securityContext')
  const seccomp =
    field(own, 'seccompProfile', 'type') ?? field(pod, 'securityContext', 'seccompProfile', 'type')
  const dropped = listOf(field(own, 'capabilities', 'drop')).map((one) => String(one).toUpperCase())
  const claims: [boolean, string][] = [
    [field(own, 'readOnlyRootFilesystem') === true, 'no readOnlyRootFilesystem: true'],
    [dropped.includes('ALL'), 'capabilities drop not ALL'],
    [field(own, 'allowPrivilegeEscalation') === false, 'no allowPrivilegeEscalation: false'],
    [seccomp === 'RuntimeDefault' || seccomp === 'Localhost', 'no seccompProfile RuntimeDefault'],
    [field(own, 'privileged') !== true, 'privileged: true'],
  ]
  const line = manifest.lineOf([...at, 'securityContext'])
  return claims.filter(([holds]) => !holds).map(([, says]) => ({ says, file: manifest.file, line }))
}

// What the pod says wins over its service account.
function hasToken(look: Look, { pod, manifest }: Workload): boolean {
  const said = field(pod, 'automountServiceAccountToken')
  if (said !== null) return said !== false
  const account = field(pod, 'serviceAccountName') ?? 'default'
  const isOff = ownManifests(look).manifests.some(
    ({ kind, name, value }) =>
      kind === 'ServiceAccount' &&
      name === account &&
      field(value, 'metadata', 'namespace') === field(manifest.value, 'metadata', 'namespace') &&
      field(value, 'automountServiceAccountToken') === false,
  )
  return !isOff
}
