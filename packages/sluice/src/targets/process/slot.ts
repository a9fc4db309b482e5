import { join } from 'node:path'
import type { Instance, ReleaseSpec } from '../target.ts'
import { backoffMs, WELL_AFTER_MS } from './backoff.ts'
import { startFailedFact } from './health-facts.ts'
import { type InstanceProcess, startProcess } from './instance-process.ts'
import { createRecord, type InstanceRecord, pruneStarts, saveRecord } from './instance-record.ts'
import type { Machine } from './machine.ts'
import type { Ports } from './ports.ts'
import { type InstanceListener, RunningInstance } from './running-instance.ts'

/** What a slot has to know of its release, and whom it tells. */
export interface SlotHome extends Pick<InstanceListener, 'changed' | 'report'> {
  readonly machine: Machine
  readonly instancesFolder: string
  readonly spec: ReleaseSpec
  readonly isAttended: boolean
  /** An id that was never used, durably so. */
  newId(slot: number): Promise<string>
}

/**
 * One place within a release: keeps one instance running in it. An instance that ends, never becomes ready or is not
 * alive any more is replaced by a new start after a pause that grows, until the slot itself is ended.
 */
export class Slot {
  readonly number: number
  readonly #home: SlotHome
  #instance: RunningInstance | null = null
  #failures = 0
  #starting: Promise<void> | null = null
  #cancelRestart = () => {}
  #isEnding = false
  #gone: Promise<void> | null = null

  constructor(number: number, home: SlotHome) {
    this.number = number
    this.#home = home
  }

  /** Resolves once the first process is there. Throws START_FAILED, PORT_TAKEN or SECRET_UNREADABLE. */
  start(after: Promise<void> = Promise.resolve()): Promise<void> {
    this.#starting ??= after.then(() => this.#start())
    return this.#starting
  }

  /** As `start`, but what goes wrong becomes a fact and is tried again. */
  revive(): Promise<void> {
    this.#starting = this.#startOrRetry()
    return this.#starting
  }

  /** Takes in a process that runs already. */
  adopt(record: InstanceRecord, folder: string, process: InstanceProcess): void {
    this.#home.machine.ports.hold(record.port, record.id)
    this.#starting = Promise.resolve()
    this.#occupy(record, folder, process)
  }

  /** Ends what is in it: SIGTERM, grace, SIGKILL. Resolves when nothing of it is left, and may be called again when it throws. */
  end(): Promise<void> {
    this.#isEnding = true
    this.#gone ??= this.#end().catch((error) => {
      this.#gone = null
      throw error
    })
    return this.#gone
  }

  crash(): void {
    this.#instance?.crash()
  }

  attend(closely: boolean): void {
    this.#instance?.attend(closely)
  }

  /** Stops watching; the instance goes on running. A start that is under way is finished first. */
  async letGo(): Promise<void> {
    this.#cancelRestart()
    await this.#starting?.catch(() => {})
    this.#instance?.letGo()
  }

  /** Where its instance writes, as long as it runs. */
  get runningFolder(): string | null {
    return this.#instance?.isRunning ? this.#instance.folder : null
  }

  observe(): Instance | null {
    return this.#instance?.observe() ?? null
  }

  async #start(): Promise<void> {
    const { machine, spec, instancesFolder } = this.#home
    const id = await this.#home.newId(this.number)
    const port = await reservePort(machine.ports, spec, id)
    const folder = join(instancesFolder, id)
    const fresh = { id, release: spec.release, slot: this.number, port, readyAt: null, ended: null }
    const record = { ...fresh, startedAt: machine.clock.now() }
    try {
      await createRecord(folder, record)
      this.#occupy(record, folder, await startProcess({ spec, record, folder, ours: machine.ours }))
    } catch (error) {
      machine.ports.letGo(port, id)
      await saveRecord(folder, { ...record, ended: record.startedAt }).catch(() => {})
      throw error
    }
    // Only costs disk when it fails.
    await pruneStarts(instancesFolder, spec.release, this.number).catch(() => {})
  }

  #occupy(record: InstanceRecord, folder: string, process: InstanceProcess): void {
    const { spec, machine, isAttended } = this.#home
    this.#instance = new RunningInstance({ spec, record, folder, process }, machine, isAttended, {
      changed: () => this.#home.changed(),
      report: (fact, isExit) => this.#home.report(fact, isExit),
      isOver: (instance) => this.#restartLater(instance.readyMs),
    })
    this.#home.changed()
  }

  #restartLater(readyMs: number): void {
    const { clock, closed } = this.#home.machine
    if (this.#isEnding || closed.aborted) return
    this.#failures = readyMs >= WELL_AFTER_MS ? 1 : this.#failures + 1
    this.#cancelRestart = clock.after(backoffMs(this.#failures), () => void this.revive())
  }

  async #startOrRetry(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      const { spec, machine } = this.#home
      const id = `${spec.release}-${this.number}`
      this.#home.report(startFailedFact({ id, spec, now: machine.clock.now() }, error), false)
      this.#restartLater(0)
    }
  }

  async #end(): Promise<void> {
    this.#cancelRestart()
    await this.#starting?.catch(() => {})
    await this.#instance?.end()
    this.#instance = null
    this.#home.changed()
  }
}

async function reservePort(ports: Ports, spec: ReleaseSpec, holder: string): Promise<number> {
  if (spec.port === undefined) return ports.reserve(holder)
  await ports.reserveFixed(spec.port, holder)
  return spec.port
}
