import { type Answer, type Evidence, fail, pass, unknown, warn } from '../../check.ts'
import type { ManifestContainer } from '../../look/manifests.ts'
import type { Workload } from '../../look/workloads.ts'
import { field, listOf } from '../../look/yaml-documents.ts'

const kinds = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const
type Kind = (typeof kinds)[number]

/** What Kubernetes takes where a probe does not say it (API reference, Probe). */
const usual = { periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3, initialDelaySeconds: 0 }

/** The probes of a workload's containers that serve. */
export function ofWorkload(workload: Workload): Answer {
  const { kind, name } = workload.manifest
  const which = `${kind} ${name}`
  const gaps = servingOf(workload).flatMap((one) => [...missingOf(one), ...brokenOf(one)])
  if (gaps.length > 0) {
    const says = `${which}: ${[...new Set(gaps.map((gap) => gap.says))].join(', ')}`
    return workload.isPatched
      ? unknown(`${says}; a patch of Kustomize may change it`, gaps)
      : fail(says, gaps)
  }
  const unbounded = servingOf(workload).filter(({ container }) => field(container, 'startupProbe') === null)
  if (unbounded.length > 0)
    return warn(
      `${which} has no startupProbe, so liveness may end it while it starts`,
      unbounded.map((one) => placeOf(one, 'livenessProbe', 'no startupProbe')),
    )
  return pass(
    `${which} has the three probes`,
    servingOf(workload).map((one) => placeOf(one, 'startupProbe', 'three probes')),
  )
}

/** How long each container may take to start. */
export function budgetsOf(workload: Workload): { budgetMs: number; evidence: Evidence }[] {
  return servingOf(workload).flatMap((one) => {
    const kind = field(one.container, 'startupProbe') === null ? 'livenessProbe' : 'startupProbe'
    if (field(one.container, kind) === null) return []
    const { initialDelaySeconds, periodSeconds, failureThreshold } = timesOf(one, kind)
    const budgetMs = (initialDelaySeconds + periodSeconds * failureThreshold) * 1000
    return [{ budgetMs, evidence: placeOf(one, kind, `${budgetMs} ms to start`) }]
  })
}

// What runs beside the app and listens to nobody is asked nothing.
function servingOf({ containers }: Workload): ManifestContainer[] {
  const withPorts = containers.filter(({ container }) => listOf(field(container, 'ports')).length > 0)
  return withPorts.length > 0 ? withPorts : containers.slice(0, 1)
}

function missingOf(one: ManifestContainer): Evidence[] {
  return (['readinessProbe', 'livenessProbe'] as const)
    .filter((kind) => field(one.container, kind) === null)
    .map((kind) => placeOf(one, kind, `no ${kind}`))
}

function brokenOf(one: ManifestContainer): Evidence[] {
  return kinds
    .filter((kind) => field(one.container, kind) !== null)
    .flatMap((kind) => {
      const { timeoutSeconds, periodSeconds } = timesOf(one, kind)
      const port = strangePort(one, kind)
      return [
        ...(timeoutSeconds < periodSeconds
          ? []
          : [
              placeOf(
                one,
                kind,
                `the timeout of ${kind}, ${timeoutSeconds} s, is no shorter than its period`,
              ),
            ]),
        ...(port === null
          ? []
          : [placeOf(one, kind, `${kind} asks port ${port}, which is not among its ports`)]),
      ]
    })
}

function timesOf({ container }: ManifestContainer, kind: Kind): typeof usual {
  const written = (key: keyof typeof usual) => {
    const value = field(container, kind, key)
    return typeof value === 'number' ? value : usual[key]
  }
  return {
    periodSeconds: written('periodSeconds'),
    timeoutSeconds: written('timeoutSeconds'),
    failureThreshold: written('failureThreshold'),
    initialDelaySeconds: written('initialDelaySeconds'),
  }
}

/** A port that the probe asks and the container does not name; null where all is well, or none is named. */
function strangePort({ container }: ManifestContainer, kind: Kind): string | null {
  const ports = listOf(field(container, 'ports'))
  const asked = ['httpGet', 'tcpSocket', 'grpc']
    .map((way) => field(container, kind, way, 'port'))
    .find(Boolean)
  if (asked === undefined || asked === null || ports.length === 0) return null
  const isKnown = ports.some(
    (port) => String(field(port, 'containerPort')) === String(asked) || field(port, 'name') === asked,
  )
  return isKnown ? null : String(asked)
}

function placeOf({ manifest, at }: ManifestContainer, kind: Kind, says: string): Evidence {
  return { says, file: manifest.file, line: manifest.lineOf([...at, kind]) }
}
