import type Docker from 'dockerode'

/** How a container is doing, of what the Engine API says (`GET /containers/{id}/json`). */
export interface ContainerFacts {
  id: string
  name: string
  labels: Record<string, string>
  isRunning: boolean
  /** It was created and never started. */
  isNew: boolean
  exitCode: number
  wasOutOfMemory: boolean
  /** What the engine itself says went wrong. */
  error: string
  /** On the engine's machine; 0 when it does not run. */
  pid: number
  /** `starting`, `healthy`, `unhealthy`; null where its image has no HEALTHCHECK. */
  health: string | null
  /** What it wants to be told to end: `SIGTERM`. */
  stopSignal: string
  /** By network. */
  addresses: Record<string, string>
  /** Inside, and where the engine's machine has it: `3000` → `127.0.0.1:49153`. */
  ports: Record<number, { host: string; port: number }>
}

/** What an image says of the containers that are made of it. */
export interface ImageFacts {
  /** `sha256:…` */
  id: string
  /** `name@sha256:…`, one for each registry that it is known to be in. */
  digests: string[]
  os: string
  architecture: string
  workingFolder: string
  /** TCP ports that it says it listens on. */
  exposed: number[]
  hasHealthcheck: boolean
  hasCommand: boolean
  env: string[]
}

export function containerFacts(found: Docker.ContainerInspectInfo): ContainerFacts {
  const { State, NetworkSettings, Config } = found
  const { StopSignal } = Config as { StopSignal?: string }
  const addresses = Object.entries(NetworkSettings.Networks ?? {}).flatMap(([network, { IPAddress }]) =>
    IPAddress ? [[network, IPAddress] as const] : [],
  )
  const ports = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([inside, outside]) => {
    const [first] = outside ?? []
    return first === undefined || !inside.endsWith('/tcp')
      ? []
      : [[Number.parseInt(inside, 10), { host: first.HostIp, port: Number(first.HostPort) }] as const]
  })
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    labels: Config.Labels ?? {},
    isRunning: State.Running,
    isNew: State.Status === 'created',
    exitCode: State.ExitCode,
    wasOutOfMemory: State.OOMKilled,
    error: State.Error,
    pid: State.Pid,
    health: State.Health?.Status ?? null,
    stopSignal: StopSignal || 'SIGTERM',
    addresses: Object.fromEntries(addresses),
    ports: Object.fromEntries(ports),
  }
}

export function imageFacts(found: Docker.ImageInspectInfo): ImageFacts {
  const { Config } = found
  const exposed = Object.keys(Config?.ExposedPorts ?? {}).filter((port) => port.endsWith('/tcp'))
  const { Healthcheck } = (Config ?? {}) as { Healthcheck?: { Test?: string[] } }
  const test = Healthcheck?.Test?.[0]
  return {
    id: found.Id,
    digests: found.RepoDigests ?? [],
    os: found.Os,
    architecture: found.Architecture,
    workingFolder: Config?.WorkingDir || '/',
    exposed: exposed.map((port) => Number.parseInt(port, 10)),
    hasHealthcheck: test !== undefined && test !== 'NONE',
    hasCommand: (Config?.Cmd ?? []).length > 0 || (Config?.Entrypoint ?? []).length > 0,
    env: Config?.Env ?? [],
  }
}

/** The engine says what `uname` does, images say what Go does. */
export function goArchitecture(machine: string): string {
  const known: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' }
  return known[machine] ?? machine
}
