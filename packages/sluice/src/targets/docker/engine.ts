import type { Readable } from 'node:stream'
import Docker from 'dockerode'
import { buildContext } from './build-context.ts'
import { engineFailure, isStatus } from './engine-failure.ts'
import { credentialsFor, credentialsOfAll } from './registry-credentials.ts'

/** A call that does not stream is answered within this, or the engine hangs. */
const ANSWER_MS = 30_000
/** One container's worth of output lines for a person; more is cut. */
const LOG_LIMIT = 4 * 1024 * 1024

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
  stopSignal: string
}

/** The few things that are asked of a Docker Engine. Throws ENGINE_UNREACHABLE, ENGINE_REFUSED, TIMED_OUT. */
export interface Engine {
  /** For a person: `unix:///var/run/docker.sock`. */
  readonly address: string
  /** Whether it shares this machine's files and network. */
  readonly isLocal: boolean
  /** The same until it is installed anew. */
  about(): Promise<{ id: string; os: string; architecture: string; version: string }>
  image(name: string): Promise<ImageFacts | null>
  /** Throws IMAGE_NOT_FOUND. */
  pull(name: string): Promise<void>
  /** What it prints goes to `onLine`. Throws BUILD_FAILED with the last of it. */
  build(request: BuildImage): Promise<void>
  tag(image: string, name: string): Promise<void>
  /** Takes the name away; the image goes when it was the last one and nothing uses it. */
  untag(name: string): Promise<void>
  /** Throws NAME_TAKEN, IMAGE_NOT_FOUND. */
  create(options: Docker.ContainerCreateOptions): Promise<string>
  /** Throws ENGINE_REFUSED where there is no such network. */
  join(network: string, container: string): Promise<void>
  start(container: string): Promise<void>
  container(idOrName: string): Promise<ContainerFacts | null>
  /** Containers with all of these labels, running or not. */
  containers(labels: Record<string, string>): Promise<{ id: string; labels: Record<string, string> }[]>
  /** Nothing where it does not run. */
  signal(container: string, signal: string): Promise<void>
  remove(container: string): Promise<void>
  removeVolume(name: string): Promise<void>
  /** The newest lines of one stream, oldest first, each beginning with its time (RFC 3339). */
  lastLines(container: string, stream: 'stdout' | 'stderr', count: number): Promise<string[]>
  /** What it prints from `sinceMs` on, as the Engine multiplexes it. Ends when the container does, or `signal` aborts. */
  follow(container: string, sinceMs: number, signal: AbortSignal): Promise<Readable>
  /** What happens to containers with this label, as lines of JSON. Ends when the connection does, or `signal` aborts. */
  events(label: string, signal: AbortSignal): Promise<Readable>
}

export interface BuildImage {
  folder: string
  dockerfile: string
  name: string
  stage: string | null
  args: Record<string, string>
  labels: Record<string, string>
  signal: AbortSignal
  onLine(line: string): void
}

/**
 * The engine that DOCKER_HOST names (unix, tcp with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, ssh), or this machine's.
 * Nothing is asked of it yet. The protocol is the Engine API's: docs.docker.com/reference/api/engine
 */
