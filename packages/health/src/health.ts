import { answerProbe } from './answer.ts'
import { type CloseHook, createDrain, type DrainReport } from './drain.ts'
import type { HealthAnswer, HealthRequest } from './health-request.ts'
import { exitCodes, type Signal } from './host-process.ts'
import { type Closing, createInFlight } from './in-flight.ts'
import { checkLines, createProbeMetrics, gauge } from './metrics.ts'
import { probeAt } from './probe.ts'
import { quietly } from './quietly.ts'
import { type HttpServer, sayGoodbye, standInFront } from './serve.ts'
import { type HealthOptions, readSettings } from './settings.ts'
import { watchCheck } from './watched-check.ts'

// npm passes on a Ctrl-C that the terminal has given to both of them; one key press must not count as two.
const SAME_KEY_PRESS_MS = 100

/** The health of one app: what its probes are told, and how it leaves. */
export interface Health {
  /** Boot is over: `/startupz` says 200 from now on. */
  markStarted(): void
  /** Closes something when all requests are finished. What was registered last is closed first. */
  onClose(name: string, close: () => unknown): void
  /** Answers probes in front of the app, counts its requests, and leaves in order when a signal comes. */
  serve(server: HttpServer): void
  /** Counts a WebSocket or event stream until it closes, and calls `close` when the app leaves. Returns the way to forget it. */
  track(stream: Closing, close: () => void): () => void
  /** The answer to a probe; null for a path that is not one. It never rejects. */
  answer(request: HealthRequest): Promise<HealthAnswer | null>
  /** Whether a path, with or without a query, is one of the probes'. */
  isHealthPath(path: string): boolean
  /** Check states and probe latency in the text format of Prometheus. Asks no dependency. */
  metrics(): string
  /** Leaves without a signal and without ending the process. */
  drain(): Promise<DrainReport>
  isDraining(): boolean
}

export function createHealth(options: HealthOptions): Health {
  const settings = readSettings(options)
  const { version, serviceId, paths, access, clock, host, times } = settings
  const checks = settings.checks.map((check) => watchCheck(check, clock))
  const probeMetrics = createProbeMetrics()
  const inFlight = createInFlight()
  const servers = new Map<HttpServer, () => void>()
  const hooks: CloseHook[] = []
  const startedAtMs = clock.now()
  let hasStarted = false
  let firstSignal: { signal: Signal; at: number } | null = null

  const drain = createDrain({
    clock,
    times,
    inFlight,
    hooks,
    onBegin: () => quietly(() => inFlight.requests().forEach(sayGoodbye)),
    stopAccepting() {
      for (const stop of servers.values()) stop()
    },
    onDone: settings.onDrained,
  })

  const source = {
    ...{ version, serviceId, paths, checks, access, clock, startedAtMs },
    hasStarted: () => hasStarted,
    isDraining: drain.isDraining,
  }

  async function answer(request: HealthRequest): Promise<HealthAnswer | null> {
    const probe = probeAt(request.path, paths)
    if (probe === null) return null
    const askedAt = clock.now()
    const told = await answerProbe(probe, request, source)
    probeMetrics.observe(probe, told.status, clock.now() - askedAt)
    return told
  }

  function isHealthPath(path: string): boolean {
    return probeAt(path, paths) !== null
  }

  function serve(server: HttpServer): void {
    if (servers.has(server)) return
    const stop = standInFront(server, {
      inFlight,
      answer,
      isDraining: drain.isDraining,
      isHealthPath,
    })
    if (servers.size === 0) for (const signal of settings.signals) host.on(signal, () => leave(signal))
    servers.set(server, stop)
  }

  function leave(signal: Signal): void {
    if (firstSignal === null) {
      firstSignal = { signal, at: clock.now() }
      void drain.begin().then(exit)
    } else if (!isSameKeyPress(signal, firstSignal)) drain.cut(`second signal, ${signal}`)
  }

  function isSameKeyPress(signal: Signal, first: { signal: Signal; at: number }): boolean {
    return signal === 'SIGINT' && first.signal === 'SIGINT' && clock.now() - first.at < SAME_KEY_PRESS_MS
  }

  function exit({ reason, failedHooks = [] }: DrainReport): void {
    const code = failedHooks.length > 0 ? exitCodes.hookFailed : exitCodes.drained
    const lines = failedHooks.map(({ name, output }) => `could not close ${name}: ${output}`)
    if (reason !== undefined) lines.push(reason)
    for (const line of lines) quietly(() => host.stderr.write(`health: ${line}\n`))
    host.exit(reason === undefined ? code : exitCodes.cut)
  }

  function track(stream: Closing, close: () => void): () => void {
    quietly(() => inFlight.addStream(stream, close))
    if (drain.isNotifying()) quietly(close)
    return () => inFlight.remove(stream)
  }

  function metrics(): string {
    const { requests, streams } = inFlight.count()
    const lines = [
      ...gauge('health_info', 'The version that runs.', 1, { version }),
      ...gauge('health_started', '1 when boot is over.', Number(hasStarted)),
      ...gauge('health_draining', '1 while the app leaves.', Number(drain.isDraining())),
      ...gauge('health_requests_in_flight', 'Requests in flight, probes apart.', requests),
      ...gauge('health_streams_open', 'WebSockets and event streams that are tracked.', streams),
      ...checkLines(checks),
      ...probeMetrics.lines(),
    ]
    return `${lines.join('\n')}\n`
  }

  return {
    markStarted() {
      hasStarted = true
    },
    onClose(name, close) {
      hooks.push({ name, close })
    },
    serve,
    track,
    answer,
    isHealthPath,
    metrics,
    drain: drain.begin,
    isDraining: drain.isDraining,
  }
}
