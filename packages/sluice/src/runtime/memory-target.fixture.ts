import type { TargetAbilities } from '../core/capabilities.ts'
import { compareFences, type Fence } from '../core/fence.ts'
import { SluiceError } from '../errors.ts'
import type {
  HealthFact,
  Instance,
  ReleaseObservation,
  ReleaseSpec,
  Target,
  TargetObservation,
} from '../targets/target.ts'
import type { Clock } from './clock.ts'

/** How the instances of a spec behave, named by its command; a `stubborn` one ends only after its grace. */
export type Conduct = 'good' | 'slow' | 'stubborn' | 'refused' | 'crashing'

const ability: TargetAbilities = { parallelReleases: true, ownPorts: true, runsImages: false }
const startMs = 20

interface Kept {
  spec: ReleaseSpec
  wanted: number
  instances: Instance[]
  exitsBeforeReady: number
  exitsAfterReady: number
  facts: HealthFact[]
}

interface Place {
  version: number
  releases: Map<string, Kept>
  /** The newest effect that it has seen, and what it asked for. */
  fence: Fence
}

/** The machine that instances run on; it outlives the targets that are opened on it. */
export class MemoryMachine {
  readonly clock: Clock
  readonly places = new Map<string, Place>()
  /** Every call that was carried out, for example `scale shop/production r2 2`. */
  readonly calls: string[] = []
  /** Calls of `scale` are refused while this is set. */
  refusal: SluiceError | null = null
  /** Calls of `scale` are applied and never answered while this is set. */
  isMute = false
  #starts = 0
  #watchers = new Set<() => void>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  place(environment: string): Place {
    const known = this.places.get(environment)
    if (known !== undefined) return known
    const place: Place = { version: 1, releases: new Map(), fence: { token: 0, effect: 0 } }
    this.places.set(environment, place)
    return place
  }

  releaseOf(spec: ReleaseSpec): Kept {
    const { releases } = this.place(spec.environment)
    const known = releases.get(spec.release)
    if (known !== undefined) return Object.assign(known, { spec })
    const kept: Kept = {
      spec,
      wanted: 0,
      instances: [],
      exitsBeforeReady: 0,
      exitsAfterReady: 0,
      facts: [],
    }
    releases.set(spec.release, kept)
    return kept
  }

  changed(environment: string): void {
    this.place(environment).version += 1
    for (const wake of this.#watchers) wake()
  }

  watch(wake: () => void): () => void {
    this.#watchers.add(wake)
    return () => this.#watchers.delete(wake)
  }

  start(kept: Kept, slot: number): void {
    const { spec } = kept
    const start = this.#starts++
    const instance: Instance = {
      id: `${spec.environment} ${spec.release}-${slot}-${start}`,
      release: spec.release,
      slot,
      state: 'starting',
      address: { host: '127.0.0.1', port: 20_000 + start },
      startedAt: this.clock.now(),
      readyAt: null,
      handle: `number ${start}`,
    }
    kept.instances.push(instance)
    kept.instances.sort((a, b) => a.slot - b.slot)
    if (spec.command !== 'slow')
      this.clock.at(this.clock.now() + startMs, () => this.#becomeReady(kept, instance))
    this.changed(spec.environment)
  }

  /** SIGTERM; resolves when it is gone. */
  end(kept: Kept, instance: Instance): Promise<void> {
    instance.state = 'stopping'
    this.changed(kept.spec.environment)
    const leavesMs = kept.spec.command === 'stubborn' ? kept.spec.graceMs : 1
    return new Promise((resolve) => {
      this.clock.at(this.clock.now() + leavesMs, () => {
        this.#remove(kept, instance)
        resolve()
      })
    })
  }

  /** The instance's state, as a probe would find it from now on. */
  set(instance: string, state: 'ready' | 'unready'): void {
    for (const [environment, { releases }] of this.places) {
      const found = [...releases.values()].flatMap(({ instances }) => instances)
      for (const one of found.filter(({ id }) => id === instance)) {
        one.state = state
        this.changed(environment)
      }
    }
  }

  /** A ready instance of this release dies, and another is started in its slot. */
  kill(environment: string, release: string): void {
    const kept = this.place(environment).releases.get(release)!
    const victim = kept.instances.find(({ state }) => state === 'ready')!
    kept.exitsAfterReady += 1
    this.#remove(kept, victim)
    this.start(kept, victim.slot)
  }

  #becomeReady(kept: Kept, instance: Instance): void {
    if (instance.state !== 'starting' || !kept.instances.includes(instance)) return
    if (kept.spec.command === 'crashing') {
      this.#crash(kept, instance)
    } else {
      instance.state = 'ready'
      instance.readyAt = this.clock.now()
    }
    this.changed(kept.spec.environment)
  }

  #crash(kept: Kept, instance: Instance): void {
    kept.exitsBeforeReady += 1
    instance.state = 'exited'
    kept.facts.push({
      at: this.clock.now(),
      instance: instance.id,
      kind: 'exited',
      wasReady: false,
      message: `${instance.id} ended with exit code 1`,
      details: [],
    })
  }

  #remove(kept: Kept, instance: Instance): void {
    kept.instances = kept.instances.filter((one) => one !== instance)
    this.changed(kept.spec.environment)
  }
}

