import { type Random, seeded } from '../std/random.ts'
import { unknownBaseline } from './analysis/baseline.ts'
import { type AnalysisSpec, profiles, standardMetrics } from './analysis/spec.ts'
import { newTrial } from './analysis/trial.ts'
import { type BootCounts, noCounts } from './counts.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { type Fact, narrate } from './narrate.ts'
import { newRollout } from './new-rollout.ts'
import { isOver, type Rollout } from './rollout.ts'
import { step } from './step.ts'
import { compile, type StrategySpec } from './strategies/index.ts'
import type { Holdback } from './strategies/strategy.ts'

export const seed = 7
export const canary = {
  kind: 'canary',
  steps: [
    { weightBasisPoints: 1_000, analyzeMs: 60_000, gate: false },
    { weightBasisPoints: 5_000, analyzeMs: 60_000, gate: false },
  ],
  scale: 'full',
  approve: false,
  progressDeadlineMs: 60_000,
} satisfies StrategySpec
const fast: AnalysisSpec = {
  ...profiles.fast,
  minBakeMs: 600_000,
  onInconclusive: 'hold',
  metrics: [standardMetrics.errors],
}

/** What users meet from now on: requests a second, and the share of them that fails at each release. */
interface Users {
  perSecond: number
  candidateFails: number
  stableFails: number
}

/** A canary in a world where everything works at once; only the users differ. Its time goes on by `run`. */
export class Town {
  rollout: Rollout
  readonly facts: Fact[] = []
  readonly beginning: Rollout
  readonly journal: { seq: number; event: Event; facts: Fact[] }[] = []
  users: Users = { perSecond: 200, candidateFails: 0, stableFails: 0 }
  readonly #random: Random = seeded(seed)
  #now = 0
  #countedAt = 0
  readonly #waiting: { at: number; event: () => Event }[] = []
  readonly #arms: BootCounts['arms'] = {}

  constructor(
    given: {
      analysis?: Partial<AnalysisSpec>
      spec?: StrategySpec
      holdback?: Holdback
      recent?: number
    } = {},
  ) {
    const { analysis = {}, spec = canary, holdback = null, recent } = given
    const [stable, candidate] = [
      { release: 'r1', count: 2 },
      { release: 'r2', count: 2 },
    ]
    const past = Array.from({ length: 120 }, (_, i) => ({
      at: -600_000 + i * 5_000,
      n: 1_000,
      x: 1_000 * recent!,
    }))
    const baseline = { ...unknownBaseline, recent: recent === undefined ? [] : past }
    const request = {
      stable,
      candidate,
      traffic: 'weighted' as const,
      warm: [],
      hooks: [],
      drainMs: 1_000,
      keepWarmMs: 60_000,
      holdback,
    }
    this.rollout = newRollout({
      id: 'one',
      kind: 'deploy',
      environment: 'shop/production',
      strategy: spec.kind,
      stable,
      candidate,
      steps: compile(spec, request),
      isExclusive: false,
      keepWarmMs: 60_000,
      drainMs: 1_000,
      hasOnFailure: false,
      isWarm: false,
      trial: newTrial({ ...fast, ...analysis }, baseline, { candidate: 2, stable: 2 }, 0),
      at: 0,
      weights: { r1: 10_000 },
      weightEpoch: 0,
      nextEffect: 1,
    })
    this.beginning = this.rollout
    this.tell({ kind: 'started', at: 0 })
  }

  /** Until this holds, for so many seconds at most. */
  run(seconds: number, isEnough: (rollout: Rollout) => boolean = () => false): void {
    const end = this.#now + seconds * 1_000
    while (!isEnough(this.rollout) && !isOver(this.rollout)) {
      this.#waiting.sort((a, b) => a.at - b.at)
      const next = this.#waiting[0]
      if (next === undefined || next.at > end) break
      this.#waiting.shift()
      this.#now = Math.max(this.#now, next.at)
      this.tell(next.event())
    }
    if (!isEnough(this.rollout)) this.#now = Math.max(this.#now, Math.min(end, this.#now + seconds * 1_000))
  }

  tell(event: Event): void {
    const [after, effects] = step(this.rollout, event)
    const facts = narrate(this.rollout, event, after)
    this.facts.push(...facts)
    this.journal.push({ seq: this.journal.length + 1, event, facts })
    this.rollout = after
    for (const effect of effects) this.#perform(effect)
  }

  get texts(): string {
    return this.facts.map(({ text }) => text).join('\n')
  }

  get share(): number {
    return this.rollout.asked?.weights.r2 ?? 0
  }

  #perform(effect: Effect): void {
    const answer = () => ({ at: this.#now, effect: effect.id })
    const soon = (at: number, event: () => Event) => this.#waiting.push({ at, event })
    switch (effect.kind) {
      case 'scale':
        return void soon(this.#now, () => ({ kind: 'scaled', ...answer() }))
      case 'retire':
        return void soon(this.#now, () => ({ kind: 'retired', ...answer() }))
      case 'route':
        this.#count()
        return void soon(this.#now, () => ({ kind: 'routed', ...answer() }))
      case 'run':
        return void soon(this.#now, () => ({ kind: 'ran', ...answer(), ok: true, message: '', output: [] }))
      case 'wait':
        return void soon(effect.untilMs, () => ({ kind: 'woke', ...answer() }))
      case 'observe':
        return void soon(this.#now + effect.withinMs, () => this.#observed(effect.id))
      case 'measure':
        return void soon(effect.atMs, () => {
          this.#count()
          const boots = [{ boot: 'w1', arms: structuredClone(this.#arms) }]
          return { kind: 'measured', ...answer(), isFull: effect.isFull, boots, ratios: [] }
        })
    }
  }

  #observed(effect: number): Event {
    const ready = {
      instances: 2,
      ready: 2,
      exitsBeforeReady: 0,
      exitsAfterReady: 0,
      neverReady: 0,
      trouble: null,
    }
    const { asked } = this.rollout
    const router = {
      weightEpoch: asked?.weightEpoch ?? 0,
      weights: asked?.weights ?? { r1: 10_000 },
      reached: true,
      leaving: {},
    }
    return { kind: 'observed', at: this.#now, effect, releases: { r1: ready, r2: ready }, router }
  }

  // By the weights that were in force since it was last counted.
  #count(): void {
    const { asked } = this.rollout
    const seconds = (this.#now - this.#countedAt) / 1_000
    this.#countedAt = this.#now
    if (asked === null) return
    for (const [release, share] of Object.entries(asked.weights)) {
      const fails = release === 'r2' ? this.users.candidateFails : this.users.stableFails
      const arm = `${release}@${asked.weightEpoch}` as const
      const before = this.#arms[arm] ?? noCounts
      let [requests, bad] = [before.requests, before.bad]
      for (let left = Math.round(this.users.perSecond * seconds * (share / 10_000)); left > 0; left -= 1) {
        requests += 1
        if (this.#random.chance(fails)) bad += 1
      }
      this.#arms[arm] = { ...before, requests, bad }
    }
  }
}
