import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fence } from '../../core/fence.ts'
import type { EnvironmentId, ReleaseId } from '../../core/release.ts'
import type { ReleaseSpec, TargetObservation } from '../target.ts'
import { pause } from './clock.ts'
import { Fleet, type FleetHome, forgetStarts } from './fleet.ts'
import { environmentFolder, instanceId, safeName } from './layout.ts'
import { Ledger } from './ledger.ts'
import type { Site } from './site.ts'

/** One environment at a target: the instances of all its releases, and the newest fence it has seen. */
export class Environment implements FleetHome {
  readonly site: Site
  readonly instancesFolder: string
  readonly #id: EnvironmentId
  readonly #ledger: Ledger
  readonly #fleets = new Map<ReleaseId, Fleet>()
  #isAttended = false
  #version = 1
  #nextChange = Promise.withResolvers<void>()

  private constructor(id: EnvironmentId, folder: string, ledger: Ledger, site: Site) {
    this.#id = id
    this.instancesFolder = join(folder, 'instances')
    this.#ledger = ledger
    this.site = site
  }

  static async open(root: string, id: EnvironmentId, site: Site): Promise<Environment> {
    const folder = environmentFolder(root, id)
    await mkdir(join(folder, 'instances'), { recursive: true })
    return new Environment(id, folder, await Ledger.open(join(folder, 'environment.json')), site)
  }

  async scale(spec: ReleaseSpec, count: number, fence: Fence): Promise<void> {
    await this.#ledger.accept(fence)
    await this.site.ground.accept?.(this.#id, fence)
    await this.#fleetOf(spec).scale(spec, count, fence)
  }

  async adopt(specs: { spec: ReleaseSpec; count: number }[]): Promise<void> {
    await Promise.all(specs.map(({ spec, count }) => this.#fleetOf(spec).adopt(spec, count)))
  }

  async forget(release: ReleaseId): Promise<void> {
    const fleet = this.#fleets.get(release)
    await (fleet ? fleet.forget() : forgetStarts(this.#id, this.instancesFolder, release, this.site.ground))
    this.#fleets.delete(release)
    this.changed()
  }

  crash(release: ReleaseId): void {
    this.#fleets.get(release)?.crash()
  }

  observe(): TargetObservation {
    const releases = [...this.#fleets].map(([release, fleet]) => [release, fleet.observe()])
    return { version: this.#version, releases: Object.fromEntries(releases) }
  }

  changed(): void {
    this.#version++
    this.#nextChange.resolve()
    this.#nextChange = Promise.withResolvers()
  }

  /** Resolves when the version is another one, or after `withinMs`. */
  async changedFrom(version: number, withinMs: number): Promise<void> {
    if (this.#version !== version) return
    const waiting = new AbortController()
    const timeout = pause(this.site.clock, withinMs, waiting.signal)
    await Promise.race([this.#nextChange.promise, timeout])
    waiting.abort()
  }

  attend(closely: boolean): void {
    this.#isAttended = closely
    for (const fleet of this.#fleets.values()) fleet.attend(closely)
  }

  get isAttended(): boolean {
    return this.#isAttended
  }

  runningFolders(): string[] {
    return [...this.#fleets.values()].flatMap((fleet) => fleet.runningFolders())
  }

  async letGo(): Promise<void> {
    await Promise.all([...this.#fleets.values()].map((fleet) => fleet.letGo()))
    this.changed()
  }

  async newId(release: ReleaseId, slot: number): Promise<string> {
    const start = this.#ledger.nextStart(release, slot)
    await this.#ledger.save()
    return instanceId(release, slot, start)
  }

  #fleetOf(spec: ReleaseSpec): Fleet {
    const known = this.#fleets.get(spec.release)
    if (known) return known
    const fleet = new Fleet(this, { ...spec, release: safeName(spec.release) })
    this.#fleets.set(spec.release, fleet)
    return fleet
  }
}