export function openEngine(env: NodeJS.ProcessEnv = process.env): Engine {
  const host = env.DOCKER_HOST ?? ''
  const address = host === '' ? 'unix:///var/run/docker.sock' : host
  const isLocal = address.startsWith('unix://') || address.startsWith('npipe://')
  // Read by dockerode as well; said here so that a test can name another engine than its own environment does.
  const where = host.startsWith('unix://') ? { socketPath: host.slice('unix://'.length) } : {}
  const quick = new Docker({ ...where, timeout: ANSWER_MS })
  const patient = new Docker(where)

  async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw engineFailure(error, { what, address })
    }
  }

  async function found<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (isStatus(error, 404)) return null
      throw engineFailure(error, { what, address })
    }
  }

  return {
    address,
    isLocal,

    about: () =>
      ask('to say what it is', async () => {
        const info = await quick.info()
        const { ID, OSType, Architecture, ServerVersion } = info
        return { id: ID, os: OSType, architecture: goArchitecture(Architecture), version: ServerVersion }
      }),

    image: (name) =>
      found(`about the image ${name}`, async () => imageFacts(await quick.getImage(name).inspect())),

    async pull(name) {
      const authconfig = await credentialsFor(name, env)
      await ask(`to pull ${name}`, async () => {
        const stream = await patient.pull(name, authconfig === null ? {} : { authconfig })
        await finished(patient, stream)
      })
    },

    async build({ folder, dockerfile, name, stage, args, labels, signal, onLine }) {
      const registryconfig = await credentialsOfAll(env)
      await ask(`to build ${name}`, async () => {
        const stream = await patient.buildImage(await buildContext(folder, dockerfile), {
          t: name,
          dockerfile,
          labels,
          buildargs: args,
          // BuildKit, over the API alone: no client program has to be there.
          version: '2',
          ...(stage === null ? {} : { target: stage }),
          ...(Object.keys(registryconfig).length === 0 ? {} : { registryconfig }),
          abortSignal: signal,
        })
        await finished(patient, stream, onLine)
      })
    },

    tag: (image, name) =>
      ask(`to name ${image} ${name}`, async () => {
        const at = name.lastIndexOf(':')
        await quick.getImage(image).tag({ repo: name.slice(0, at), tag: name.slice(at + 1) })
      }),

    async untag(name) {
      await found(`to remove the name ${name}`, () => quick.getImage(name).remove({ noprune: false })).catch(
        // Still used by a container: then it stays until that is gone, and is nobody's trouble.
        (error) => {
          if (!isStatus(error.cause, 409)) throw error
        },
      )
    },

    create: (options) =>
      ask(`to create the container ${options.name}`, async () => (await quick.createContainer(options)).id),

    join: (network, container) =>
      ask(`to join the network ${network}`, async () => {
        await quick.getNetwork(network).connect({ Container: container })
      }),

    start: (container) =>
      ask(`to start the container ${container.slice(0, 12)}`, async () => {
        await quick.getContainer(container).start()
      }),

    container: (idOrName) =>
      found(`about the container ${idOrName.slice(0, 40)}`, async () =>
        containerFacts(await quick.getContainer(idOrName).inspect()),
      ),

    containers: (labels) =>
      ask('for its containers', async () => {
        const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
        const rows = await quick.listContainers({ all: true, filters: { label } })
        return rows.map(({ Id, Labels }) => ({ id: Id, labels: Labels }))
      }),

    async signal(container, signal) {
      await found(`to send ${signal} to ${container.slice(0, 12)}`, () =>
        quick.getContainer(container).kill({ signal }),
      ).catch((error) => {
        // Not running any more, which is what a signal is for.
        if (!isStatus(error.cause, 409) && !/is not running/.test(error.message)) throw error
      })
    },

    async remove(container) {
      await found(`to remove the container ${container.slice(0, 12)}`, () =>
        quick.getContainer(container).remove({ force: true, v: true }),
      ).catch((error) => {
        // Somebody else is removing it.
        if (!isStatus(error.cause, 409)) throw error
      })
    },

    async removeVolume(name) {
      await found(`to remove the volume ${name}`, () => quick.getVolume(name).remove())
    },

    lastLines: (container, stream, count) =>
      ask(`for the output of ${container.slice(0, 12)}`, async () => {
        const wish = {
          stdout: stream === 'stdout',
          stderr: stream === 'stderr',
          tail: count,
          timestamps: true,
        }
        const bytes = (await quick.getContainer(container).logs({ ...wish, follow: false })) as Buffer
        return linesOf(bytes.subarray(-LOG_LIMIT))
      }),

    follow: (container, sinceMs, signal) =>
      ask(`for the output of ${container.slice(0, 12)}`, async () => {
        const wish = {
          stdout: true,
          stderr: true,
          timestamps: true,
          follow: true,
          abortSignal: signal,
        } as const
        const stream = await patient.getContainer(container).logs({ ...wish, since: sinceMs / 1_000 })
        return stream as unknown as Readable
      }),

    events: (label, signal) =>
      ask('for events', async () => {
        const filters = { type: ['container'], label: [label], event: ['start', 'die', 'health_status'] }
        return (await patient.getEvents({ filters, abortSignal: signal } as object)) as unknown as Readable
      }),
  }
}

/** Waits for the end of a pull or a build. Throws its error, which comes as one of the lines. */
async function finished(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error) => (error === null ? resolve() : reject(error)),
      (event) => {
        if (typeof event.stream === 'string') onLine(readable(event.stream))
        if (typeof event.error === 'string') reject(new Error(event.error))
      },
    )
  })
}

/** What a RUN prints comes in base64 among the engine's own lines, which always hold a blank. */
function readable(line: string): string {
  const text = line.trim()
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
  return isBase64 && text !== '' ? Buffer.from(text, 'base64').toString('utf8').trimEnd() : text
}

/** The lines of a multiplexed answer; see `log-frames.ts` for its form. */
function linesOf(bytes: Buffer): string[] {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4)
    parts.push(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
}

function containerFacts(found: Docker.ContainerInspectInfo): ContainerFacts {
  const { State, NetworkSettings, Config } = found
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
    addresses: Object.fromEntries(addresses),
    ports: Object.fromEntries(ports),
  }
}

function imageFacts(found: Docker.ImageInspectInfo): ImageFacts {
  const { Config } = found
  const exposed = Object.keys(Config?.ExposedPorts ?? {}).filter((port) => port.endsWith('/tcp'))
  const { Healthcheck, StopSignal } = (Config ?? {}) as {
    Healthcheck?: { Test?: string[] }
    StopSignal?: string
  }
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
    stopSignal: StopSignal ?? 'SIGTERM',
  }
}

/** The engine says what `uname` does, images say what Go does. */
function goArchitecture(machine: string): string {
  const known: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' }
  return known[machine] ?? machine
}
