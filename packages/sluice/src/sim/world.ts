import type { BootCounts } from '../core/counts.ts'
import type { Effect, Routing } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Fence } from '../core/fence.ts'
import type { HookName } from '../core/plan.ts'
import { type Random, seeded } from '../std/random.ts'
import { Fleet } from './fleet.ts'
import type { Scenario } from './scenario.ts'
import { Users } from './users.ts'
import { VirtualClock } from './virtual-clock.ts'
import { Workers } from './workers.ts'

type Answer = (event: Event) => void

const beginsAt = 1_000_000

/** A target, a router and their users on a virtual clock. It does what it is told, badly where the scenario says so. */
export class World {
  readonly clock = new VirtualClock(beginsAt)
  readonly fleet: Fleet
  readonly workers: Workers
  readonly #users: Users
  readonly #scenario: Scenario
  readonly #random: Random
  #watchers: (() => void)[] = []
  #measured: BootCounts[][] = []

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#random = seeded(scenario.seed ^ 0x5eed)
    this.fleet = new Fleet(scenario, this.clock, this.#random, () => this.#changed())
    this.workers = new Workers(scenario, this.clock, this.#random, this.fleet)
    this.#users = new Users(scenario, this.clock, this.#random, this.fleet, this.workers)
    for (const atMs of scenario.losesTableAtMs) this.clock.after(atMs, () => this.#loseTable())
    if (scenario.faults.stableDies > 0) this.#killStableNowAndThen()
  }

  get hasFaults(): boolean {
    return this.clock.now < beginsAt + this.#scenario.faults.untilMs
  }

  /** What the driver's clock shows. */
  get driverNow(): number {
    const { clockBack } = this.#scenario
    const { now } = this.clock
    const isBack =
      clockBack !== null && now >= beginsAt + clockBack.fromMs && now < beginsAt + clockBack.untilMs
    return isBack ? now - clockBack.byMs : now
  }

  /** Carries an effect out and answers in its own time; a lost or late reply is answered by `failed`. */
  perform(effect: Effect, fence: Fence, answer: Answer): void {
    const { id } = effect
    switch (effect.kind) {
      case 'wait':
        this.clock.after(effect.untilMs - this.driverNow, () =>
          this.#answer(answer, { kind: 'woke', at: this.driverNow, effect: id }),
        )
        break
      case 'observe':
        this.#observe(id, effect.withinMs, answer)
        break
      case 'measure':
        this.clock.after(effect.atMs - this.driverNow, () => this.#measure(effect, answer))
        break
      case 'run':
        this.clock.after(this.#scenario.hookMs, () => this.#answer(answer, this.#ran(id, effect.hook)))
        break
      case 'scale':
        this.#call(id, answer, 'scaled', () => this.fleet.scale(effect.release, effect.count, fence))
        break
      case 'retire':
        this.#call(id, answer, 'retired', () => this.fleet.scale(effect.release, 0, fence))
        break
      case 'route':
        this.#call(id, answer, 'routed', () => this.#route(effect.routing, fence))
        break
    }
  }

  #route(routing: Routing, fence: Fence): boolean {
    this.#users.count()
    const isTaken = this.workers.route(routing, fence)
    this.#changed()
    return isTaken
  }

  #measure({ id: effect, isFull }: Extract<Effect, { kind: 'measure' }>, answer: Answer): void {
    this.#read(effect, answer, () => ({
      kind: 'measured',
      at: this.driverNow,
      effect,
      isFull,
      boots: this.#boots(),
      ratios: [],
    }))
  }

  #call(id: number, answer: Answer, kind: 'scaled' | 'retired' | 'routed', apply: () => boolean): void {
    const { faults } = this.#scenario
    const random = this.#random
    const isFaulty = (share: number) => this.hasFaults && random.chance(share)
    const latencyMs = isFaulty(faults.slow) ? random.between(500, 8_000) : random.between(1, 30)
    if (isFaulty(faults.refused)) {
      this.clock.after(latencyMs, () => this.#fail(id, answer, 'refused'))
    } else if (isFaulty(faults.appliedLate)) {
      this.clock.after(1_000, () => this.#fail(id, answer, 'timed out'))
      this.clock.after(1_000 + random.between(1, 20_000), apply)
    } else {
      const isLost = isFaulty(faults.lostReply)
      this.clock.after(latencyMs, () => {
        const isApplied = apply()
        if (isLost) this.clock.after(1_000, () => this.#fail(id, answer, 'timed out'))
        else if (!isApplied) this.#fail(id, answer, 'fenced')
        else this.clock.after(random.between(0, 5), () => this.#done(id, answer, kind))
      })
    }
  }

  #done(effect: number, answer: Answer, kind: 'scaled' | 'retired' | 'routed'): void {
    this.#answer(answer, { kind, at: this.driverNow, effect })
  }

  #read(id: number, answer: Answer, read: () => Event): void {
    const isRefused = this.hasFaults && this.#random.chance(this.#scenario.faults.refused)
    this.clock.after(1, () =>
      isRefused ? this.#fail(id, answer, 'no answer') : this.#answer(answer, read()),
    )
  }

  #answer(answer: Answer, event: Event): void {
    answer(event)
    if (this.hasFaults && this.#random.chance(this.#scenario.faults.answeredTwice)) {
      this.clock.after(this.#random.between(0, 3_000), () => answer(event))
    }
  }

  #fail(effect: number, answer: Answer, message: string): void {
    this.#answer(answer, { kind: 'failed', at: this.driverNow, effect, code: 'TIMED_OUT', message })
  }

  #ran(effect: number, hook: HookName): Event {
    const ok = hook !== this.#scenario.failingHook
    return { kind: 'ran', at: this.driverNow, effect, ok, message: ok ? '' : `${hook} failed`, output: [] }
  }

  #observe(id: number, withinMs: number, answer: Answer): void {
    let isAnswered = false
    const respond = () => {
      if (isAnswered) return
      isAnswered = true
      this.#read(id, answer, () => ({
        kind: 'observed',
        at: this.driverNow,
        effect: id,
        releases: this.fleet.seen(),
        router: this.workers.seen(),
      }))
    }
    this.#watchers.push(respond)
    this.clock.after(withinMs, respond)
  }

  #boots(): BootCounts[] {
    const isStale = this.hasFaults && this.#random.chance(this.#scenario.faults.staleCounts)
    if (isStale && this.#measured.length > 0) return this.#random.pick(this.#measured)
    const boots = this.#users.boots()
    this.#measured = [...this.#measured.slice(-4), boots]
    return boots
  }

  #loseTable(): void {
    this.#users.count()
    this.workers.loseTable()
    this.#changed()
  }

  #killStableNowAndThen(): void {
    const { stable, faults } = this.#scenario
    this.clock.after(500, () => {
      if (stable === null || !this.hasFaults) return
      for (let slot = 0; slot < stable.count; slot += 1) {
        if (this.#random.chance(faults.stableDies * 10)) this.fleet.loseOne(stable.release)
      }
      this.#killStableNowAndThen()
    })
  }

  #changed(): void {
    this.#users.count()
    this.workers.serve()
    const watchers = this.#watchers
    this.#watchers = []
    for (const respond of watchers) respond()
  }
}
