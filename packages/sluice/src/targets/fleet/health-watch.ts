import type { Probe, ReleaseSpec } from '../target.ts'
import type { Clock } from './clock.ts'
import type { ProbeAnswer } from './probe.ts'

/** Between probes of an instance that has not been ready yet: most apps that start fast do so within the first second. */
const AT_FIRST_MS = 10
const AT_FIRST_PROBES = 100
const UNTIL_READY_MS = 50
/** Between probes while a rollout is under way, or while users are waiting for the instance to come back. */
const CLOSELY_MS = 1_000
/** Successes in a row that make an instance ready: one may be luck. */
const SETTLED = 2

export interface HealthWatchOptions {
  spec: Pick<ReleaseSpec, 'startup' | 'readiness' | 'liveness'>
  ask(probe: Probe): Promise<ProbeAnswer>
  clock: Clock
  /** Adopted with a ready past: it keeps its traffic unless its probes say otherwise. */
  wasReady: boolean
  isAttended: boolean
  on: {
    ready(): void
    unready(answer: ProbeAnswer): void
    /** After this the watch is over. */
    neverReady(tally: ProbeTally): void
    /** After this the watch is over. */
    notAlive(answer: ProbeAnswer): void
  }
}

/** What was asked in vain until an instance was given up. */
export interface ProbeTally {
  probe: Probe
  /** The newest answer, and how often in a row it was the same. */
  last: ProbeAnswer | null
  times: number
}

/**
 * Probes one instance for as long as it lives. Until ready every 10 ms at first and then every 50 ms, for
 * `startup.periodMs` x `startup.failures` in all; then readiness at its period, at most a second while attended. Liveness
 * keeps its own period even then: what it does is final, and a pause of a few seconds must not kill an app in the middle
 * of a rollout.
 */
export class HealthWatch {
  readonly #options: HealthWatchOptions
  readonly #readiness: ProbeLoop
  readonly #liveness: ProbeLoop
  #phase: Phase
  #isAttended: boolean
  /** Probes before it was ever ready. */
  #early = 0
  #successes = 0
  #failures = 0
  #livenessFailures = 0
  #tally: ProbeTally
  #cancelBudget = () => {}

  constructor(options: HealthWatchOptions) {
    const { spec, clock, ask } = options
    this.#options = options
    this.#isAttended = options.isAttended
    this.#phase = firstPhase(options)
    this.#tally = { probe: this.#asked(), last: null, times: 0 }
    this.#readiness = new ProbeLoop(clock, () => this.#askReadiness(ask))
    this.#liveness = new ProbeLoop(clock, () => this.#askLiveness(ask))
    this.#readiness.in(0)
    if (options.wasReady) this.#liveness.in(spec.liveness.periodMs)
    else this.#cancelBudget = clock.after(startupBudgetMs(spec.startup), () => this.#giveUp())
  }

  attend(closely: boolean): void {
    if (this.#isAttended === closely) return
    this.#isAttended = closely
    this.#readiness.sooner(this.#pauseMs())
  }

  stop(): void {
    this.#readiness.stop()
    this.#liveness.stop()
    this.#cancelBudget()
  }

  /** A startup probe with a path of its own has to succeed once before readiness is asked at all. */
  #asked(): Probe {
    const { startup, readiness } = this.#options.spec
    return this.#phase === 'startup' ? startup : readiness
  }

  async #askReadiness(ask: HealthWatchOptions['ask']): Promise<number> {
    const probe = this.#asked()
    const answer = await ask(probe)
    if (this.#readiness.isStopped) return 0
    if (this.#phase === 'startup' || this.#phase === 'starting') this.#count(probe, answer)
    this.#judge(answer)
    return this.#pauseMs()
  }

  #judge(answer: ProbeAnswer): void {
    this.#successes = answer.isOk ? this.#successes + 1 : 0
    this.#failures = answer.isOk ? 0 : this.#failures + 1
    switch (this.#phase) {
      case 'startup':
        if (answer.isOk) this.#enter('starting')
        return
      case 'starting':
      case 'unready':
        if (this.#successes >= SETTLED) this.#becomeReady()
        return
      case 'ready':
        if (this.#failures >= this.#options.spec.readiness.failures) {
          this.#enter('unready')
          this.#options.on.unready(answer)
        }
    }
  }

  #becomeReady(): void {
    if (this.#phase === 'starting') this.#liveness.in(this.#options.spec.liveness.periodMs)
    this.#cancelBudget()
    this.#enter('ready')
    this.#options.on.ready()
  }

  #enter(phase: Phase): void {
    this.#phase = phase
    this.#successes = 0
    this.#failures = 0
  }

  #pauseMs(): number {
    const { periodMs } = this.#options.spec.readiness
    switch (this.#phase) {
      case 'startup':
      case 'starting':
        return this.#early < AT_FIRST_PROBES ? AT_FIRST_MS : UNTIL_READY_MS
      case 'unready':
        return Math.min(periodMs, CLOSELY_MS)
      case 'ready':
        return this.#isAttended ? Math.min(periodMs, CLOSELY_MS) : periodMs
    }
  }

  async #askLiveness(ask: HealthWatchOptions['ask']): Promise<number> {
    const { liveness } = this.#options.spec
    const answer = await ask(liveness)
    if (this.#liveness.isStopped) return 0
    this.#livenessFailures = answer.isOk ? 0 : this.#livenessFailures + 1
    if (this.#livenessFailures >= liveness.failures) {
      this.stop()
      this.#options.on.notAlive(answer)
    }
    return liveness.periodMs
  }

  #count(probe: Probe, answer: ProbeAnswer): void {
    this.#early++
    const isSame = this.#tally.probe === probe && this.#tally.last?.found === answer.found
    this.#tally = { probe, last: answer, times: isSame ? this.#tally.times + 1 : 1 }
  }

  #giveUp(): void {
    this.stop()
    this.#options.on.neverReady(this.#tally)
  }
}

/** `startup`: its own startup probe has not succeeded yet; `starting`: nor has readiness. */
type Phase = 'startup' | 'starting' | 'ready' | 'unready'

function firstPhase({ wasReady, spec: { startup, readiness } }: HealthWatchOptions): Phase {
  if (wasReady) return 'ready'
  return startup.path === undefined || startup.path === readiness.path ? 'starting' : 'startup'
}

/** How long an instance may take to become ready. */
export function startupBudgetMs(startup: Probe): number {
  return startup.periodMs * startup.failures
}

/** Does something again and again, each time as long after the last as that one said. */
class ProbeLoop {
  readonly #clock: Clock
  readonly #run: () => Promise<number>
  #cancel: (() => void) | null = null
  isStopped = false

  constructor(clock: Clock, run: () => Promise<number>) {
    this.#clock = clock
    this.#run = run
  }

  in(ms: number): void {
    if (this.isStopped) return
    this.#cancel = this.#clock.after(ms, async () => {
      this.#cancel = null
      this.in(await this.#run())
    })
  }

  /** Shortens, or lengthens, the present pause; a run that is under way is left alone. */
  sooner(ms: number): void {
    if (this.#cancel === null) return
    this.#cancel()
    this.in(ms)
  }

  stop(): void {
    this.isStopped = true
    this.#cancel?.()
    this.#cancel = null
  }
}
