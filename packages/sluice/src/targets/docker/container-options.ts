import { posix } from 'node:path'
import type Docker from 'dockerode'
import type { ReleaseSpec } from '../target.ts'
import type { ImageFacts } from './engine.ts'
import { containerName, LABELS, labelsOf, volumeName } from './labels.ts'

/** Where an app listens in a container, when neither sluice.yaml nor the image says otherwise. */
const DEFAULT_PORT = 3000
const SECRETS_FOLDER = '/run/secrets'

/** $PORT in a container: `run.port`, else the one port that the image exposes, else 3000. */
export function portInside(
  { port }: Pick<ReleaseSpec, 'port'>,
  { exposed }: Pick<ImageFacts, 'exposed'>,
): number {
  return port ?? (exposed.length === 1 ? exposed[0]! : DEFAULT_PORT)
}

export interface ContainerRequest {
  spec: ReleaseSpec
  image: ImageFacts
  instance: { id: string; slot: number }
  home: string
  /** All variables with their values. */
  env: Record<string, string>
  /** Files that hold secrets, by the name of the variable: `/home/…/secrets/DB_PASSWORD`. */
  secretFiles: Record<string, string>
  /** At an address of this machine alone; null: at the container's own. */
  publishOn: string | null
}

/** What the engine is told of one instance: `POST /containers/create` of the Engine API. */
export function containerOptions(request: ContainerRequest): Docker.ContainerCreateOptions {
  const { spec, image, instance, home, env, publishOn } = request
  const container = spec.container!
  const inside = portInside(spec, image)
  const port = `${inside}/tcp`
  const [network] = container.networks
  return {
    name: containerName(spec.environment, instance.id),
    Image: container.image,
    ...(container.command === null ? {} : { Cmd: container.command }),
    ...(container.user === null ? {} : { User: container.user }),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf({ home, ...spec, instance: instance.id, slot: instance.slot, port: inside }),
    ExposedPorts: { [port]: {} },
    HostConfig: {
      // An instance that ends is replaced by a new one, after a pause and with a fact that says why.
      RestartPolicy: { Name: 'no' },
      ReadonlyRootfs: container.readOnly,
      Init: container.init,
      ...(container.memoryBytes === null
        ? {}
        : // Without swap: beyond it would be slow, and slow is worse than gone.
          { Memory: container.memoryBytes, MemorySwap: container.memoryBytes }),
      ...(container.cpus === null ? {} : { NanoCpus: Math.round(container.cpus * 1e9) }),
      ...(container.pids === null ? {} : { PidsLimit: container.pids }),
      ...(container.tmpfs.length === 0
        ? {}
        : { Tmpfs: Object.fromEntries(container.tmpfs.map((path) => [path, ''])) }),
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': String(container.log.maxBytes), 'max-file': String(container.log.files) },
      },
      ...(network === undefined ? {} : { NetworkMode: network }),
      ...(publishOn === null ? {} : { PortBindings: { [port]: [{ HostIp: publishOn, HostPort: '' }] } }),
      Mounts: mountsOf(request),
    },
  }
}

function mountsOf(request: ContainerRequest): Docker.MountConfig {
  const secrets = Object.entries(request.secretFiles).map(([name, file]) => ({
    Type: 'bind' as const,
    Source: file,
    Target: secretPath(name),
    ReadOnly: true,
  }))
  return [...volumeMounts(request), ...secrets]
}

/** Where a container finds the secret of this variable, where secrets are files. */
export function secretPath(variable: string): string {
  return posix.join(SECRETS_FOLDER, variable)
}

/** What sluice.yaml says of volumes, and what the app keeps across releases; the same for an engine and for a swarm. */
export function volumeMounts({
  spec,
  image,
  home,
}: Pick<ContainerRequest, 'spec' | 'image' | 'home'>): Docker.MountConfig {
  const volumes = spec.container!.volumes.map(({ source, path, readOnly }) => ({
    Type: source.startsWith('/') ? ('bind' as const) : ('volume' as const),
    Source: source,
    Target: path,
    ReadOnly: readOnly,
  }))
  // A volume, and not a folder of ours: it takes its owner and its first content from the image.
  const kept = spec.data.map(([inside]) => ({
    Type: 'volume' as const,
    Source: volumeName(spec.environment, inside),
    Target: posix.join(image.workingFolder, inside),
    ReadOnly: false,
    VolumeOptions: { Labels: { [LABELS.home]: home, [LABELS.environment]: spec.environment } },
  }))
  return [...volumes, ...kept]
}
