import { portInside, volumeMounts } from '../docker/container-options.ts'
import type { ImageFacts } from '../docker/engine.ts'
import { labelsOf } from '../docker/labels.ts'
import type { ContainerSpec, ReleaseSpec } from '../target.ts'
import { serviceName } from './service-name.ts'
import type { ServiceSpec } from './swarm-api.ts'

const NANO = 1e9
/** While no run of ours looks after it. What does sees the end first, and makes a new service instead. */
const RESTART_DELAY_S = 5
/** For a person who changes the service by hand: Swarm's own 5 s take a crash at second 6 for a success. */
const BY_HAND = {
  ...{ Parallelism: 1, Delay: 0, Order: 'start-first', FailureAction: 'pause' },
  ...{ Monitor: 60 * NANO, MaxFailureRatio: 0 },
}

/** There where the image's own HEALTHCHECK says how an instance is doing. */
export const HEALTH_LABEL = 'sluice.health'

export interface ServiceRequest {
  spec: ReleaseSpec
  image: ImageFacts
  instance: { id: string; slot: number }
  home: string
  /** All variables with their values. */
  env: Record<string, string>
  /** Secrets that Swarm has already, by the name of the variable. */
  secrets: { variable: string; id: string; name: string }[]
}

/**
 * What Swarm is told of one instance: a service of its own with one replica. With several in one service, Swarm would
 * choose by itself which one ends, and that need not be the one that the router has left.
 */
export function serviceSpec(request: ServiceRequest): ServiceSpec {
  const { spec, image, instance, home } = request
  const container = spec.container!
  const port = portInside(spec, image)
  const labels = labelsOf({ home, ...spec, instance: instance.id, slot: instance.slot, port })
  return {
    Name: serviceName(spec.environment, instance.id),
    Labels: asksImage(spec, image) ? { ...labels, [HEALTH_LABEL]: 'image' } : labels,
    TaskTemplate: {
      ContainerSpec: containerSpec(request, labels),
      Resources: { Limits: limits(container) },
      RestartPolicy: { Condition: 'any', Delay: RESTART_DELAY_S * NANO, MaxAttempts: 0 },
      Placement: { Constraints: container.constraints },
      Networks: container.networks.map((network) => ({ Target: network })),
      LogDriver: {
        Name: 'json-file',
        Options: { 'max-size': String(container.log.maxBytes), 'max-file': String(container.log.files) },
      },
      ForceUpdate: 0,
    },
    Mode: { Replicated: { Replicas: 1 } },
    UpdateConfig: BY_HAND,
    RollbackConfig: BY_HAND,
    EndpointSpec: {
      // No virtual address: the router knows each instance by its own.
      Mode: 'dnsrr',
      Ports:
        container.reach === 'address'
          ? []
          : // A port that the node chooses, on the node alone: two instances may share a node, and no mesh is needed.
            [{ Protocol: 'tcp', TargetPort: port, PublishMode: 'host' }],
    },
  }
}

function containerSpec(request: ServiceRequest, labels: Record<string, string>) {
  const { spec, image, env, secrets } = request
  const container = spec.container!
  return {
    Image: container.image,
    Labels: labels,
    ...(container.command === null ? {} : { Args: container.command }),
    ...(container.user === null ? {} : { User: container.user }),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ReadOnly: container.readOnly,
    Init: container.init,
    // Whole seconds, or Swarm would cut the rest: 400 ms would be none.
    StopGracePeriod: Math.ceil(spec.graceMs / 1_000) * NANO,
    // Where Sluice asks a path, Swarm must not hold the instance back until the image's own check has passed as well.
    ...(asksImage(spec, image) ? {} : { Healthcheck: { Test: ['NONE'] } }),
    Mounts: mountsOf(request),
    Secrets: secrets.map(({ variable, id, name }) => ({
      ...{ SecretID: id, SecretName: name },
      File: { Name: variable, UID: '0', GID: '0', Mode: 0o444 },
    })),
  }
}

/** An image that can say it knows better than an open port. */
function asksImage(
  { readiness }: Pick<ReleaseSpec, 'readiness'>,
  { hasHealthcheck }: Pick<ImageFacts, 'hasHealthcheck'>,
): boolean {
  return hasHealthcheck && readiness.path === undefined && readiness.port === undefined
}

function limits({ memoryBytes, cpus, pids }: ContainerSpec) {
  return {
    ...(memoryBytes === null ? {} : { MemoryBytes: memoryBytes }),
    ...(cpus === null ? {} : { NanoCPUs: Math.round(cpus * NANO) }),
    ...(pids === null ? {} : { Pids: pids }),
  }
}

function mountsOf(request: ServiceRequest) {
  const { tmpfs } = request.spec.container!
  // A volume is of the node that the instance happens to be on, unless its driver is one that shares it.
  return [...volumeMounts(request), ...tmpfs.map((path) => ({ Type: 'tmpfs', Target: path }))]
}
