import { join } from 'node:path'
import type { Instance, ReleaseSpec } from '../target.ts'
import { backoffMs, WELL_AFTER_MS } from './backoff.ts'
import type { Body } from './body.ts'
import { startFailedFact } from './health-facts.ts'
import { createRecord, type InstanceRecord, pruneStarts, saveRecord } from './instance-record.ts'
import { type InstanceListener, RunningInstance } from './running-instance.ts'
import type { Site } from './site.ts'

/** What a slot has to know of its release, and whom it tells. */
export interface SlotHome extends Pick<InstanceListener, 'changed' | 'report'> {
  readonly site: Site
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

  /** Resolves once the first body is there. Throws START_FAILED, PORT_TAKEN or SECRET_UNREADABLE. */
  start(after: Promise<void> = Promise.resolve()): Promise<void> {
    this.#starting ??= after.then(() => this.#start())
    return this.#starting
  }

  /** As `start`, but what goes wrong becomes a fact and is tried again. */
  revive(): Promise<void> {
    this.#starting = this.#startOrRetry()
    return this.#starting
  }

  /** Takes in an instance that runs already. */
  adopt(record: InstanceRecord, folder: string, body: Body): void {
    this.#starting = Promise.resolve()
    this.#occupy(record, folder, body)
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
    const { site, spec, instancesFolder } = this.#home
    const { clock, ground } = site
    const id = await this.#home.newId(this.number)
    const address = await ground.reserve(spec, id)
    const folder = join(instancesFolder, id)
    const record: InstanceRecord = {
      ...{ id, release: spec.release, slot: this.number, ...(address ?? {}) },
      ...{ startedAt: clock.now(), readyAt: null, ended: null },
    }
    try {
      await createRecord(folder, record)
      this.#occupy(record, folder, await ground.start({ spec, record, folder }))
    } catch (error) {
      ground.letGo(record)
      await saveRecord(folder, { ...record, ended: record.startedAt }).catch(() => {})
      throw error
    }
    // Only costs disk when it fails.
    const forget = (ids: string[]) => ground.forget(spec.environment, ids)
    await pruneStarts(instancesFolder, { release: spec.release, slot: this.number }, forget).catch(() => {})
  }

  #occupy(record: InstanceRecord, folder: string, body: Body): void {
    const { spec, site, isAttended } = this.#home
    this.#instance = new RunningInstance({ spec, record, folder, body }, site, isAttended, {
      changed: () => this.#home.changed(),
      report: (fact, isExit) => this.#home.report(fact, isExit),
      isOver: (instance) => this.#restartLater(instance.readyMs),
    })
    this.#home.changed()
  }

  #restartLater(readyMs: number): void {
    const { clock, closed } = this.#home.site
    if (this.#isEnding || closed.aborted) return
    this.#failures = readyMs >= WELL_AFTER_MS ? 1 : this.#failures + 1
    this.#cancelRestart = clock.after(backoffMs(this.#failures), () => void this.revive())
  }

  async #startOrRetry(): Promise<void> {
    try {
      await this.#start()
    } catch (error) {
      const { spec, site } = this.#home
      const id = `${spec.release}-${this.number}`
      const start = { id, spec, words: site.ground.words, now: site.clock.now() }
      this.#home.report(startFailedFact(start, error), false)
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
