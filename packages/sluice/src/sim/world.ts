import type { BootCounts } from '../core/counts.ts'
import type { Effect, Routing } from '../core/effect.ts'
import type { Event, ReleaseSeen, RouterSeen } from '../core/event.ts'
import { compareFences, type Fence } from '../core/fence.ts'
import type { ReleaseId } from '../core/release.ts'
import { shareOf } from '../core/weights.ts'
import { type Random, seeded } from '../std/random.ts'
import type { Behaviour, Scenario } from './scenario.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface SimInstance {
  release: ReleaseId
  slot: number
  state: 'starting' | 'ready' | 'sick' | 'gone'
  /** Requests in flight; at least one while it serves. */
  inFlight: number
  isServing: boolean
}

interface SimRelease {
  wanted: number
  instances: SimInstance[]
  exitsBeforeReady: number
  exitsAfterReady: number
  neverReady: number
}

const zero: Fence = { token: 0, effect: 0 }
const startedAt = 1_000_000

/** A target, a router and their users on a virtual clock. It does what it is told, badly where the scenario says so. */
export class World {
  readonly clock = new VirtualClock(startedAt)
  readonly releases: Record<ReleaseId, SimRelease> = {}
  routing: Routing | null = null
  reached = true
  /** Wrongs that only the world can see. */
  readonly wrongs: string[] = []
  /** Since when some users have been sent to a release with nothing ready while another could serve. */
  misroutedSince: number | null = null
  readonly #scenario: Scenario
  readonly #random: Random
  #targetFence = zero
  #routerFence = zero
  #version = 0
  #watchers: (() => void)[] = []
  #counts: Record<string, { requests: number; bad: number }> = {}
  #carry = 0
  #countedTo = startedAt

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#random = seeded(scenario.seed ^ 0x5eed)
    if (scenario.stable !== null) this.#beginWithStable(scenario.stable.release, scenario.stable.count)
    if (scenario.faults.stableDies > 0) this.#killStableNowAndThen()
  }

  get hasFaults(): boolean {
    return this.clock.now < startedAt + this.#scenario.faults.untilMs
  }

  readyOf(release: ReleaseId): number {
    return this.releases[release]?.instances.filter((instance) => instance.state === 'ready').length ?? 0
  }

  /** Instances that take new requests now. */
  servingCount(): number {
    return Object.values(this.releases)
      .flatMap((release) => release.instances)
      .filter((one) => one.isServing).length
  }

  /** Carries an effect out and answers in its own time; a lost or late reply is answered by `failed`. */
  perform(effect: Effect, fence: Fence, answer: (event: Event) => void): void {
    switch (effect.kind) {
      case 'wait':
        return this.clock.after(effect.untilMs - this.clock.now, () =>
          answer({ kind: 'woke', at: this.clock.now, effect: effect.id }),
        )
      case 'observe':
        return this.#observe(effect.id, effect.withinMs, answer)
      case 'measure':
        return this.clock.after(effect.atMs - this.clock.now, () =>
          this.#read(effect.id, answer, () => ({
            kind: 'measured',
            at: this.clock.now,
            effect: effect.id,
            boots: this.#boots(),
          })),
        )
      case 'run':
        return this.clock.after(20, () => answer(this.#ran(effect.id, effect.hook)))
      case 'scale':
        return this.#call(effect.id, answer, 'scaled', () => this.#scale(effect.release, effect.count, fence))
      case 'retire':
        return this.#call(effect.id, answer, 'retired', () => this.#scale(effect.release, 0, fence))
      case 'route':
        return this.#call(effect.id, answer, 'routed', () => this.#route(effect.routing, fence))
    }
  }

  // --- calls and their faults

  #call(
    id: number,
    answer: (event: Event) => void,
    kind: 'scaled' | 'retired' | 'routed',
    apply: () => boolean,
  ): void {
    const { faults } = this.#scenario
    const random = this.#random
    const fail = (message: string) =>
      answer({ kind: 'failed', at: this.clock.now, effect: id, code: 'TIMED_OUT', message })
    const latency =
      this.hasFaults && random.chance(faults.slow) ? random.between(500, 8_000) : random.between(1, 30)
    if (this.hasFaults && random.chance(faults.refused))
      return this.clock.after(latency, () => fail('refused'))
    if (this.hasFaults && random.chance(faults.appliedLate)) {
      this.clock.after(1_000, () => fail('timed out'))
      return this.clock.after(1_000 + random.between(1, 20_000), () => apply())
    }
    const isLost = this.hasFaults && random.chance(faults.lostReply)
    this.clock.after(latency, () => {
      const isApplied = apply()
      if (isLost) return this.clock.after(1_000, () => fail('timed out'))
      if (!isApplied) return fail('fenced')
      this.clock.after(random.between(0, 5), () => answer({ kind, at: this.clock.now, effect: id }))
    })
  }

  #read(id: number, answer: (event: Event) => void, read: () => Event): void {
    const { refused } = this.#scenario.faults
    const isRefused = this.hasFaults && this.#random.chance(refused)
    this.clock.after(1, () =>
      answer(
        isRefused
          ? { kind: 'failed', at: this.clock.now, effect: id, code: 'TIMED_OUT', message: 'no answer' }
          : read(),
      ),
    )
  }

  #ran(effect: number, hook: string): Event {
    const ok = hook !== this.#scenario.failingHook
    return { kind: 'ran', at: this.clock.now, effect, ok, message: ok ? '' : `${hook} failed`, output: [] }
  }

  // --- the target

  #scale(release: ReleaseId, count: number, fence: Fence): boolean {
    if (compareFences(fence, this.#targetFence) < 0) return false
    this.#targetFence = fence
    const known = this.#release(release)
    known.wanted = count
    for (const instance of known.instances.filter((one) => one.slot >= count)) this.#end(instance)
    known.instances = known.instances.filter((one) => one.slot < count)
    for (let slot = 0; slot < count; slot += 1) {
      if (!known.instances.some((one) => one.slot === slot)) this.#start(release, slot, 0)
    }
    this.#changed()
    return true
  }

  #end(instance: SimInstance): void {
    if (instance.state !== 'gone' && instance.inFlight > 0) {
      this.wrongs.push(`${instance.release}/${instance.slot} was ended with requests in flight`)
    }
    this.#setState(instance, 'gone')
  }

  #start(release: ReleaseId, slot: number, delayMs: number): void {
    const instance: SimInstance = { release, slot, state: 'starting', inFlight: 0, isServing: false }
    this.#release(release).instances.push(instance)
    const behaviour = this.#behaviourOf(release)
    const readyInMs = delayMs + this.#scenario.startMs + this.#random.between(0, 20)
    if (behaviour.kind === 'neverReady') {
      this.clock.after(delayMs + 20_000, () => this.#giveUp(instance))
    } else if (behaviour.kind === 'exitsAtOnce') {
      this.clock.after(readyInMs, () => this.#exit(instance))
    } else {
      this.clock.after(readyInMs, () => this.#becomeReady(instance, behaviour))
    }
  }

  #becomeReady(instance: SimInstance, behaviour: Behaviour): void {
    if (instance.state === 'gone') return
    this.#setState(instance, 'ready')
    if (behaviour.kind === 'dies') this.clock.after(behaviour.afterMs, () => this.#exit(instance))
    if (behaviour.kind === 'fallsSick') this.clock.after(behaviour.afterMs, () => this.#fallSick(instance))
  }

  #fallSick(instance: SimInstance): void {
    if (instance.state === 'ready') this.#setState(instance, 'sick')
  }

  #giveUp(instance: SimInstance): void {
    if (instance.state !== 'starting') return
    this.#release(instance.release).neverReady += 1
    this.#again(instance)
  }

  #exit(instance: SimInstance): void {
    if (instance.state === 'gone') return
    const release = this.#release(instance.release)
    if (instance.state === 'starting') release.exitsBeforeReady += 1
    else release.exitsAfterReady += 1
    this.#again(instance)
  }

  #again(instance: SimInstance): void {
    const release = this.#release(instance.release)
    instance.inFlight = 0
    this.#setState(instance, 'gone')
    release.instances = release.instances.filter((one) => one !== instance)
    if (instance.slot < release.wanted) this.#start(instance.release, instance.slot, 500)
    this.#changed()
  }

  #setState(instance: SimInstance, state: SimInstance['state']): void {
    instance.state = state
    this.#changed()
  }

  #killStableNowAndThen(): void {
    const { stable, faults } = this.#scenario
    this.clock.after(500, () => {
      if (stable !== null && this.hasFaults) {
        for (const instance of [...this.#release(stable.release).instances]) {
          if (instance.state === 'ready' && this.#random.chance(faults.stableDies * 10)) this.#exit(instance)
        }
        this.#killStableNowAndThen()
      }
    })
  }

  #behaviourOf(release: ReleaseId): Behaviour {
    return release === this.#scenario.candidate.release ? this.#scenario.candidateIs : { kind: 'good' }
  }

  #release(release: ReleaseId): SimRelease {
    this.releases[release] ??= {
      wanted: 0,
      instances: [],
      exitsBeforeReady: 0,
      exitsAfterReady: 0,
      neverReady: 0,
    }
    return this.releases[release]
  }

  #beginWithStable(release: ReleaseId, count: number): void {
    const known = this.#release(release)
    known.wanted = count
    for (let slot = 0; slot < count; slot += 1) {
      known.instances.push({ release, slot, state: 'ready', inFlight: 0, isServing: false })
    }
    this.routing = {
      weightEpoch: 0,
      weights: { [release]: 10_000 },
      keep: {},
      cut: [],
      hold: false,
      preview: null,
    }
    this.#serve()
  }

  // --- the router

  #route(routing: Routing, fence: Fence): boolean {
    if (compareFences(fence, this.#routerFence) < 0) return false
    this.#routerFence = fence
    this.#count()
    this.routing = routing
    this.reached = false
    this.clock.after(2, () => {
      this.reached = true
    })
    this.#changed()
    return true
  }

  #serve(): void {
    for (const release of Object.values(this.releases)) {
      for (const instance of release.instances) {
        const serves = this.#shouldServe(instance)
        if (serves && !instance.isServing) instance.inFlight = 1
        if (!serves && instance.isServing) this.#letFinish(instance)
        instance.isServing = serves
        if (this.routing?.cut.includes(instance.release) && this.#isLeaving(instance)) instance.inFlight = 0
      }
    }
  }

  #shouldServe(instance: SimInstance): boolean {
    if (this.routing === null || instance.state !== 'ready') return false
    return shareOf(this.routing.weights, instance.release) > 0 && !this.#isLeaving(instance)
  }

  #isLeaving(instance: SimInstance): boolean {
    const keep = this.routing?.keep[instance.release]
    return keep !== undefined && instance.slot >= keep
  }

  // Most finish soon; some are tunnels that stay until they are cut.
  #letFinish(instance: SimInstance): void {
    if (this.#random.chance(0.1)) return
    this.clock.after(this.#random.between(5, 300), () => {
      if (!instance.isServing) instance.inFlight = 0
    })
  }

  // --- what is seen of it

  #observe(id: number, withinMs: number, answer: (event: Event) => void): void {
    let isAnswered = false
    const respond = () => {
      if (isAnswered) return
      isAnswered = true
      this.#read(id, answer, () => this.#observation(id))
    }
    this.#watchers.push(respond)
    this.clock.after(withinMs, respond)
  }

  #observation(effect: number): Event {
    const releases: Record<ReleaseId, ReleaseSeen> = {}
    for (const [name, release] of Object.entries(this.releases)) {
      releases[name] = {
        instances: release.instances.length,
        ready: release.instances.filter((one) => one.state === 'ready').length,
        exitsBeforeReady: release.exitsBeforeReady,
        exitsAfterReady: release.exitsAfterReady,
        neverReady: release.neverReady,
        trouble: null,
      }
    }
    return { kind: 'observed', at: this.clock.now, effect, releases, router: this.#routerSeen() }
  }

  #routerSeen(): RouterSeen | null {
    if (this.routing === null) return null
    const leaving: RouterSeen['leaving'] = {}
    for (const [name, release] of Object.entries(this.releases)) {
      const requests = release.instances
        .filter((one) => this.#isLeaving(one))
        .reduce((sum, one) => sum + one.inFlight, 0)
      leaving[name] = { requests, tunnels: 0 }
    }
    return {
      weightEpoch: this.routing.weightEpoch,
      weights: this.routing.weights,
      reached: this.reached,
      leaving,
    }
  }

  #boots(): BootCounts[] {
    this.#count()
    const arms: BootCounts['arms'] = {}
    for (const [key, { requests, bad }] of Object.entries(this.#counts)) {
      arms[key as keyof BootCounts['arms']] = { requests, bad, clientErrors: 0, aborted: 0, latency: [] }
    }
    return [{ boot: 'w1', arms }]
  }

  // Users arrive evenly; an arm's share of them fails as its release does.
  #count(): void {
    const elapsedMs = this.clock.now - this.#countedTo
    this.#countedTo = this.clock.now
    if (this.routing === null) return
    this.#carry += (elapsedMs * this.#scenario.requestsPerSecond) / 1_000
    const arrived = Math.floor(this.#carry)
    this.#carry -= arrived
    for (const [release, share] of Object.entries(this.routing.weights)) {
      if (share === 0) continue
      const key = `${release}@${this.routing.weightEpoch}`
      const counts = (this.#counts[key] ??= { requests: 0, bad: 0 })
      const requests = this.#rounded((arrived * share) / 10_000)
      counts.requests += requests
      counts.bad += Math.min(requests, this.#rounded(requests * this.#badShare(release)))
    }
  }

  #badShare(release: ReleaseId): number {
    if (this.readyOf(release) === 0) return 1
    const behaviour = this.#behaviourOf(release)
    return behaviour.kind === 'fails' ? behaviour.share : 0
  }

  #rounded(exact: number): number {
    return Math.floor(exact) + (this.#random.chance(exact - Math.floor(exact)) ? 1 : 0)
  }

  #changed(): void {
    this.#count()
    this.#version += 1
    this.#serve()
    this.#noteMisrouting()
    const watchers = this.#watchers
    this.#watchers = []
    for (const respond of watchers) respond()
  }

  #noteMisrouting(): void {
    const weights = this.routing?.weights ?? {}
    const toNobody = Object.keys(weights).some(
      (release) => shareOf(weights, release) > 0 && this.readyOf(release) === 0,
    )
    const someoneCould = Object.keys(this.releases).some((release) => this.readyOf(release) > 0)
    if (!toNobody || !someoneCould) this.misroutedSince = null
    else this.misroutedSince ??= this.clock.now
  }
}
