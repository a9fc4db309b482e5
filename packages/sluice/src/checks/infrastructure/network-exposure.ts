import type { EnvironmentConfig } from '../../config/config.ts'
import { lastOf } from '../../generators/dockerfile/reading.ts'
import { type Answer, type Check, type Evidence, fail, notApplicable, pass, unknown, warn } from '../check.ts'
import { imageFile } from '../look/image-file.ts'
import type { Look } from '../look/look.ts'
import { placesOf } from '../look/places.ts'
import { together } from '../look/together.ts'
import { inSluiceYaml, nowhere } from '../look/where-it-runs.ts'
import { ownManifests, selects, type Workload } from '../look/workloads.ts'
import { field, listOf } from '../look/yaml-documents.ts'

/** INF-12. */
export const networkExposure: Check = {
  id: 'INF-12',
  title: 'only those who have to can reach it over the network',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static']],
  fix: 'Write a NetworkPolicy that denies by default and allows what is needed, give the Service the type ClusterIP, and take hostPort, hostNetwork and port 22 out: `sluice init --with kubernetes`.',
  fixedBy: ['kubernetes'],
  tags: ['pod-networkpolicy', 'service-type', 'hostNetworkSet', 'hostPortSet'],
  static(look) {
    const places = placesOf(look, {
      environment: (environment) => ofEnvironment(look, environment),
      workload: (workload) => ofWorkload(look, workload),
    })
    return together([ofShell(look), ...places], nowhere(look))
  },
}

/** An image that lets people log in. */
function ofShell(look: Look): Answer | null {
  const image = imageFile(look)
  const expose = image === null ? null : lastOf(image.parsed.stages, 'EXPOSE')
  if (image === null || expose === null || !/(?:^|\s)22(?:\/tcp)?(?:\s|$)/.test(expose.text)) return null
  return fail('the image listens on port 22', [{ says: 'EXPOSE 22', file: image.file, line: expose.line }])
}

function ofEnvironment(look: Look, { name, target, container: { reach } }: EnvironmentConfig): Answer {
  const evidence = [
    inSluiceYaml(look, `container.reach: ${reach ?? 'not given'}`, [
      'environments',
      name,
      'container',
      'reach',
    ]),
  ]
  switch (target) {
    case 'process':
      return notApplicable(`${name} runs as processes: its network is that of the machine`)
    case 'docker':
      if (reach === 'address') return pass(`no port of the machine leads to ${name}`, evidence)
      // 127.0.0.1 of this machine, or every address of another one.
      return unknown(
        `${name} has a port that is open to all where its engine is on another machine: container.reach: address closes it`,
        evidence,
      )
    case 'swarm':
      return reach === 'address'
        ? pass(`no port of a node leads to ${name}`, evidence)
        : warn(
            `a port of each node that runs ${name} leads to it: container.reach: address closes it`,
            evidence,
          )
  }
}

function ofWorkload(look: Look, workload: Workload): Answer {
  const { kind, name, file, lineOf } = workload.manifest
  const { pod, podAt } = workload
  const policy = ownManifests(look).manifests.find((one) => isPolicyOf(one.kind, one.value, workload))
  const gaps: Evidence[] = [
    ...(field(pod, 'hostNetwork') === true
      ? [{ says: 'hostNetwork: true', file, line: lineOf([...podAt, 'hostNetwork']) }]
      : []),
    ...workload.containers.flatMap(({ container, at }) =>
      listOf(field(container, 'ports')).flatMap((port, index) => {
        const line = lineOf([...at, 'ports', index])
        const isOpen = field(port, 'hostPort') !== null
        return [
          ...(isOpen ? [{ says: `hostPort ${field(port, 'hostPort')}`, file, line }] : []),
          ...(field(port, 'containerPort') === 22 ? [{ says: 'port 22', file, line }] : []),
        ]
      }),
    ),
    ...openServices(look, workload),
    ...(policy === undefined ? [{ says: 'no NetworkPolicy', file, line: lineOf(['metadata', 'name']) }] : []),
  ]
  if (gaps.length > 0)
    return fail(`${kind} ${name}: ${gaps.map(({ says }) => says).join(', ')}`, gaps.slice(0, 8))
  return pass(`a NetworkPolicy says who reaches ${kind} ${name}`, [
    { says: 'NetworkPolicy', file: policy!.file, line: policy!.lineOf(['spec']) },
  ])
}

function isPolicyOf(kind: string, value: unknown, workload: Workload): boolean {
  if (kind === 'NetworkPolicy') return selects(field(value, 'spec', 'podSelector'), workload)
  // Of Cilium and Calico: their selectors are languages of their own.
  return ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy', 'GlobalNetworkPolicy'].includes(kind)
}

function openServices(look: Look, workload: Workload): Evidence[] {
  return ownManifests(look).manifests.flatMap(({ kind, value, file, lineOf }) => {
    const selector = field(value, 'spec', 'selector')
    const isOpen = kind === 'Service' && field(value, 'spec', 'type') === 'NodePort'
    if (!isOpen || selector === null || !selects(selector, workload)) return []
    return [{ says: 'a Service of type NodePort', file, line: lineOf(['spec', 'type']) }]
  })
}
