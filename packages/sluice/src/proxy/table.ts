/** What the proxy serves: the whole of it, in one value. Made by routers/embedded, read by every worker. */
export interface Table {
  schema: 1
  /** Grows with every change, over all environments. */
  epoch: number
  environments: EnvironmentRoute[]
}

export interface EnvironmentRoute {
  /** `shop/production`. */
  name: string
  /** Lower case, no port. */
  hosts: string[]
  /** `/` or `/api`: matches whole path segments; the longest wins. */
  pathPrefix: string
  preview: { hosts: string[]; token: string; release: string } | null
  /** Counters carry it; grows when this environment's weights change. */
  weightEpoch: number
  /** Absent: smooth weighted round robin per request. */
  sticky: { salt: string; header?: string } | null
  /** Newest release first; the order of the sticky intervals. */
  releases: ReleaseRoute[]
  maxBodyBytes: number | null
  firstByteTimeoutMs: number
  /** New requests wait in a bounded queue; `healthPath` is answered 200 meanwhile. */
  hold: { maxRequests: number; maxWaitMs: number; healthPath: string | null } | null
  /** Absent, except while a drill goes on. */
  drill?: DrillRoute
}

/**
 * Faults for one release, met only by requests that bear this token beside the preview's. Of all of the drill's requests,
 * those for other releases too, latency is counted although their instance is cold: the delay is not the app's.
 */
export interface DrillRoute {
  token: string
  release: string
  /** Of the answers, 0 to 1, that become a 500. */
  errorShare: number
  delayMs: number
}

export interface ReleaseRoute {
  id: string
  /** Basis points; over the releases they sum to 10,000, or are all 0 when nothing serves. */
  weight: number
  instances: InstanceRoute[]
}

export interface InstanceRoute {
  /** Never reused. */
  id: string
  /** An IP address. */
  host: string
  port: number
  state: 'serving' | 'draining' | 'closing'
}
