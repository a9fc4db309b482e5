import type { HealthFact, Instance, InstanceState, ReleaseSpec } from '../target.ts'
import { exitedFact, neverReadyFact, notAliveFact, notReadyFact, type Patient } from './health-facts.ts'
import { HealthWatch } from './health-watch.ts'
import type { InstanceProcess } from './instance-process.ts'
import { type InstanceRecord, saveRecord } from './instance-record.ts'
import type { Exit } from './launcher.ts'
import type { Machine } from './machine.ts'
import { INSTANCE_HOST } from './ports.ts'
import { ask, type ProbeAnswer } from './probe.ts'
import { endGroup, killGroup } from './process-group.ts'

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
  process: InstanceProcess
}

/** One start of an instance: a process, watched from its birth to its end. */
export class RunningInstance {
  readonly folder: string
  readonly #parts: InstanceParts
  readonly #machine: Machine
  readonly #listener: InstanceListener
  readonly #watch: HealthWatch
  #state: InstanceState
  #readySince: number | null
  #ending: Promise<void> | null = null
  #saving: Promise<void> = Promise.resolve()

  constructor(parts: InstanceParts, machine: Machine, isAttended: boolean, listener: InstanceListener) {
    const { spec, record, process } = parts
    const wasReady = record.readyAt !== null
    this.folder = parts.folder
    this.#parts = parts
    this.#machine = machine
    this.#listener = listener
    this.#state = wasReady ? 'ready' : 'starting'
    this.#readySince = wasReady ? machine.clock.now() : null
    this.#watch = new HealthWatch({
      spec,
      ask: (probe) => ask(record.port, probe),
      clock: machine.clock,
      wasReady,
      isAttended,
      on: {
        ready: () => this.#becameReady(),
        unready: (answer) => void this.#becameUnready(answer),
        // Not an exit of its own: the fact alone says it.
        neverReady: (tally) => void this.#giveUp(() => neverReadyFact(this.#patient(), tally), false),
        notAlive: (answer) => void this.#giveUp(() => notAliveFact(this.#patient(), answer), true),
      },
    })
    void process.exited.then((exit) => this.#exited(exit))
  }

  /** SIGTERM, grace, SIGKILL. Resolves when nothing of it is left. */
  async end(): Promise<void> {
    this.#watch.stop()
    if (this.#state !== 'exited') this.#turn('stopping')
    await this.#bury()
  }

  /** SIGKILL, of which nobody is told before it is noticed. */
  crash(): void {
    if (this.#state !== 'exited' && this.#state !== 'stopping') killGroup(this.#parts.process.identity)
  }

  attend(closely: boolean): void {
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
    return this.#readySince === null ? 0 : this.#machine.clock.now() - this.#readySince
  }

  observe(): Instance {
    const { id, release, slot, port, startedAt, readyAt } = this.#parts.record
    const address = { host: INSTANCE_HOST, port }
    return { id, release, slot, state: this.#state, address, startedAt, readyAt, handle: `pid ${this.#pid}` }
  }

  #becameReady(): void {
    const now = this.#machine.clock.now()
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
    if (this.#state === 'stopping' || this.#machine.closed.aborted) return
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

  /** Its whole group goes, or a child would keep files and ports from the next start. */
  async #bury(): Promise<void> {
    const { record, spec, process } = this.#parts
    const { clock, closed, ports } = this.#machine
    // Shared: a second SIGTERM means "at once" to many an app.
    this.#ending ??= endGroup(process.identity, { graceMs: spec.graceMs, clock, signal: closed }).finally(
      () => {
        this.#ending = null
      },
    )
    await this.#ending
    record.ended = clock.now()
    await this.#save()
    ports.letGo(record.port, record.id)
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

  get #pid(): number {
    return this.#parts.process.identity.pid
  }

  #patient(): Patient {
    const { record, spec, folder } = this.#parts
    return { record, spec, folder, pid: this.#pid, now: this.#machine.clock.now() }
  }
}
