import type { RouterAbilities } from '../core/capabilities.ts'
import type { BootCounts, Cohort } from '../core/counts.ts'
import type { Injection } from '../core/drill.ts'
import type { Fence } from '../core/fence.ts'
import type { EnvironmentId, ReleaseId } from '../core/release.ts'
import type { Weights } from '../core/weights.ts'

/** `serving` takes new requests; `draining` finishes what it has; `closing` has what is left cut, spread with jitter. */
export type RoutedState = 'serving' | 'draining' | 'closing'

export interface RoutedInstance {
  id: string
  host: string
  port: number
  state: RoutedState
}

/** Where an environment is reached, and how its requests are treated. Plain data; the same for every router. */
export interface RouteSettings {
  /** Host names in lower case without port. */
  hosts: string[]
  /** `/` or `/api`; the longest prefix wins. */
  pathPrefix: string
  /** Where the candidate can be tried before it has traffic. */
  preview: { hosts: string[]; token: string } | null
  /** A key per user keeps them on one release while weights rise; null: every request is drawn anew. */
  sticky: { header?: string } | null
  maxBodyBytes: number | null
  firstByteTimeoutMs: number
}

/** What should be true of an environment's traffic. Always the whole of it. */
export interface Traffic {
  environment: EnvironmentId
  settings: RouteSettings
  /** Grows with every change of weights; requests are counted under the epoch in which they started. */
  weightEpoch: number
  weights: Weights
  /** Salt of the sticky hash, constant within a rollout. */
  salt: string
  /** Newest first. A release with share 0 is listed too, so that it can be previewed and drained. */
  releases: { release: ReleaseId; instances: RoutedInstance[] }[]
  /** Served at the preview address; null: nothing is. */
  previewRelease: ReleaseId | null
  /** New requests wait in a bounded queue instead of being refused, while an app that cannot run twice is replaced. */
  hold: boolean
  /** Faults for the requests of a drill; they come to the preview address, and nobody else's meet them. */
  drill?: Injection
}

export interface RouterObservation {
  /** What every worker is known to serve; `reached` is false while some worker has not acknowledged it. */
  weightEpoch: number
  weights: Weights
  reached: boolean
  /** Requests in flight and open tunnels (WebSocket, event streams) per instance id, summed over workers; null: not known. */
  inFlight: Record<string, { requests: number; tunnels: number }> | null
  /** Counted since this router's workers started, over all of them: what a drain deadline cut. */
  cut: Record<ReleaseId, number>
}

/** The counters of one environment. Cumulative per boot. */
export interface RouterCounts {
  boots: BootCounts[]
  /** Over all boots and weight epochs; without instances that are long gone. */
  instances: { id: string; release: ReleaseId; requests: number; bad: number }[]
  /** What the cohort met, over all releases, and what retries saved it from. */
  totals: { requests: number; failed: number; retried: number; aborted: number }
}

/** What the machine's owner says of the HAProxy that Sluice runs. */
export interface HaproxySettings {
  /** Where users' requests come in. Port 0: any free one. */
  listen: { host: string; port: number }
  /** A PEM file with certificate and key, or a folder of them; null: no TLS. */
  tls: { listen: { host: string; port: number }; certificates: string } | null
  /** The program; found on PATH when it has no slash. */
  binary: string
}

/** How what balances, which is not Sluice's, takes up a list of instances. */
export interface InstancesSettings {
  /** Run after each change, with the environment and the file of its list as its last arguments; null: it looks by itself. */
  apply: string[] | null
  /** How long the command may take. */
  timeoutMs: number
  /** From then on until requests are taken to have moved. */
  waitMs: number
}

/** What every router is opened with; each takes what concerns it. */
export interface RouterOptions {
  /** Folders of their own, below SLUICE_HOME. */
  homes: { embedded: string; haproxy: string; instances: string }
  /** Where users' requests come in. Port 0: any free one. */
  listen: { host: string; port: number }
  haproxy: HaproxySettings
  /** Read whenever it is needed: who mends a command should not have to start anything again. */
  instances(): Promise<InstancesSettings>
  /** Folder of the embedded proxy's programs. */
  code: string
  version: string
  /** The whole environment of what it starts. */
  env: NodeJS.ProcessEnv
  /** A process that is started again when it is gone. */
  guard: { command: string[]; pidFile: string }
}

/**
 * What splits the traffic. Every method may be called again with the same arguments and does nothing more then.
 * Errors are SluiceErrors of kind `outside`, or FENCED.
 */
export interface Router {
  readonly can: RouterAbilities
  /** Resolves once every worker acknowledged this traffic (or a newer one). Throws FENCED on an older fence. */
  route(traffic: Traffic, fence: Fence): Promise<void>
  observe(environment: EnvironmentId): Promise<RouterObservation>
  /** Of users, or of those requests alone that were made up. */
  counts(environment: EnvironmentId, cohort?: Cohort): Promise<RouterCounts>
  /** The environment is no longer served here. */
  remove(environment: EnvironmentId, fence: Fence): Promise<void>
  /** What an operator should know: a table that could not be read, counts lost with a worker. Sentences. */
  warnings(): Promise<string[]>
  /** Where a person reaches it: `http://shop-production.localhost:8080`. */
  url(settings: RouteSettings): { live: string; preview: string | null }
  close(): Promise<void>
}
