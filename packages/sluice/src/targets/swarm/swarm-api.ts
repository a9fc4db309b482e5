import type { Credentials } from '../docker/registry-credentials.ts'
import type { Call, Managers } from './managers.ts'
import { isOutOfSequence } from './swarm-failure.ts'
import {
  type ApiNode,
  type ApiTask,
  type NodeFacts,
  nodeFacts,
  type TaskFacts,
  taskFacts,
} from './task-facts.ts'

/** How often a change is tried that others come before. */
const CHANGE_TRIES = 10
/** One service's worth of output lines for a person; more is cut. */
const LOG_LIMIT = 4 * 1024 * 1024

/** What a service is made of, as the Engine API has it (`POST /services/create`). */
export interface ServiceSpec {
  Name: string
  Labels: Record<string, string>
  TaskTemplate: { ForceUpdate?: number } & Record<string, unknown>
  Mode: { Replicated: { Replicas: number } }
  [other: string]: unknown
}

export interface ServiceFacts {
  id: string
  name: string
  labels: Record<string, string>
  /** 0: it was told to end. */
  replicas: number
}

/** An object of Swarm's own that has labels: a config or a secret. */
export interface StoredObject {
  id: string
  name: string
  labels: Record<string, string>
  /** Grows with each change, and has to be named by who changes it. */
  version: number
}

/** The few things that are asked of a swarm. Throws ENGINE_UNREACHABLE, ENGINE_REFUSED. */
export interface Swarm {
  /** Throws NAME_TAKEN. */
  createService(spec: ServiceSpec, credentials: Credentials | null): Promise<string>
  service(idOrName: string): Promise<ServiceFacts | null>
  /** With all of these labels. */
  services(labels: Record<string, string>): Promise<ServiceFacts[]>
  /** False where it is not there. Somebody else's change in between is kept. */
  changeService(idOrName: string, change: (spec: ServiceSpec) => ServiceSpec): Promise<boolean>
  removeService(idOrName: string): Promise<void>
  /** Of the services with this label, the history of each included. */
  tasks(label: string): Promise<TaskFacts[]>
  nodes(): Promise<NodeFacts[]>
  /** Throws NAME_TAKEN. */
  create(kind: Kind, given: { name: string; labels: Record<string, string>; value: string }): Promise<string>
  stored(kind: Kind, labels: Record<string, string>): Promise<StoredObject[]>
  /** False, and nothing is changed, where it is no longer at this version. */
  relabel(kind: Kind, known: StoredObject, labels: Record<string, string>): Promise<boolean>
  /** Throws ENGINE_REFUSED where a service has it. */
  remove(kind: Kind, id: string): Promise<void>
  /** The newest lines of each task, as the Engine multiplexes them, each beginning with its time. */
  output(service: string, stream: 'stdout' | 'stderr', count: number): Promise<Buffer>
  /** What it prints from `sinceMs` on, or its last lines and then what follows. Ends when `signal` aborts. */
  follow(
    service: string,
    from: { sinceMs: number } | { last: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer>>
}

type Kind = 'configs' | 'secrets'

interface ApiService {
  ID: string
  Version: { Index: number }
  Spec: ServiceSpec
}

interface ApiObject {
  ID: string
  Version: { Index: number }
  Spec: { Name: string; Labels?: Record<string, string> }
}

/** The swarm of these managers. The protocol is the Engine API's: docs.docker.com/reference/api/engine */
export function swarmOf({ ask, find, stream }: Managers): Swarm {
  const get = (path: string, query: Call['query'] = {}): Call => ({ method: 'GET', path, query })

  return {
    async createService(spec, credentials) {
      const call: Call = { method: 'POST', path: '/services/create', body: spec }
      const made = await ask<{ ID: string }>(`to create the service ${spec.Name}`, {
        ...call,
        ...(credentials === null ? {} : { authconfig: credentials }),
      })
      return made.ID
    },

    async service(idOrName) {
      const found = await find<ApiService>(`about the service ${idOrName}`, get(`/services/${idOrName}`))
      return found === null ? null : serviceFacts(found)
    },

    async services(labels) {
      const found = await ask<ApiService[]>('for its services', get('/services', filtered(labels)))
      return found.map(serviceFacts)
    },

    async changeService(idOrName, change) {
      for (let tries = 1; ; tries++) {
        const what = `to change the service ${idOrName}`
        const found = await find<ApiService>(what, get(`/services/${idOrName}`))
        if (found === null) return false
        try {
          const path = `/services/${found.ID}/update`
          const query = { version: String(found.Version.Index) }
          const changed = { method: 'POST', path, query, body: change(found.Spec) } as const
          return (await find(what, changed)) !== null
        } catch (error) {
          if (!isOutOfSequence(error) || tries === CHANGE_TRIES) throw error
        }
      }
    },

    async removeService(idOrName) {
      await find(`to remove the service ${idOrName}`, { method: 'DELETE', path: `/services/${idOrName}` })
    },

    async tasks(label) {
      const filters = JSON.stringify({ label: [label] })
      return (await ask<ApiTask[]>('for its tasks', get('/tasks', { filters }))).map(taskFacts)
    },

    async nodes() {
      return (await ask<ApiNode[]>('for its nodes', get('/nodes'))).map(nodeFacts)
    },

    async create(kind, { name, labels, value }) {
      const body = { Name: name, Labels: labels, Data: Buffer.from(value).toString('base64') }
      const call: Call = { method: 'POST', path: `/${kind}/create`, body }
      return (await ask<{ ID: string }>(`to keep ${name} among its ${kind}`, call)).ID
    },

    async stored(kind, labels) {
      const found = await ask<ApiObject[]>(`for its ${kind}`, get(`/${kind}`, filtered(labels)))
      return found.map(({ ID, Version, Spec }) => ({
        ...{ id: ID, name: Spec.Name, labels: Spec.Labels ?? {}, version: Version.Index },
      }))
    },

    async relabel(kind, { id, name, version }, labels) {
      try {
        const query = { version: String(version) }
        const call: Call = {
          method: 'POST',
          path: `/${kind}/${id}/update`,
          query,
          body: { Name: name, Labels: labels },
        }
        return (await find(`to change ${name} among its ${kind}`, call)) !== null
      } catch (error) {
        if (isOutOfSequence(error)) return false
        throw error
      }
    },

    async remove(kind, id) {
      await find(`to remove one of its ${kind}`, { method: 'DELETE', path: `/${kind}/${id}` })
    },

    async output(service, which, count) {
      const query = { [which]: '1', timestamps: '1', tail: String(count) }
      const found = await ask<unknown>(
        `for the output of ${service}`,
        get(`/services/${service}/logs`, query),
      )
      return Buffer.isBuffer(found) ? found.subarray(-LOG_LIMIT) : Buffer.alloc(0)
    },

    follow: (service, from, signal) => {
      const start: Record<string, string> =
        'last' in from ? { tail: String(from.last) } : { since: String(from.sinceMs / 1_000), tail: 'all' }
      const query = { stdout: '1', stderr: '1', timestamps: '1', follow: '1', ...start }
      return stream(`for the output of ${service}`, get(`/services/${service}/logs`, query), signal)
    },
  }
}

function filtered(labels: Record<string, string>): Record<string, string> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return { filters: JSON.stringify({ label }) }
}

function serviceFacts({ ID, Spec }: ApiService): ServiceFacts {
  return {
    id: ID,
    name: Spec.Name,
    labels: Spec.Labels ?? {},
    replicas: Spec.Mode.Replicated?.Replicas ?? 0,
  }
}
