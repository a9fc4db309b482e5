import { describe, expect, it } from 'vitest'
import { type Random, seeded } from '../std/random.ts'
import { unknownBaseline } from './analysis/baseline.ts'
import { type AnalysisSpec, profiles, standardMetrics } from './analysis/spec.ts'
import { newTrial } from './analysis/trial.ts'
import { type BootCounts, noCounts } from './counts.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { type Fact, narrate } from './narrate.ts'
import { newRollout } from './new-rollout.ts'
import { isOver, isWatching, type Rollout } from './rollout.ts'
import { step } from './step.ts'
import { compile, type StrategySpec } from './strategies/index.ts'
import type { Holdback } from './strategies/strategy.ts'

const seed = 7
const canary: StrategySpec = {
  kind: 'canary',
  steps: [
    { weightBasisPoints: 1_000, analyzeMs: 60_000, gate: false },
    { weightBasisPoints: 5_000, analyzeMs: 60_000, gate: false },
  ],
  scale: 'full',
  approve: false,
  progressDeadlineMs: 60_000,
}
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
class Town {
  rollout: Rollout
  readonly facts: Fact[] = []
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
    const request = { stable, candidate, warm: [], hooks: [], drainMs: 1_000, keepWarmMs: 60_000, holdback }
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
    this.facts.push(...narrate(this.rollout, event, after))
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

describe(`a canary that is judged (seed ${seed})`, () => {
  it('is rolled back when it fails more, at its first share, with the evidence in the reason', () => {
    const town = new Town()
    town.users = { perSecond: 200, candidateFails: 0.1, stableFails: 0.01 }
    town.run(60)
    expect(town.rollout).toMatchObject({
      status: 'rolled-back',
      reason: { kind: 'evidence' },
      highestShare: 1_000,
    })
    expect(town.rollout.reason!.message).toMatch(/^r2 fails \d+(\.\d+)? × \(.*\) as often as r1: .* e-value/)
  })

  it('keeps its share while it is suspicious, and goes on when nothing speaks against it any more', () => {
    const town = new Town({ analysis: { confirmTicks: 1_000, deadlineMs: 3_600_000 } })
    town.run(10)
    town.users = { perSecond: 200, candidateFails: 0.2, stableFails: 0.01 }
    town.run(120, ({ verdict }) => verdict?.freeze === 'suspicious')
    town.run(5)
    town.users = { perSecond: 200, candidateFails: 0.01, stableFails: 0.01 }
    town.run(100)
    expect(town.share).toBe(1_000)
    town.users = { perSecond: 2_000, candidateFails: 0, stableFails: 0.05 }
    town.run(600, ({ verdict }) => verdict?.freeze === null)
    town.run(10)
    expect(town.share).toBe(5_000)
    expect(town.texts).toMatch(/suspicious, so its share does not grow/)
    expect(town.texts).toContain('nothing speaks against it any more')
  })

  it('goes on at once when it is shown to be as good, and no sooner than the bake', () => {
    const town = new Town({ analysis: { minBakeMs: 20_000 } })
    town.users = { perSecond: 20_000, candidateFails: 0, stableFails: 0 }
    town.run(19)
    expect(town.share).toBe(1_000)
    town.run(60)
    expect(town.rollout.status).toBe('succeeded')
    expect(town.rollout.endedAt).toBeLessThan(100_000)
    expect(town.texts).toMatch(/as good as r1: e-value (\d+|over a million) for that, needed 10/)
  })

  it.each([
    ['hold', 'running'],
    ['promote', 'succeeded'],
    ['rollback', 'rolled-back'],
  ] as const)(
    'without enough evidence at its end, onInconclusive %s leaves it %s',
    (onInconclusive, status) => {
      const town = new Town({ analysis: { onInconclusive } })
      town.users = { perSecond: 10, candidateFails: 0, stableFails: 0 }
      town.run(130)
      expect(town.rollout.status).toBe(status)
    },
  )

  it('waits for a person when nothing is certain, and goes on when somebody says so', () => {
    const town = new Town()
    town.users = { perSecond: 10, candidateFails: 0, stableFails: 0 }
    town.run(130)
    expect(town.rollout.inconclusiveSince).not.toBeNull()
    expect(town.texts).toContain('a person has to decide')
    town.tell({ kind: 'promoted', at: 131_000, by: 'ada', full: false })
    town.run(10)
    expect(town.rollout.status).toBe('succeeded')
  })

  it('is not promoted for want of evidence when something speaks against it', () => {
    const town = new Town({ analysis: { onInconclusive: 'promote', minBadEvents: 1_000_000, alphaLook: 0 } })
    town.users = { perSecond: 20, candidateFails: 0.1, stableFails: 0.01 }
    town.run(130)
    expect(town.rollout).toMatchObject({ status: 'running', inconclusiveSince: expect.any(Number) })
  })

  it('that is a little worse is found by the look at the deadline', () => {
    const town = new Town({ analysis: { minBadEvents: 1_000_000 } })
    town.users = { perSecond: 100, candidateFails: 0.1, stableFails: 0.03 }
    town.run(130)
    expect(town.rollout).toMatchObject({ status: 'rolled-back', reason: { kind: 'evidence' } })
    expect(town.rollout.reason!.message).toContain('by the look at the deadline')
  })

  it('gets no more traffic while no request of it is seen', () => {
    const patient: StrategySpec = {
      ...canary,
      steps: [
        { weightBasisPoints: 1_000, analyzeMs: 180_000, gate: false },
        { weightBasisPoints: 5_000, analyzeMs: 60_000, gate: false },
      ],
    }
    const quiet = new Town({ spec: patient, analysis: { deadlineMs: 3_600_000 } })
    quiet.run(30)
    quiet.users = { perSecond: 0, candidateFails: 0, stableFails: 0 }
    quiet.run(400)
    expect(quiet.rollout.verdict?.freeze).toBe('noData')
    expect(quiet.share).toBe(1_000)
    expect(quiet.rollout.status).toBe('running')
  })

  it('is not blamed for an incident of both, and steps back when that began just after its share had grown', () => {
    const town = new Town({ recent: 0.001, analysis: { deadlineMs: 3_600_000 } })
    town.users = { perSecond: 200, candidateFails: 0.001, stableFails: 0.001 }
    town.run(70)
    expect(town.share).toBe(5_000)
    town.users = { perSecond: 200, candidateFails: 0.3, stableFails: 0.3 }
    town.run(20)
    expect(town.rollout).toMatchObject({ status: 'running', verdict: { freeze: 'incident' } })
    expect(town.share).toBe(1_000)
    expect(town.texts).toContain('the incident began just after its share had grown')
    town.users = { perSecond: 200, candidateFails: 0.001, stableFails: 0.001 }
    town.run(60)
    expect(town.share).toBe(5_000)
    expect(town.rollout.status).toBe('running')
  })

  it('is watched beside the share that is held back, and a regression that starts then is undone', () => {
    const spec: StrategySpec = { kind: 'blue-green', bakeMs: 0, approve: false, progressDeadlineMs: 60_000 }
    const town = new Town({ spec, holdback: { basisPoints: 500, forMs: 600_000 } })
    town.run(60, isWatching)
    town.run(60)
    expect(isWatching(town.rollout)).toBe(true)
    expect(town.share).toBe(9_500)
    town.users = { perSecond: 200, candidateFails: 0.2, stableFails: 0 }
    town.run(120)
    expect(town.rollout).toMatchObject({ status: 'rolled-back', reason: { kind: 'evidence' } })
  })

  it('has all traffic when the time of what is held back is over', () => {
    const spec: StrategySpec = { kind: 'blue-green', bakeMs: 0, approve: false, progressDeadlineMs: 60_000 }
    const town = new Town({ spec, holdback: { basisPoints: 500, forMs: 60_000 } })
    town.run(70)
    expect(town.rollout).toMatchObject({ status: 'succeeded', warm: [{ release: 'r1' }] })
    expect(town.share).toBe(10_000)
  })
})
