import { type Answer, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { leastReplicas } from '../../look/replicas.ts'
import type { Workload } from '../../look/workloads.ts'
import { field } from '../../look/yaml-documents.ts'

/** As Kubernetes takes it where a pod does not say it, seconds. */
const USUAL_GRACE = 30

/** Whether a workload of Kubernetes replaces its pods so that somebody always serves. */
export function ofWorkload(look: Look, workload: Workload): Answer {
  const { kind, name } = workload.manifest
  const which = `${kind} ${name}`
  const gaps = [...awayOf(look, workload), ...unreadyOf(workload), ...endOf(workload)]
  if (gaps.length > 0) {
    const says = `${which}: ${gaps.map((gap) => gap.says).join(', ')}`
    return workload.isPatched
      ? unknown(`${says}; a patch of Kustomize may change it`, gaps)
      : fail(says, gaps)
  }
  const hurried = workload.containers.filter(
    ({ container }) => isServing(container) && field(container, 'lifecycle', 'preStop') === null,
  )
  if (hurried.length > 0)
    return warn(
      `${which} ends its pods at once, while some still send them requests: a preStop waits`,
      hurried.map(({ manifest, at }) => ({
        says: 'no preStop',
        file: manifest.file,
        line: manifest.lineOf(at),
      })),
    )
  const { manifest } = workload
  return pass(`${which} keeps its pods until new ones are ready`, [
    { says: 'its strategy', file: manifest.file, line: manifest.lineOf(['spec', 'strategy']) },
  ])
}

/** That one may be away while others are replaced. */
function awayOf(look: Look, workload: Workload): Evidence[] {
  const { kind, value, file, lineOf } = workload.manifest
  const place = (says: string) => [{ says, file, line: lineOf(['spec', 'strategy']) }]
  const replicas = leastReplicas(look, workload)
  // These are replaced in their places, one after the other.
  if (kind !== 'Deployment')
    return kind === 'StatefulSet' && replicas < 2 ? place('its only pod goes first') : []
  if (field(value, 'spec', 'strategy', 'type') === 'Recreate') return place('Recreate ends all pods first')
  const most = field(value, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable') ?? '25%'
  const share = /^(\d+)%$/.exec(String(most))?.[1]
  // A share is rounded down (Kubernetes, "Max Unavailable").
  const away = share === undefined ? Number(most) : Math.floor((replicas * Number(share)) / 100)
  return away > 0 ? place(`${away} of ${replicas} may be away`) : []
}

/** Without a probe a pod gets requests as soon as its process runs. */
function unreadyOf({ containers }: Workload): Evidence[] {
  return containers
    .filter(({ container }) => isServing(container) && field(container, 'readinessProbe') === null)
    .map(({ manifest, at, name }) => ({
      says: `${name} has no readinessProbe`,
      file: manifest.file,
      line: manifest.lineOf(at),
    }))
}

/** A preStop that is still waiting when the grace is over leaves no time to finish anything. */
function endOf({ containers, manifest, pod, podAt }: Workload): Evidence[] {
  const grace = field(pod, 'terminationGracePeriodSeconds') ?? USUAL_GRACE
  const waits = Math.max(0, ...containers.map(({ container }) => waitOf(container)))
  if (typeof grace !== 'number' || grace > waits) return []
  const line = manifest.lineOf([...podAt, 'terminationGracePeriodSeconds'])
  return [
    { says: `its grace of ${grace} s is over when preStop has waited ${waits} s`, file: manifest.file, line },
  ]
}

function waitOf(container: unknown): number {
  const preStop = field(container, 'lifecycle', 'preStop')
  const seconds = field(preStop, 'sleep', 'seconds')
  if (typeof seconds === 'number') return seconds
  return Number(/\bsleep\W+(\d+)/.exec(JSON.stringify(field(preStop, 'exec', 'command')))?.[1] ?? 0)
}

function isServing(container: unknown): boolean {
  return field(container, 'ports') !== null
}