/** A target whose instances are entries in a list. */
export class MemoryTarget implements Target {
  readonly can = ability
  readonly #machine: MemoryMachine
  #isClosed = false

  constructor(machine: MemoryMachine) {
    this.#machine = machine
  }

  async scale({ spec, count, fence }: Parameters<Target['scale']>[0]): Promise<void> {
    const machine = this.#machine
    const place = machine.place(spec.environment)
    if (compareFences(fence, place.fence) < 0)
      throw new SluiceError('FENCED', `${spec.environment} has seen a newer effect`)
    if (machine.refusal !== null) throw machine.refusal
    if (spec.command === 'refused') throw new SluiceError('START_FAILED', 'the machine refuses to start it')
    place.fence = fence
    machine.calls.push(`scale ${spec.environment} ${spec.release} ${count}`)
    await this.#make(spec, count)
    if (machine.isMute) await new Promise(() => {})
  }

  async crash(environment: string, release: string): Promise<void> {
    const kept = this.#machine.place(environment).releases.get(release)
    const ready = kept?.instances.filter(({ state }) => state === 'ready') ?? []
    for (const _ of ready) this.#machine.kill(environment, release)
  }

  async observe(environment: string): Promise<TargetObservation> {
    const { version, releases } = this.#machine.place(environment)
    return structuredClone({
      version,
      releases: Object.fromEntries([...releases].map(([release, kept]) => [release, seen(kept)])),
    })
  }

  changed(environment: string, version: number, withinMs: number): Promise<void> {
    const machine = this.#machine
    return new Promise((resolve) => {
      const end = () => {
        callOff()
        unwatch()
        resolve()
      }
      const look = () => {
        if (this.#isClosed || machine.place(environment).version !== version) end()
      }
      const unwatch = machine.watch(look)
      const callOff = machine.clock.at(machine.clock.now() + withinMs, end)
      look()
    })
  }

  attend(): void {}

  async *logs(): ReturnType<Target['logs']> {}

  async adopt(specs: { spec: ReleaseSpec; count: number }[]): Promise<void> {
    await Promise.all(specs.map(({ spec, count }) => this.#make(spec, count)))
  }

  async forget(environment: string, release: string): Promise<void> {
    const { releases } = this.#machine.place(environment)
    const kept = releases.get(release)
    if (kept === undefined || kept.wanted > 0 || kept.instances.length > 0) return
    releases.delete(release)
    this.#machine.calls.push(`forget ${environment} ${release}`)
    this.#machine.changed(environment)
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  async #make(spec: ReleaseSpec, count: number): Promise<void> {
    const kept = this.#machine.releaseOf(spec)
    if (count > kept.wanted) Object.assign(kept, { exitsBeforeReady: 0, exitsAfterReady: 0, facts: [] })
    kept.wanted = count
    const staying = () => kept.instances.filter(({ state }) => state !== 'stopping')
    for (let slot = 0; slot < count; slot += 1)
      if (!staying().some((one) => one.slot === slot)) this.#machine.start(kept, slot)
    const leaving = staying().filter(({ slot }) => slot >= count)
    await Promise.all(leaving.map((one) => this.#machine.end(kept, one)))
  }
}

function seen(kept: Kept): ReleaseObservation {
  const { wanted, instances, exitsBeforeReady, exitsAfterReady, facts } = kept
  return { wanted, instances, exitsBeforeReady, exitsAfterReady, facts: facts.slice(-20) }
}
