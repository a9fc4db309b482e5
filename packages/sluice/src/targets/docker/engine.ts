import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import Docker from 'dockerode'
import type { SluiceError } from '../../errors.ts'
import { baseImages } from './base-images.ts'
import { buildContext } from './build-context.ts'
import { engineAddress } from './engine-address.ts'
import {
  type ContainerFacts,
  containerFacts,
  goArchitecture,
  type ImageFacts,
  imageFacts,
} from './engine-facts.ts'
import { engineFailure, isStatus } from './engine-failure.ts'
import { type TimedLine, timedLines } from './log-frames.ts'
import { finished } from './progress.ts'
import { credentialsFor } from './registry-credentials.ts'

export type { ContainerFacts, ImageFacts } from './engine-facts.ts'

/** A call that does not stream is answered within this, or the engine hangs. */
const ANSWER_MS = 30_000

/** The few things that are asked of a Docker Engine. Throws ENGINE_UNREACHABLE, ENGINE_REFUSED, TIMED_OUT. */
export interface Engine {
  /** For a person: `unix:///var/run/docker.sock`. */
  readonly address: string
  /** Whether it shares this machine's files and network. */
  readonly isLocal: boolean
  /** A name or an IP address at which the ports that it publishes are reached. */
  readonly host: string
  /** The same until it is installed anew. */
  about(): Promise<{ id: string; os: string; architecture: string; version: string }>
  image(name: string): Promise<ImageFacts | null>
  /** Throws IMAGE_NOT_FOUND. */
  pull(name: string, signal?: AbortSignal): Promise<void>
  /** What it prints goes to `onLine`. Throws ENGINE_REFUSED with the reason, where it is the build itself that fails. */
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
  containers(
    labels: Record<string, string>,
  ): Promise<{ id: string; labels: Record<string, string>; isRunning: boolean }[]>
  /** Nothing where it does not run. */
  signal(container: string, signal: string): Promise<void>
  remove(container: string): Promise<void>
  /** The newest lines of both streams together, oldest first. */
  lastLines(container: string, count: number): Promise<TimedLine[]>
  /** What it prints from `sinceMs` on. Ends when the container does, or `signal` aborts. */
  follow(container: string, sinceMs: number, signal: AbortSignal): AsyncIterable<TimedLine>
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
export function openEngine(env: NodeJS.ProcessEnv = process.env, { answerMs = ANSWER_MS } = {}): Engine {
  const { address, isLocal, host, options } = engineAddress(env)
  const docker = new Docker(options)

  async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw engineFailure(error, { what, address })
    }
  }

  /** For what is answered at once, unless the engine hangs. */
  function askQuickly<T>(what: string, work: () => Promise<T>): Promise<T> {
    return ask(what, () => withinLimit(answerMs, work()))
  }

  async function find<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    return askQuickly(what, () =>
      work().catch((error) => {
        if (isStatus(error, 404)) return null
        throw error
      }),
    )
  }

  async function image(name: string): Promise<ImageFacts | null> {
    return find(`about the image ${name}`, async () => imageFacts(await docker.getImage(name).inspect()))
  }

  async function pull(name: string, signal?: AbortSignal): Promise<void> {
    const authconfig = await credentialsFor(name, env)
    await ask(`to pull ${name}`, async () => {
      const stream = await docker.pull(name, {
        ...(authconfig === null ? {} : { authconfig }),
        ...(signal === undefined ? {} : { abortSignal: signal }),
      })
      await finished(docker, stream)
    })
  }

  // BuildKit has no way to ask us who we are, so what it may not take itself is there before it begins.
  async function pullPrivate(bases: string[], signal: AbortSignal): Promise<void> {
    for (const base of bases) {
      const isPrivate = (await credentialsFor(base, env)) !== null
      if (isPrivate && (await image(base)) === null) await pull(base, signal)
    }
  }

  return {
    address,
    isLocal,
    host,
    image,
    pull,

    about: () =>
      askQuickly('to say what it is', async () => {
        const { ID, OSType, Architecture, ServerVersion } = await docker.info()
        return { id: ID, os: OSType, architecture: goArchitecture(Architecture), version: ServerVersion }
      }),

    async build({ folder, dockerfile, name, stage, args, labels, signal, onLine }) {
      await pullPrivate(baseImages(await readFile(join(folder, dockerfile), 'utf8')), signal)
      const context = await buildContext(folder, dockerfile)
      await ask(`to build ${name}`, async () => {
        const stream = await docker.buildImage(context, {
          t: name,
          dockerfile,
          labels,
          buildargs: args,
          // BuildKit, over the API alone: no client program has to be there.
          version: '2',
          ...(stage === null ? {} : { target: stage }),
          abortSignal: signal,
        })
        await finished(docker, stream, onLine)
      })
    },

    tag: (image, name) =>
      askQuickly(`to name ${image} ${name}`, async () => {
        const at = name.lastIndexOf(':')
        await docker.getImage(image).tag({ repo: name.slice(0, at), tag: name.slice(at + 1) })
      }),

    async untag(name) {
      await find(`to remove the name ${name}`, () => docker.getImage(name).remove({ noprune: false })).catch(
        // Still used by a container: then it stays until that is gone, and is nobody's trouble.
        unlessStatus(409),
      )
    },

    create: (options) =>
      askQuickly(
        `to create the container ${options.name}`,
        async () => (await docker.createContainer(options)).id,
      ),

    join: (network, container) =>
      askQuickly(`to join the network ${network}`, async () => {
        await docker.getNetwork(network).connect({ Container: container })
      }),

    start: (container) =>
      askQuickly(`to start the container ${short(container)}`, async () => {
        await docker.getContainer(container).start()
      }),

    container: (idOrName) =>
      find(`about the container ${idOrName.slice(0, 40)}`, async () =>
        containerFacts(await docker.getContainer(idOrName).inspect()),
      ),

    containers: (labels) =>
      askQuickly('for its containers', async () => {
        const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
        const rows = await docker.listContainers({ all: true, filters: { label } })
        return rows.map(({ Id, Labels, State }) => ({
          id: Id,
          labels: Labels,
          isRunning: State === 'running',
        }))
      }),

    async signal(container, signal) {
      await find(`to send ${signal} to ${short(container)}`, () =>
        docker.getContainer(container).kill({ signal }),
      ).catch((error) => {
        // Not running any more, which is what a signal is for. Old engines say so with a 500.
        if (!isStatus(error.cause, 409) && !/is not running/.test(error.message)) throw error
      })
    },

    async remove(container) {
      await find(`to remove the container ${short(container)}`, () =>
        docker.getContainer(container).remove({ force: true, v: true }),
      ).catch(
        // Somebody else is removing it.
        unlessStatus(409),
      )
    },

    lastLines: (container, count) =>
      askQuickly(`for the output of ${short(container)}`, async () => {
        // Of both at once: the engine counts lines before it leaves out a stream.
        const wish = { stdout: true, stderr: true, timestamps: true, tail: count }
        const bytes = (await docker.getContainer(container).logs({ ...wish, follow: false })) as Buffer
        const lines: TimedLine[] = []
        for await (const line of timedLines([bytes])) lines.push(line)
        return lines
      }),

    async *follow(container, sinceMs, signal) {
      const stream = await ask(`for the output of ${short(container)}`, () =>
        docker.getContainer(container).logs({
          ...{ stdout: true, stderr: true, timestamps: true, follow: true as const },
          since: sinceMs / 1_000,
          abortSignal: signal,
        }),
      )
      yield* timedLines(stream as unknown as Readable)
    },

    events: (label, signal) =>
      ask('for events', async () => {
        const filters = { type: ['container'], label: [label], event: ['start', 'die', 'health_status'] }
        return (await docker.getEvents({ filters, abortSignal: signal } as object)) as unknown as Readable
      }),
  }
}

function withinLimit<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    limitMs,
  )
  // Whoever is late has nobody left to tell.
  work.catch(() => {})
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}

function unlessStatus(status: number): (error: SluiceError) => void {
  return (error) => {
    if (!isStatus(error.cause, status)) throw error
  }
}

const short = (container: string) => container.slice(0, 12)
