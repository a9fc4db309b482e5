import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { compareFences, type Fence } from '../../core/fence.ts'
import type { EnvironmentId, ReleaseId } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import type { HealthFact, ReleaseObservation, ReleaseSpec } from '../target.ts'
import type { Ground, Remains } from './body.ts'
import { exitedFact } from './health-facts.ts'
import { HealthRecord } from './health-record.ts'
import { startsIn } from './instance-record.ts'
import { fenced } from './ledger.ts'
import type { Site } from './site.ts'
import { Slot, type SlotHome } from './slot.ts'

/** What a fleet has to know of its environment. */
export type FleetHome = Pick<SlotHome, 'site' | 'instancesFolder' | 'changed' | 'isAttended'> & {
  newId(release: ReleaseId, slot: number): Promise<string>
}

/** What should be true of a fleet. `fence` is null for what an earlier run of ours was told. */
interface Order {
  spec: ReleaseSpec
  count: number
  fence: Fence | null
}

/** The instances of one release in one environment. */
export class Fleet implements SlotHome {
  readonly #home: FleetHome
  readonly #slots = new Map<number, Slot>()
  readonly #ending = new Set<Slot>()
  #order: Order
  #foundRemains: Promise<void> | null = null
  #lost: Remains['lost'] = []
  #wanted = 0
  #health = new HealthRecord()

  constructor(home: FleetHome, spec: ReleaseSpec) {
    this.#home = home
    this.#order = { spec, count: 0, fence: null }
  }

  /** Makes exactly `count` instances exist; see `Target.scale`. */
  async scale(spec: ReleaseSpec, count: number, fence: Fence): Promise<void> {
    this.site.ground.refuse(spec, count)
    await this.#follow({ spec, count, fence })
    this.#startMissing((slot) => slot.start(this.#predecessorsGone(slot)))
    await this.#settle()
  }

  /** Goes on from where an earlier run of ours was. What cannot be started becomes a fact and is tried again. */
  async adopt(spec: ReleaseSpec, count: number): Promise<void> {
    await this.#follow({ spec, count, fence: this.#order.fence })
    await this.#reportLost()
    this.#startMissing((slot) => slot.revive())
    await this.#settle()
  }

