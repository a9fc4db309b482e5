import type { Patience } from './hold-queue.ts'

/** What one worker allows its clients, its instances and itself. */
export interface Limits {
  /** From a head's first byte to its end; further bytes do not restart the clock. */
  headMs: number
  /** A client connection without a request. */
  idleMs: number
  /** No byte of a request body for so long. */
  bodyGapMs: number
  /** Average rate that a request body must have reached after `bodyGraceMs`. */
  bodyBytesPerSecond: number
  bodyGraceMs: number
  /** A client that takes nothing of what was written to it. */
  stalledReaderMs: number
  connectMs: number
  /** No byte of a response body for so long; event streams excepted. */
  responseGapMs: number
  /** No event on an event stream for so long; Infinity: never cut. */
  eventStreamGapMs: number
  connections: number
  connectionsPerAddress: number
  /** Clients that are in the middle of a head; the oldest has to leave. */
  headsInProgress: number
  /** What is read of a client beyond the request at hand. */
  readAheadBytes: number
  /** Lingering close: what is still read and thrown away after an early answer. */
  lingerMs: number
  lingerBytes: number
  /** Body kept for a retry, per request and in the whole worker. */
  replayBytes: number
  replayBytesInAll: number
  retries: number
  /** How long an instance that refused a connection gets no request; then one request probes it. */
  ejectMs: number
  /** Idle connections per instance, and how long they are kept: less than the 5 s after which Node apps close them. */
  idleUpstreams: number
  upstreamIdleMs: number
  /** An idle connection older than this is not used for what must not be repeated. */
  freshUpstreamMs: number
  /** Over how long the cutting of a closing instance's exchanges is spread. */
  cutSpreadMs: number
  /** An instance is cold for so long or for so many requests, whichever ends first. */
  coldMs: number
  coldRequests: number
  /** Requests that one release may have at once, and how many more wait for room. */
  inFlightPerRelease: number
  overflow: Patience
  /** Bytes of all requests that wait in a queue. */
  heldBytes: number
  /** Held requests that are let go at once when the hold ends; each that completes lets go the next. */
  resumeAtOnce: number
  /** Counters of an instance that is gone are kept apart for so long. */
  goneCountersMs: number
  /** How late a time limit may be noticed. */
  tickMs: number
}

export const defaultLimits: Limits = {
  headMs: 10_000,
  idleMs: 65_000,
  bodyGapMs: 30_000,
  bodyBytesPerSecond: 500,
  bodyGraceMs: 10_000,
  stalledReaderMs: 60_000,
  connectMs: 1_000,
  responseGapMs: 30_000,
  eventStreamGapMs: Number.POSITIVE_INFINITY,
  connections: 10_000,
  connectionsPerAddress: 256,
  headsInProgress: 1_000,
  readAheadBytes: 65_536,
  lingerMs: 2_000,
  lingerBytes: 262_144,
  replayBytes: 65_536,
  replayBytesInAll: 67_108_864,
  retries: 2,
  ejectMs: 1_000,
  idleUpstreams: 256,
  upstreamIdleMs: 4_000,
  freshUpstreamMs: 1_000,
  cutSpreadMs: 2_000,
  coldMs: 120_000,
  coldRequests: 500,
  inFlightPerRelease: Number.POSITIVE_INFINITY,
  overflow: { maxRequests: 1_000, maxWaitMs: 100 },
  heldBytes: 67_108_864,
  resumeAtOnce: 64,
  goneCountersMs: 600_000,
  tickMs: 100,
}
