import type { Clock } from './clock.ts'
import type { InFlight } from './in-flight.ts'
import { thrownText } from './output-text.ts'
import { quietly } from './quietly.ts'

/** How long each part of leaving may take. */
export interface DrainTimes {
  /** Readiness says 503 for so long before the listener closes. */
  delayMs: number
  /** After that, for requests, streams and hooks together. */
  graceMs: number
  /** The close notices of streams are spread over so much of the grace. */
  spreadMs: number
}

/** What a drain has done. */
export interface DrainReport {
  event: 'drain'
  outcome: 'drained' | 'cut'
  inFlightAtStart: number
  /** Requests and streams that came after the drain had begun. */
  accepted: number
  finished: number
  /** What was still in flight when the process ended. */
  cut: number
  ms: number
  /** Why it was cut, and what. */
  reason?: string
  failedHooks?: { name: string; output: string }[]
}

export interface CloseHook {
  name: string
  close: () => unknown
}

export interface DrainParts {
  clock: Clock
  times: DrainTimes
  inFlight: InFlight
  hooks: CloseHook[]
  /** Readiness is 503 already; tells open connections that this answer is their last. */
  onBegin(): void
  /** Closes idle connections and then the listeners. */
  stopAccepting(): void
  onDone(report: DrainReport): void
}

export interface Drain {
  isDraining(): boolean
  /** True once streams are being told to close, so that one that comes later is told at once. */
  isNotifying(): boolean
  /** Begins, once; whoever asks again gets the same report. */
  begin(): Promise<DrainReport>
  /** Ends it where it stands. */
  cut(why: string): void
}

/** Leaving in order: not ready, wait, stop accepting, finish what is in flight, close hooks from the last to the first. */
export function createDrain({
  clock,
  times,
  inFlight,
  hooks,
  onBegin,
  stopAccepting,
  onDone,
}: DrainParts): Drain {
  let report: Promise<DrainReport> | null = null
  let isDraining = false
  let isNotifying = false
  let isOver = false
  let cut: (why: string) => void = () => {}
  let takeGraceBack: () => void = () => {}
  const failedHooks: { name: string; output: string }[] = []
  /** Null until closing begins. */
  let unclosed: string[] | null = null

  async function run(): Promise<DrainReport> {
    const startedAt = clock.now()
    const inFlightAtStart = total()
    const [begunBefore, endedBefore] = [inFlight.begun(), inFlight.ended()]
    onBegin()
    const why = await new Promise<string | null>((resolve) => {
      cut = (reason) => {
        isOver = true
        resolve(reason)
      }
      leave().then(() => resolve(null))
    })
    isOver = true
    takeGraceBack()
    return {
      event: 'drain',
      outcome: why === null ? 'drained' : 'cut',
      inFlightAtStart,
      accepted: inFlight.begun() - begunBefore,
      finished: inFlight.ended() - endedBefore,
      cut: total(),
      ms: Math.round(clock.now() - startedAt),
      ...(why === null ? {} : { reason: `${why}: ${whatIsLeft()}` }),
      ...(failedHooks.length === 0 ? {} : { failedHooks }),
    }
  }

  async function leave(): Promise<void> {
    if (times.delayMs > 0) await pause(times.delayMs)
    if (isOver) return
    stopAccepting()
    takeGraceBack = clock.after(times.graceMs, () => cut(`grace of ${times.graceMs} ms ran out`))
    tellStreams()
    // One more turn of the loop: bytes that had arrived before the listener closed become requests now.
    await pause(0)
    await inFlight.isEmpty()
    await closeHooks()
    // On a connection that was busy when the listener closed, one more request may have come meanwhile.
    await inFlight.isEmpty()
  }

  /** One after the other, evenly: clients that all reconnect in the same moment would hurt whoever takes over. */
  function tellStreams(): void {
    isNotifying = true
    const closes = inFlight.closes()
    closes.forEach((close, index) => {
      clock.after((times.spreadMs * index) / closes.length, () => quietly(close))
    })
  }

  async function closeHooks(): Promise<void> {
    unclosed = hooks.map(({ name }) => name)
    for (const { name, close } of [...hooks].reverse()) {
      if (isOver) return
      try {
        await close()
      } catch (thrown) {
        failedHooks.push({ name, output: thrownText(thrown) })
      }
      unclosed.pop()
    }
  }

  function total(): number {
    const { requests, streams } = inFlight.count()
    return requests + streams
  }

  function whatIsLeft(): string {
    const { requests, streams } = inFlight.count()
    const names = unclosed ?? hooks.map(({ name }) => name)
    const notClosed = names.length === 0 ? '' : `, not closed: ${names.join(', ')}`
    return `requests cut: ${requests}, streams cut: ${streams}${notClosed}`
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => clock.after(ms, resolve))
  }

  return {
    isDraining: () => isDraining,
    isNotifying: () => isNotifying,
    begin() {
      isDraining = true
      report ??= run().then((done) => {
        quietly(() => onDone(done))
        return done
      })
      return report
    },
    cut: (why) => cut(why),
  }
}