  attend(closely: boolean): void {
    for (const slot of this.#slots.values()) slot.attend(closely)
  }

  async letGo(): Promise<void> {
    await this.#foundRemains?.catch(() => {})
    await Promise.all([...this.#slots.values(), ...this.#ending].map((slot) => slot.letGo()))
  }

  /** Kills its instances as they are; they are started again like those that crash. */
  crash(): void {
    for (const slot of this.#slots.values()) slot.crash()
  }

  /** Removes what its instances have left on disk. */
  async forget(): Promise<void> {
    if (this.#wanted > 0) throw stillWanted(this.spec, this.#wanted)
    await Promise.all([...this.#ending].map((slot) => slot.end()))
    const { environment, release } = this.spec
    await forgetStarts(environment, this.instancesFolder, release, this.site.ground)
  }

  observe(): ReleaseObservation {
    const slots = [...this.#ending, ...this.#slots.values()]
    const instances = slots.map((slot) => slot.observe()).filter((instance) => instance !== null)
    return {
      wanted: this.#wanted,
      instances: instances.sort((a, b) => a.slot - b.slot || a.startedAt - b.startedAt),
      ...this.#health.observe(),
    }
  }

  /** Where its running instances write. */
  runningFolders(): string[] {
    const slots = [...this.#slots.values(), ...this.#ending]
    return slots.map((slot) => slot.runningFolder).filter((folder) => folder !== null)
  }

  get spec(): ReleaseSpec {
    return this.#order.spec
  }

  get site(): Site {
    return this.#home.site
  }

  get instancesFolder(): string {
    return this.#home.instancesFolder
  }

  get isAttended(): boolean {
    return this.#home.isAttended
  }

  newId(slot: number): Promise<string> {
    return this.#home.newId(this.spec.release, slot)
  }

  changed(): void {
    this.#home.changed()
  }

  report(fact: HealthFact, isExit: boolean): void {
    this.#health.add(fact, isExit)
    this.changed()
  }

  /** Takes over what runs already and ends what is too much. One that a newer order overtakes meanwhile gives way. */
  async #follow(order: Order): Promise<void> {
    this.#order = order
    this.#foundRemains ??= this.#takeOver(order.spec).catch((error) => {
      // What cannot be asked now may be the next time.
      this.#foundRemains = null
      throw error
    })
    await this.#foundRemains
    refuseOlder(order, this.#order)
    // Back after having been gone: what it did in its former life is not held against it.
    if (this.#wanted === 0 && order.count > 0) this.#health = new HealthRecord()
    this.#wanted = order.count
    this.#endSuperfluous(order.count)
    this.changed()
  }

  async #takeOver(spec: ReleaseSpec): Promise<void> {
    const { running, lost } = await this.site.ground.find(spec, this.instancesFolder)
    this.#lost = lost
    for (const { record, folder, body } of running) {
      const slot = new Slot(record.slot, this)
      slot.adopt(record, folder, body)
      this.#slots.set(slot.number, slot)
    }
  }

  async #reportLost(): Promise<void> {
    const missing = this.#lost.filter(
      ({ record }) => record.slot < this.#wanted && !this.#slots.has(record.slot),
    )
    this.#lost = []
    const { clock, ground } = this.site
    for (const { record, exit, witness } of missing) {
      const patient = { record, witness, spec: this.spec, words: ground.words, now: clock.now() }
      this.report(await exitedFact(patient, exit), true)
    }
  }

  #endSuperfluous(count: number): void {
    for (const slot of [...this.#slots.values()]) {
      if (slot.number < count) continue
      this.#slots.delete(slot.number)
      this.#ending.add(slot)
    }
  }

  async #predecessorsGone({ number }: Slot): Promise<void> {
    if (!this.site.ground.waitsForPredecessor(this.spec)) return
    await Promise.all([...this.#ending].filter((slot) => slot.number === number).map((slot) => slot.end()))
  }

  #startMissing(start: (slot: Slot) => Promise<void>): void {
    for (let number = 0; number < this.#wanted; number++) {
      if (this.#slots.has(number)) continue
      const slot = new Slot(number, this)
      this.#slots.set(number, slot)
      // Awaited, with what goes wrong, in `#settle`.
      start(slot).catch(() => {})
    }
  }

  /** Resolves when everything wanted was started, and everything that is too much has gone. */
  async #settle(): Promise<void> {
    const wanted = this.#wanted
    const tooMany = [...this.#ending].filter((slot) => slot.number >= wanted)
    const done = [...this.#slots.values()].map((slot) => this.#started(slot))
    const results = await Promise.allSettled([...done, ...tooMany.map((slot) => this.#gone(slot))])
    const failure = results.find((result) => result.status === 'rejected')
    if (failure) throw failure.reason
  }

  /** A slot that could not be started is not there; the next call tries again. */
  async #started(slot: Slot): Promise<void> {
    await slot.start().catch((error) => {
      if (this.#slots.get(slot.number) === slot) this.#slots.delete(slot.number)
      throw error
    })
  }

  async #gone(slot: Slot): Promise<void> {
    await slot.end()
    this.#ending.delete(slot)
    this.changed()
  }
}

/** Removes what a release's starts have left. */
export async function forgetStarts(
  environment: EnvironmentId,
  instancesFolder: string,
  release: ReleaseId,
  ground: Ground,
): Promise<void> {
  const starts = await startsIn(instancesFolder, release)
  await ground.forget(environment, starts)
  for (const id of starts) await rm(join(instancesFolder, id), { recursive: true, force: true })
}

function refuseOlder(order: Order, newest: Order): void {
  if (order.fence === null || newest.fence === null) return
  if (compareFences(order.fence, newest.fence) < 0) throw fenced(order.fence, newest.fence)
}

function stillWanted({ release }: ReleaseSpec, count: number): SluiceError {
  return new SluiceError('BUG', `${release} is to be forgotten, and ${count} of it should run`)
}
