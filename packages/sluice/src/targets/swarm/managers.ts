import Docker from 'dockerode'
import { SluiceError } from '../../errors.ts'
import { type Engine, openEngine } from '../docker/engine.ts'
import { engineAddress } from '../docker/engine-address.ts'
import { type Clock, pause, systemClock } from '../fleet/clock.ts'
import { isBetweenLeaders, isNoManager, isUnreachable, swarmFailure } from './swarm-failure.ts'

/** A call that does not stream is answered within this, or the manager hangs. */
const ANSWER_MS = 15_000
/** Managers elect a leader within seconds; what is asked meanwhile waits so long. */
const ELECTION_MS = 15_000
const ELECTION_LOOK_MS = 250
/** Streams that nobody reads to their end have no limit of their own. */
const NEVER = new AbortController().signal

/** One call of the Engine API. */
export interface Call {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  query?: Record<string, string>
  body?: unknown
  /** Who we are to the registry of the image that is spoken of. */
  authconfig?: object
}

/** The managers of one swarm, any of which may be asked. */
export interface Managers {
  /** For a person: `unix:///var/run/docker.sock`. */
  readonly address: string
  readonly engines: readonly Engine[]
  /** Where registries' credentials are found, and their helpers run. */
  readonly env: NodeJS.ProcessEnv
  /** The parsed answer. Throws ENGINE_UNREACHABLE, ENGINE_REFUSED, NAME_TAKEN. */
  ask<T>(what: string, call: Call): Promise<T>
  /** The same; null for what is not there. */
  find<T>(what: string, call: Call): Promise<T | null>
  /** An answer that goes on. */
  stream(what: string, call: Call, signal: AbortSignal): Promise<AsyncIterable<Buffer>>
  /** The engine that is this node, where it is one of those that we were told of. */
  engineOn(node: string): Promise<Engine | null>
}

/**
 * The manager that DOCKER_HOST names (or this machine's engine), and those of SLUICE_SWARM_MANAGERS, separated by commas.
 * The one that answered last is asked first; the loss of one does not stop anything as long as another one is known.
 */
export function openManagers(env: NodeJS.ProcessEnv = process.env, clock: Clock = systemClock): Managers {
  const further = (env.SLUICE_SWARM_MANAGERS ?? '').split(',').map((address) => address.trim())
  const doors = [env.DOCKER_HOST ?? '', ...further.filter((address) => address !== '')].map((host) => {
    const { address, options } = engineAddress({ ...env, DOCKER_HOST: host })
    return {
      address,
      engine: openEngine({ ...env, DOCKER_HOST: address }),
      quick: new Docker({ ...options, timeout: ANSWER_MS }),
      patient: new Docker(options),
    }
  })
  const nodes = new Map<string, Engine>()
  let favourite = 0

  async function askAny<T>(what: string, work: (door: (typeof doors)[number]) => Promise<T>): Promise<T> {
    for (const deadline = clock.now() + ELECTION_MS; ; ) {
      const failures: SluiceError[] = []
      let isElecting = false
      for (let step = 0; step < doors.length; step++) {
        const number = (favourite + step) % doors.length
        const door = doors[number]!
        try {
          const answer = await work(door)
          favourite = number
          return answer
        } catch (error) {
          const failure = swarmFailure(error, { what, address: door.address })
          if (!isUnreachable(failure) && !isNoManager(error) && !isBetweenLeaders(error)) throw failure
          isElecting ||= isBetweenLeaders(error)
          failures.push(failure)
        }
      }
      if (!isElecting || clock.now() >= deadline) throw worst(failures)
      await pause(clock, ELECTION_LOOK_MS, NEVER)
    }
  }

  const ask = <T>(what: string, call: Call) => askAny(what, ({ quick }) => dial<T>(quick, call))

  return {
    address: doors.map(({ address }) => address).join(', '),
    engines: doors.map(({ engine }) => engine),
    env,
    ask,

    find: async <T>(what: string, call: Call) => {
      try {
        return await ask<T>(what, call)
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },

    stream: (what, call, signal) =>
      askAny(what, ({ patient }) => dial<AsyncIterable<Buffer>>(patient, call, signal)),

    async engineOn(node) {
      const known = nodes.get(node)
      if (known !== undefined) return known
      const asking = doors.map(async ({ quick, engine }) => {
        const info = await dial<{ Swarm?: { NodeID?: string } }>(quick, { method: 'GET', path: '/info' })
        if (info.Swarm?.NodeID) nodes.set(info.Swarm.NodeID, engine)
      })
      await Promise.allSettled(asking)
      return nodes.get(node) ?? null
    },
  }
}

function dial<T>(docker: Docker, call: Call, stream?: AbortSignal): Promise<T> {
  const { method, path, query = {}, body, authconfig } = call
  const request = {
    path: `${path}?`,
    method,
    options: Object.keys(query).length === 0 ? {} : { _query: query },
    ...(body === undefined ? {} : { file: Buffer.from(JSON.stringify(body)) }),
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' } }),
    ...(authconfig === undefined ? {} : { authconfig }),
    ...(stream === undefined ? {} : { isStream: true, abortSignal: stream }),
    statusCodes: { 200: true, 201: true, 204: true },
  }
  return new Promise((resolve, reject) => {
    docker.modem.dial(request as never, (error, answer) => {
      if (error) reject(error)
      else resolve(answer as T)
    })
  })
}

function isMissing(error: unknown): boolean {
  return ((error as Error).cause as { statusCode?: number } | undefined)?.statusCode === 404
}

/** What says the most: that one of them is no manager, rather than that another one does not answer. */
function worst(failures: SluiceError[]): SluiceError {
  const refused = failures.find(({ code }) => code === 'ENGINE_REFUSED')
  if (failures.length === 1 || refused !== undefined) return refused ?? failures[0]!
  const all = failures.map(({ message }) => message)
  return new SluiceError('ENGINE_UNREACHABLE', `no manager of the swarm answers: ${all[0]}`, {
    ...(failures[0]!.todo === undefined ? {} : { todo: failures[0]!.todo }),
    details: all,
    cause: failures[0],
  })
}
