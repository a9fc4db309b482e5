import type { DetailAccess } from './access.ts'
import type { Check } from './check.ts'
import { type Clock, systemClock } from './clock.ts'
import type { DrainReport, DrainTimes } from './drain.ts'
import { watchEventLoop } from './event-loop.ts'
import type { HostProcess, Signal } from './host-process.ts'
import { defaultPaths, type Paths, probes } from './probe.ts'
import type { WatchableCheck } from './watched-check.ts'

export interface HealthOptions {
  /** The build's commit or the release, `process.env.GIT_SHA` for instance; `unknown` where it is not set. */
  version: string | undefined
  serviceId?: string
  checks?: Check[]
  drain?: DrainOptions
  /** Fails readiness while the event loop is later than this. Off by default. */
  eventLoop?: EventLoopOptions
  detail?: DetailAccess
  /** Where probes are answered; `false` for nowhere. */
  paths?: Partial<Paths>
  /** What makes the app leave. Default SIGTERM and SIGINT. */
  signals?: Signal[]
  /** Told what the drain did. Default: one line of JSON on stdout. */
  onDrained?: (report: DrainReport) => void
  process?: HostProcess
  clock?: Clock
}

export interface DrainOptions {
  /** The period of the readiness probe. Default 10 000. */
  periodMs?: number
  /** How many failures the prober needs to see. Default 2. */
  failureThreshold?: number
  /** Instead of the product of the two. 0 where traffic has moved before the signal comes, as with Sluice. */
  delayMs?: number
  /** For requests, streams and hooks, after the delay. Default 9000. */
  graceMs?: number
  /** Over how much of the grace the close notices of streams are spread. Default half of it. */
  spreadMs?: number
}

export interface EventLoopOptions {
  maxDelayMs: number
  /** Over how long the delay is measured. Default 1000. */
  windowMs?: number
  /** How late the loop is, where the app measures it already. */
  delayMs?: () => number
}

/** The options with every default filled in. */
export interface Settings {
  version: string
  serviceId: string | undefined
  checks: WatchableCheck[]
  times: DrainTimes
  access: DetailAccess
  paths: Paths
  signals: Signal[]
  onDrained: (report: DrainReport) => void
  host: HostProcess
  clock: Clock
}

// A timer that is set to more fires at once.
const LONGEST_MS = 2 ** 31 - 1

/** Fills in the defaults. Throws for what can never work; this is at start, and the only time that health throws. */
export function readSettings(options: HealthOptions): Settings {
  const host = options.process ?? process
  const checks = (options.checks ?? []).map(readCheck)
  if (options.eventLoop !== undefined) checks.push(eventLoopCheck(options.eventLoop))
  refuseTwice(checks.map(({ name }) => name))
  return {
    version: options.version || 'unknown',
    serviceId: options.serviceId,
    checks,
    times: readTimes(options.drain ?? {}),
    access: options.detail ?? {},
    paths: readPaths(options.paths ?? {}),
    signals: options.signals ?? ['SIGTERM', 'SIGINT'],
    onDrained: options.onDrained ?? ((report) => void host.stdout.write(`${JSON.stringify(report)}\n`)),
    host,
    clock: options.clock ?? systemClock,
  }
}

function readCheck(check: Check): WatchableCheck {
  const { name, critical = true, timeoutMs = 1000, cacheMs = 1000 } = check
  if (typeof name !== 'string' || name === '' || name.includes(':')) {
    throw new TypeError(`A check needs a name without ":", not ${JSON.stringify(name)}.`)
  }
  if (typeof check.run !== 'function') throw new TypeError(`The check ${name} needs a function "run".`)
  return {
    ...check,
    // Called on the check itself, so that it may be an object with a state of its own.
    run: (context) => check.run(context),
    critical,
    timeoutMs: readMs(`timeoutMs of the check ${name}`, timeoutMs, 1),
    cacheMs: readMs(`cacheMs of the check ${name}`, cacheMs),
  }
}

function eventLoopCheck({ maxDelayMs, windowMs = 1000, delayMs }: EventLoopOptions): WatchableCheck {
  readMs('eventLoop.maxDelayMs', maxDelayMs, 1)
  const measure = delayMs ?? watchEventLoop(readMs('eventLoop.windowMs', windowMs, 1))
  return {
    name: 'event-loop',
    kind: 'system',
    measurement: 'delay',
    critical: true,
    timeoutMs: 1000,
    cacheMs: 0,
    run() {
      const observedValue = measure()
      if (observedValue > maxDelayMs) {
        throw new Error(`the event loop is ${observedValue} ms late, more than ${maxDelayMs} ms`)
      }
      return { observedValue, observedUnit: 'ms' }
    },
  }
}

function readTimes(drain: DrainOptions): DrainTimes {
  const { periodMs = 10_000, failureThreshold = 2, graceMs = 9_000 } = drain
  return {
    delayMs: readMs('drain.delayMs', drain.delayMs ?? periodMs * failureThreshold),
    graceMs: readMs('drain.graceMs', graceMs),
    spreadMs: readMs('drain.spreadMs', drain.spreadMs ?? graceMs / 2),
  }
}

function readPaths(given: Partial<Paths>): Paths {
  const paths = { ...defaultPaths, ...given }
  for (const probe of probes) {
    const path = paths[probe]
    if (path !== false && !/^\/[^?#]*$/.test(path)) {
      throw new TypeError(`paths.${probe} must begin with "/" and have no query, or be false: ${path}`)
    }
  }
  refuseTwice(Object.values(paths).filter((path) => path !== false))
  return paths
}

function refuseTwice(names: string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new TypeError(`There are two of the name ${twice}; give one another name.`)
}

function readMs(name: string, ms: number, least = 0): number {
  if (typeof ms === 'number' && ms >= least && ms <= LONGEST_MS) return ms
  throw new TypeError(`${name} must be ${least} to ${LONGEST_MS} milliseconds, not ${ms}.`)
}
