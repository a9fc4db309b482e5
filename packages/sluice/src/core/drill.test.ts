import { describe, expect, it } from 'vitest'
import { noCounts } from './counts.ts'
import type { Drill } from './drill.ts'
import type { Effect, Routing } from './effect.ts'
import type { Event, ReleaseSeen } from './event.ts'
import { narrate } from './narrate.ts'
import { newRollout } from './new-rollout.ts'
import { isOver, type Rollout } from './rollout.ts'
import { step } from './step.ts'
import { drillSteps } from './strategies/drill.ts'

const stable = { release: 'r7', count: 2 }
const candidate = { release: 'drill-r7', count: 1 }
const token = 'a-token-of-the-drill'
const errors: Drill = {
  fault: 'errors',
  injection: { token, release: 'drill-r7', errorShare: 1, delayMs: 0 },
  previewBefore: 'r7',
}

/** A drill where every call succeeds at once and nothing is noticed but what the test lets be seen. */
class Ground {
  rollout: Rollout
  readonly told: Routing[] = []
  readonly texts: string[] = []
  /** Of a hundred requests a second to the copy, the share that fails. */
  fails = 0
  readonly counts: Record<string, number> = { r7: 2, 'drill-r7': 0 }
  #now = 0
  #routed = 0
  readonly #due: { at: number; effect: Effect }[] = []

  constructor(drill: Drill = errors) {
    this.rollout = newRollout({
      id: 'one',
      kind: 'drill',
      drill,
      environment: 'shop/production',
      strategy: 'drill',
      stable,
      candidate,
      steps: drillSteps(
        { stable, candidate, drainMs: 1_000 },
        { progressDeadlineMs: 60_000, watchMs: 60_000 },
      ),
      isExclusive: false,
      keepWarmMs: 0,
      drainMs: 1_000,
      hasOnFailure: false,
      isWarm: false,
      trial: null,
      at: 0,
      weights: { r7: 10_000 },
      weightEpoch: 4,
      nextEffect: 1,
    })
    this.tell({ kind: 'started', at: 0 })
  }

  run(seconds: number): this {
    const end = this.#now + seconds * 1_000
    while (!isOver(this.rollout)) {
      this.#due.sort((a, b) => a.at - b.at)
      if (this.#due[0] === undefined || this.#due[0].at > end) break
      const { at, effect } = this.#due.shift()!
      this.#now = Math.max(this.#now, at)
      this.tell(this.#answer(effect))
    }
    this.#now = end
    return this
  }

  tell(event: Event): void {
    const [after, effects] = step(this.rollout, event)
    this.texts.push(...narrate(this.rollout, event, after).map(({ text }) => text))
    this.rollout = after
    for (const effect of effects) {
      // Its processes are gone some time before the target says so.
      if (effect.kind === 'retire') this.counts[effect.release] = 0
      this.#due.push({ at: dueAt(effect, this.#now), effect })
    }
  }

  #answer(effect: Effect): Event {
    const answer = { at: this.#now, effect: effect.id }
    switch (effect.kind) {
      case 'scale':
        this.counts[effect.release] = effect.count
        return { kind: 'scaled', ...answer }
      case 'retire':
        return { kind: 'retired', ...answer }
      case 'route':
        this.told.push(effect.routing)
        this.#routed = effect.routing.weightEpoch
        return { kind: 'routed', ...answer }
      case 'run':
        throw new Error(`a drill ran ${effect.hook}`)
      case 'wait':
        return { kind: 'woke', ...answer }
      case 'observe': {
        const releases = Object.fromEntries(
          Object.entries(this.counts).map(([release, count]) => [release, ready(count)]),
        )
        const weights = this.rollout.asked?.weights ?? { r7: 10_000 }
        const router = { weightEpoch: this.#routed, weights, reached: true, leaving: {} }
        return { kind: 'observed', ...answer, releases, router }
      }
      case 'measure': {
        const requests = Math.floor(this.#now / 10)
        const arms = {
          'r7@4': { ...noCounts, requests },
          'drill-r7@4': { ...noCounts, requests, bad: Math.floor(requests * this.fails) },
        }
        return {
          kind: 'measured',
          ...answer,
          isFull: effect.isFull,
          boots: [{ boot: 'w', arms }],
          ratios: [],
        }
      }
    }
  }
}

describe('a drill', () => {
  it('that is caught turns back, with stable serving everybody at all times', () => {
    const ground = new Ground()
    ground.fails = 1
    ground.run(20)
    expect(ground.rollout).toMatchObject({ status: 'rolled-back', reason: { kind: 'evidence' }, warm: [] })
    expect(ground.counts).toEqual({ r7: 2, 'drill-r7': 0 })
    for (const { weights, weightEpoch } of ground.told)
      expect({ weights, weightEpoch }).toEqual({ weights: { r7: 10_000 }, weightEpoch: 4 })
    expect(ground.texts.at(-1)).toMatch(/^drill-r7 has ended after .* s; r7 served all users$/)
  })

  it('gives its copy to nobody, even where nothing else is ready', () => {
    const ground = new Ground().run(10)
    ground.counts.r7 = 0
    ground.run(20)
    for (const { weights } of ground.told) expect(weights).toEqual({ r7: 10_000 })
  })

  it('gives the router its token until the verdict, and no longer', () => {
    const ground = new Ground()
    ground.run(20)
    expect(ground.told.at(-1)).toMatchObject({ preview: 'drill-r7', drill: { token } })
    ground.tell({ kind: 'aborted', at: 20_000, by: 'ann', why: '' })
    ground.run(20)
    expect(ground.rollout.status).toBe('rolled-back')
    expect(ground.told.at(-1)).toMatchObject({ preview: 'r7' })
    expect(ground.told.at(-1)).not.toHaveProperty('drill')
  })

  it('whose fault is its own to make has no token for the router', () => {
    const ground = new Ground({ fault: 'crash', injection: null, previewBefore: null })
    ground.run(20)
    expect(ground.told.some(({ drill }) => drill !== undefined)).toBe(false)
  })

  it('that nobody notices ends by itself, and leaves nothing running', () => {
    const ground = new Ground().run(70)
    expect(ground.rollout).toMatchObject({ status: 'succeeded', reason: null, warm: [] })
    expect(ground.counts).toEqual({ r7: 2, 'drill-r7': 0 })
    expect(ground.told.at(-1)).toMatchObject({ preview: 'r7' })
    expect(ground.told.at(-1)).not.toHaveProperty('drill')
    expect(ground.texts.at(-1)).toMatch(/^drill-r7 was not caught and has ended/)
  })
})

function ready(count: number): ReleaseSeen {
  return {
    ...{ instances: count, ready: count, exitsBeforeReady: 0, exitsAfterReady: 0 },
    ...{ neverReady: 0, trouble: null },
  }
}

function dueAt(effect: Effect, now: number): number {
  if (effect.kind === 'wait') return effect.untilMs
  if (effect.kind === 'measure') return effect.atMs
  if (effect.kind === 'retire') return now + 3_000
  return effect.kind === 'observe' ? now + effect.withinMs : now
}
