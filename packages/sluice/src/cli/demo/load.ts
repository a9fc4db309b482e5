import type { LoadAnswer, LoadMethod } from './load-exchange.ts'
import { type LaneSettings, runLane } from './load-lane.ts'
import { addMark, createTally, type LoadReport, reportOf } from './load-tally.ts'

export type { LoadAnswer, LoadFailureKind, LoadMethod } from './load-exchange.ts'
export type { LoadFailure, LoadMark, LoadReport, ReleaseSeen } from './load-tally.ts'

export interface LoadOptions {
  /** What GETs ask for, and where the load goes: `http://127.0.0.1:8080/`. */
  url: string
  /** The Host header, where it is not that of `url`. */
  host?: string
  /** Lanes: requests under way at once, each lane with a kept-alive connection of its own. */
  connections: number
  /** Open loop: requests are due at this rate, and latency counts from then. Absent: as many as the server takes. */
  requestsPerSecond?: number
  /** Share of requests on a connection of their own, closed afterwards: 0 to 1. Default 0.1. */
  freshShare?: number
  /** Taken in turn by every lane. Default three GETs, then a POST. */
  methods?: readonly LoadMethod[]
  /** Where POSTs go; they carry 100 bytes of text. Default `/echo`. */
  postPath?: string
  /** From a request's start to the last byte of its answer. Default 10,000. */
  timeoutMs?: number
  /**
   * What is wrong with a whole answer, or undefined; what it says is counted as `badAnswer`.
   * Default: a 2xx answer to a POST must repeat what was sent.
   */
  check?: (answer: LoadAnswer) => string | undefined
}

/** A load that runs until it is stopped. */
export interface Load {
  /** Names a moment in the report, with the counts up to it. */
  mark(label: string): void
  snapshot(): LoadReport
  /** Sends nothing more, waits for what is under way, and tells what became of everything. */
  stop(): Promise<LoadReport>
}

/**
 * Users of an app, in one process on `node:http`, whose parser is not ours. A failure in its report is one that a browser
 * would have shown: only a GET on a kept-alive connection that the server had closed meanwhile is sent again, once.
 */
export function startLoad(options: LoadOptions): Load {
  const tally = createTally(performance.now())
  const stopping = new AbortController()
  const settings = settingsOf(options)
  const dueAt = schedule(options.requestsPerSecond)
  const lanes = Array.from({ length: options.connections }, (_, number) =>
    runLane({ number, settings, tally, dueAt, stopping: stopping.signal }),
  )
  const allEnded = Promise.all(lanes)

  return {
    mark: (label) => addMark(tally, label, performance.now()),
    snapshot: () => reportOf(tally, performance.now()),
    async stop() {
      stopping.abort()
      await allEnded
      return reportOf(tally, performance.now())
    },
  }
}

function settingsOf(options: LoadOptions): LaneSettings {
  const { hostname, port, pathname, search } = new URL(options.url)
  return {
    // An IPv6 address wears brackets in a URL only.
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || 80),
    getPath: pathname + search,
    postPath: options.postPath ?? '/echo',
    host: options.host,
    lanes: options.connections,
    freshShare: options.freshShare ?? 0.1,
    methods: options.methods ?? ['GET', 'GET', 'GET', 'POST'],
    timeoutMs: options.timeoutMs ?? 10_000,
    check: options.check ?? mustEcho,
  }
}

function mustEcho({ method, status, body, sent }: LoadAnswer): string | undefined {
  if (method !== 'POST' || status < 200 || status > 299 || body === sent) return undefined
  return `sent ${JSON.stringify(sent.slice(0, 40))}…, got back ${JSON.stringify(body.slice(0, 40))}…`
}

/** When the next request is due, in monotonic milliseconds; undefined: at once. */
function schedule(requestsPerSecond: number | undefined): () => number | undefined {
  if (requestsPerSecond === undefined) return () => undefined
  let next = performance.now()
  return () => {
    const due = next
    next += 1000 / requestsPerSecond
    return due
  }
}
