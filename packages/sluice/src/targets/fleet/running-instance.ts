import type { HealthFact, Instance, InstanceState, ReleaseSpec } from '../target.ts'
import type { Body, Exit } from './body.ts'
import {
  exitedFact,
  type LivePatient,
  movedFact,
  neverReadyFact,
  notAliveFact,
  notReadyFact,
} from './health-facts.ts'
import { HealthWatch } from './health-watch.ts'
import { type InstanceRecord, saveRecord } from './instance-record.ts'
import type { ProbeAnswer } from './probe.ts'
import type { Site } from './site.ts'

/** Whom an instance tells. */
export interface InstanceListener {
  /** Something that can be observed has changed. */
  changed(): void
  /** A fact for a person; `isExit` counts it as an unexpected exit too. */
  report(fact: HealthFact, isExit: boolean): void
  /** Nothing of it is left, and nobody had asked for that. */
  isOver(instance: RunningInstance): void
}

export interface InstanceParts {
  spec: ReleaseSpec
  record: InstanceRecord
  folder: string
  body: Body
}

/** One start of an instance, watched from its birth to its end. */
export class RunningInstance {
  readonly folder: string
  readonly #parts: InstanceParts
  readonly #site: Site
  readonly #listener: InstanceListener
  #watch: HealthWatch
  #isAttended: boolean
  #state: InstanceState
  #readySince: number | null
  #ending: Promise<void> | null = null
  #saving: Promise<void> = Promise.resolve()

  constructor(parts: InstanceParts, site: Site, isAttended: boolean, listener: InstanceListener) {
    const { record, body } = parts
    const wasReady = record.readyAt !== null
    this.folder = parts.folder
    this.#parts = parts
    this.#site = site
    this.#listener = listener
    this.#state = wasReady ? 'ready' : 'starting'
    this.#readySince = wasReady ? site.clock.now() : null
    this.#isAttended = isAttended
    this.#watch = this.#watchHealth(wasReady)
    body.follow?.({ changed: () => listener.changed(), moved: (why) => this.#moved(why) })
    void body.exited.then((exit) => this.#exited(exit))
  }

  /** SIGTERM, grace, SIGKILL. Resolves when nothing of it is left. */
  async end(): Promise<void> {
    this.#watch.stop()
    if (this.#state !== 'exited') this.#turn('stopping')
    await this.#bury()
  }

  /** SIGKILL, of which nobody is told before it is noticed. */
  crash(): void {
    if (this.#state !== 'exited' && this.#state !== 'stopping') this.#parts.body.crash()
  }

  attend(closely: boolean): void {
    this.#isAttended = closely
    this.#watch.attend(closely)
  }

  /** Watches it no more; it goes on running. */
  letGo(): void {
    this.#watch.stop()
  }

  get isRunning(): boolean {
    return this.#state !== 'exited'
  }

  /** For how long it had been ready without interruption, in milliseconds. */
  get readyMs(): number {
    return this.#readySince === null ? 0 : this.#site.clock.now() - this.#readySince
  }

  observe(): Instance {
    const { id, release, slot, startedAt, readyAt } = this.#parts.record
    const { address, handle } = this.#parts.body
    return { id, release, slot, state: this.#state, address, startedAt, readyAt, handle }
  }

  #watchHealth(wasReady: boolean): HealthWatch {
    const { spec, body } = this.#parts
    return new HealthWatch({
      spec,
      ask: (probe) => body.ask(probe),
      clock: this.#site.clock,
      wasReady,
      isAttended: this.#isAttended,
      on: {
        ready: () => this.#becameReady(),
        unready: (answer) => void this.#becameUnready(answer),
        // Not an exit of its own: the fact alone says it.
        neverReady: (tally) => void this.#giveUp(() => neverReadyFact(this.#patient(), tally), false),
        notAlive: (answer) => void this.#giveUp(() => notAliveFact(this.#patient(), answer), true),
      },
    })
  }

  /** The same instance at another place: what was ready there says nothing of here. */
  #moved(why: string): void {
    if (this.#state === 'exited' || this.#state === 'stopping' || this.#site.closed.aborted) return
    const wasReady = this.#state === 'ready'
    this.#watch.stop()
    this.#readySince = null
    if (wasReady) {
      this.#turn('unready')
      this.#listener.report(movedFact(this.#patient(), why), false)
    }
    this.#watch = this.#watchHealth(false)
  }

  #becameReady(): void {
    const now = this.#site.clock.now()
    this.#readySince = now
    this.#parts.record.readyAt ??= now
    this.#turn('ready')
    // Only whoever adopts it reads this; without it they ask anew.
    this.#save().catch(() => {})
  }

  async #becameUnready(answer: ProbeAnswer): Promise<void> {
    this.#readySince = null
    this.#turn('unready')
    this.#listener.report(await notReadyFact(this.#patient(), answer), false)
  }

  async #exited(exit: Exit): Promise<void> {
    // After the target was closed this is another one's to notice.
    if (this.#state === 'stopping' || this.#site.closed.aborted) return
    this.#watch.stop()
    this.#turn('exited')
    this.#listener.report(await exitedFact(this.#patient(), exit), true)
    await this.#leave()
  }

  /** Ends an instance that runs and is of no use. */
  async #giveUp(factOf: () => Promise<HealthFact>, isExit: boolean): Promise<void> {
    if (this.#state === 'exited' || this.#state === 'stopping') return
    this.#turn('stopping')
    // While it is alive, for what it has opened is evidence.
    this.#listener.report(await factOf(), isExit)
    await this.#leave()
  }

  /** What cannot even be killed is left where it is: its successor gets another port. */
  async #leave(): Promise<void> {
    await this.#bury().catch(() => {})
    this.#turn('exited')
    this.#listener.isOver(this)
  }

  /** All of it goes, or a child would keep files and ports from the next start. */
  async #bury(): Promise<void> {
    const { record, spec, body } = this.#parts
    const { clock, ground } = this.#site
    // Shared: a second SIGTERM means "at once" to many an app.
    this.#ending ??= body.end(spec.graceMs).finally(() => {
      this.#ending = null
    })
    await this.#ending
    record.ended = clock.now()
    await this.#save()
    ground.letGo(record)
  }

  /** One after the other, or the older one might win. */
  #save(): Promise<void> {
    const save = () => saveRecord(this.folder, this.#parts.record)
    this.#saving = this.#saving.then(save, save)
    return this.#saving
  }

  #turn(state: InstanceState): void {
    if (this.#state === state) return
    this.#state = state
    this.#listener.changed()
  }

  #patient(): LivePatient {
    const { record, spec, body } = this.#parts
    const { clock, ground } = this.#site
    return { record, spec, witness: body, words: ground.words, body, now: clock.now() }
  }
}
