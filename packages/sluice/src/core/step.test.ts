import { describe, expect, it } from 'vitest'
import type { Effect } from './effect.ts'
import type { Event, ReleaseSeen } from './event.ts'
import { newRollout } from './new-rollout.ts'
import type { HookName, Party, StepKind } from './plan.ts'
import { isOver, type Rollout } from './rollout.ts'
import { step } from './step.ts'
import { compile, isExclusive, type StrategySpec } from './strategies/index.ts'
import { awaitedEffects } from './turn.ts'

const progressDeadlineMs = 60_000
const blueGreen: StrategySpec = { kind: 'blue-green', bakeMs: 5_000, approve: true, progressDeadlineMs }
const recreate: StrategySpec = { kind: 'recreate', progressDeadlineMs }

interface Given {
  spec?: StrategySpec
  stable?: Party | null
  hooks?: HookName[]
}

/**
 * An obliging outside: every call succeeds at once, and what was scaled is ready. `refuse` and `failing` make it less so.
 * Time passes only where the rollout waits for it.
 */
class Outside {
  rollout: Rollout
  now = 0
  /** Kinds of effects that are refused. */
  refuse: Effect['kind'][] = []
  failing: HookName[] = []
  /** Whether the router knows what is in flight; there is nothing. */
  seesInFlight = true
  /** What it was asked to do, without the watching. */
  readonly done: string[] = []
  readonly seen: Record<string, ReleaseSeen> = {}
  readonly #dueAt = new Map<number, number>()
  #routing: Extract<Effect, { kind: 'route' }>['routing'] | null = null

  constructor({ spec = blueGreen, stable = { release: 'r1', count: 2 }, hooks = [] }: Given = {}) {
    const candidate = { release: 'r2', count: 2 }
    if (stable !== null) this.seen[stable.release] = ready(stable.count)
    const request = {
      stable,
      candidate,
      traffic: 'weighted' as const,
      warm: [],
      hooks,
      drainMs: 1_000,
      keepWarmMs: 0,
      holdback: null,
    }
    this.rollout = newRollout({
      id: 'one',
      kind: 'deploy',
      environment: 'shop/production',
      strategy: spec.kind,
      stable,
      candidate,
      steps: compile(spec, request),
      isExclusive: isExclusive(spec),
      keepWarmMs: 0,
      drainMs: 1_000,
      hasOnFailure: hooks.includes('onFailure'),
      isWarm: false,
      trial: null,
      at: 0,
      weights: stable === null ? {} : { [stable.release]: 10_000 },
      weightEpoch: 0,
      nextEffect: 1,
    })
    this.tell({ kind: 'started', at: 0 })
  }

  get stepKind(): StepKind | undefined {
    return this.rollout.steps[this.rollout.at]?.kind
  }

  get awaited(): Effect[] {
    return awaitedEffects(this.rollout)
  }

  tell(event: Event): Effect[] {
    const [after, effects] = step(this.rollout, event)
    this.rollout = after
    for (const effect of effects) this.#dueAt.set(effect.id, dueAt(effect, this.now))
    return effects
  }

  person(kind: 'paused' | 'resumed'): void {
    this.tell({ kind, at: this.now, by: 'ann' })
  }

  promote(): void {
    this.tell({ kind: 'promoted', at: this.now, by: 'ann', full: false })
  }

  abort(why = ''): void {
    this.tell({ kind: 'aborted', at: this.now, by: 'ann', why })
  }

  /** Goes on until this holds; false when the rollout is over first, or an hour has passed. */
  until(holds: () => boolean): boolean {
    for (let turns = 0; turns < 20_000 && !holds() && !isOver(this.rollout); turns += 1) this.#answerNext()
    return holds()
  }

  untilStep(kind: StepKind): boolean {
    return this.until(() => this.stepKind === kind)
  }

  untilOver(): Rollout {
    expect(this.until(() => isOver(this.rollout))).toBe(true)
    return this.rollout
  }

  letPass(ms: number): void {
    const end = this.now + ms
    this.until(() => this.now >= end)
  }

  // The oldest call first; only when none is left does time go on to what is due next.
  #answerNext(): void {
    const due = this.awaited
      .map((effect) => ({ effect, at: this.#dueAt.get(effect.id)! }))
      .sort((a, b) => a.at - b.at)[0]
    if (due === undefined) throw new Error('nothing is awaited: the rollout stands still')
    this.now = Math.max(this.now, due.at)
    this.tell(this.#answer(due.effect))
  }

  #answer(effect: Effect): Event {
    const answer = { at: this.now, effect: effect.id }
    if (this.refuse.includes(effect.kind))
      return { kind: 'failed', ...answer, code: 'TIMED_OUT', message: `no ${effect.kind} today` }
    switch (effect.kind) {
      case 'scale':
        this.done.push(`${effect.count} ${effect.release}`)
        this.seen[effect.release] = ready(effect.count)
        return { kind: 'scaled', ...answer }
      case 'retire':
        this.done.push(`retire ${effect.release}`)
        this.seen[effect.release] = ready(0)
        return { kind: 'retired', ...answer }
      case 'route':
        this.done.push(`route ${JSON.stringify(effect.routing.weights).replaceAll('"', '')}`)
        this.#routing = effect.routing
        return { kind: 'routed', ...answer }
      case 'run': {
        this.done.push(`run ${effect.hook}`)
        const ok = !this.failing.includes(effect.hook)
        return {
          kind: 'ran',
          ...answer,
          ok,
          message: ok ? '' : `${effect.hook} ended with 1`,
          output: ['oh'],
        }
      }
      case 'observe': {
        const { weightEpoch = 0, weights = {} } = this.#routing ?? {}
        const leaving = this.seesInFlight ? {} : null
        const router = { weightEpoch, weights, reached: true, leaving }
        return { kind: 'observed', ...answer, releases: { ...this.seen }, router }
      }
      case 'measure':
        return { kind: 'measured', ...answer, isFull: false, boots: [], ratios: [] }
      case 'wait':
        return { kind: 'woke', ...answer }
    }
  }
}

function dueAt(effect: Effect, now: number): number {
  if (effect.kind === 'observe') return now + effect.withinMs
  if (effect.kind === 'measure') return effect.atMs
  return effect.kind === 'wait' ? effect.untilMs : now
}

function ready(count: number): ReleaseSeen {
  return {
    instances: count,
    ready: count,
    exitsBeforeReady: 0,
    exitsAfterReady: 0,
    neverReady: 0,
    trouble: null,
  }
}

describe('a rollout', () => {
  it('starts the candidate, moves the traffic, bakes, and only then ends stable', () => {
    const outside = new Outside({ spec: { ...blueGreen, approve: false } as StrategySpec })
    expect(outside.untilOver().status).toBe('succeeded')
    expect(outside.done).toEqual([
      '2 r2',
      'route {r1:10000}',
      'route {r2:10000}',
      'route {r2:10000}',
      'retire r1',
    ])
    expect(outside.now).toBeGreaterThanOrEqual(5_000)
  })

  it('is not changed by an answer that nobody waits for', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    const before = outside.rollout
    for (const kind of ['scaled', 'retired', 'routed', 'woke'] as const)
      expect(outside.tell({ kind, at: 9_999, effect: 999 })).toEqual([])
    expect(outside.rollout).toBe(before)
  })

  it('takes the second answer to the same question for one that nobody waits for', () => {
    const outside = new Outside()
    outside.untilStep('provision')
    const scale = outside.awaited.find(({ kind }) => kind === 'scale')!
    outside.tell({ kind: 'scaled', at: 5, effect: scale.id })
    const before = outside.rollout
    outside.tell({ kind: 'scaled', at: 6, effect: scale.id })
    expect(outside.rollout).toBe(before)
  })

  it('does nothing after its end', () => {
    const outside = new Outside()
    outside.abort()
    const over = outside.untilOver()
    outside.abort('again')
    outside.promote()
    expect(outside.rollout).toBe(over)
  })

  it('waits at a gate until a person promotes it', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.letPass(3_600_000)
    expect(outside.stepKind).toBe('gate')
    outside.promote()
    expect(outside.untilOver().status).toBe('succeeded')
  })

  it('does not pass a later gate with a promotion that came too early', () => {
    const outside = new Outside()
    outside.untilStep('provision')
    outside.promote()
    outside.untilStep('gate')
    outside.letPass(60_000)
    expect(outside.stepKind).toBe('gate')
  })

  it('tells a router that came back with an older table once more', () => {
    const outside = new Outside({ spec: { ...blueGreen, approve: false } as StrategySpec })
    outside.untilStep('analyze')
    const observe = outside.awaited.find(({ kind }) => kind === 'observe')!
    const effects = outside.tell({
      kind: 'observed',
      at: outside.now,
      effect: observe.id,
      releases: outside.seen,
      router: { weightEpoch: 0, weights: { r1: 10_000 }, reached: true, leaving: {} },
    })
    const route = effects.find(({ kind }) => kind === 'route')
    expect(route).toMatchObject({ routing: { weights: { r2: 10_000 } } })
  })
})

describe('what leaves', () => {
  const quick = { ...blueGreen, approve: false, bakeMs: 0 } as StrategySpec

  it('ends as soon as nothing is in flight on it', () => {
    const outside = new Outside({ spec: quick })
    outside.untilStep('drain')
    const began = outside.now
    outside.untilOver()
    expect(outside.now - began).toBeLessThan(1_000)
  })

  it('is given all of its time where the router does not know what is in flight, and nothing is cut', () => {
    const outside = new Outside({ spec: quick })
    outside.seesInFlight = false
    outside.untilStep('drain')
    const began = outside.now
    outside.untilStep('retire')
    expect(outside.now - began).toBeGreaterThanOrEqual(1_000)
    expect(outside.rollout.planned.cut).toEqual([])
    expect(outside.untilOver().status).toBe('succeeded')
  })
})

describe('a pause', () => {
  it('keeps a finished step from being left until somebody resumes', () => {
    const outside = new Outside({ spec: { ...blueGreen, approve: false } as StrategySpec })
    outside.untilStep('analyze')
    outside.person('paused')
    outside.letPass(60_000)
    expect(outside.stepKind).toBe('analyze')
    outside.person('resumed')
    expect(outside.untilOver().status).toBe('succeeded')
  })

  it('does not use up the time that a step has', () => {
    const outside = new Outside()
    outside.untilStep('settle')
    outside.seen.r2 = { ...ready(2), ready: 1 }
    outside.letPass(2_000)
    outside.person('paused')
    outside.letPass(600_000)
    outside.person('resumed')
    outside.letPass(2_000)
    expect(outside.rollout.status).toBe('running')
  })

  it('does not protect a candidate that dies', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.person('paused')
    outside.seen.r2 = { ...ready(2), ready: 0 }
    expect(outside.untilOver()).toMatchObject({
      status: 'rolled-back',
      paused: null,
      reason: { kind: 'health', message: 'r2 has no ready instance left' },
    })
  })
})

describe('an abort', () => {
  const canary: StrategySpec = {
    kind: 'canary',
    steps: [{ weightBasisPoints: 2_500, analyzeMs: 1_000, gate: true }],
    scale: 'full',
    approve: false,
    progressDeadlineMs,
  }
  const length = new Outside({ spec: canary, hooks: ['beforeTraffic', 'after'] }).rollout.steps.length

  it.each(Array.from({ length }, (_, at) => at))('at step %i of a canary ends with all of stable', (at) => {
    const outside = new Outside({ spec: canary, hooks: ['beforeTraffic', 'after'] })
    outside.until(() => {
      if (outside.stepKind === 'gate' && at > outside.rollout.at) outside.promote()
      return outside.rollout.at === at
    })
    outside.abort('changed my mind')
    const over = outside.untilOver()
    expect(over.status).toBe('rolled-back')
    expect(over.reason).toEqual({ kind: 'person', message: 'aborted by ann: changed my mind', details: [] })
    expect(outside.seen.r1?.ready).toBe(2)
    expect(outside.seen.r2?.ready ?? 0).toBe(0)
    expect(outside.done.at(-1)).toBe('retire r2')
  })

  it('of an app that cannot run twice ends the candidate before stable starts again', () => {
    const outside = new Outside({ spec: recreate })
    outside.untilStep('settle')
    outside.abort()
    expect(outside.untilOver().status).toBe('rolled-back')
    expect(outside.done.slice(-3)).toEqual(['retire r2', '2 r1', 'route {r1:10000}'])
  })

  it('of a first release leaves nothing behind', () => {
    const outside = new Outside({ stable: null, spec: blueGreen })
    outside.untilStep('verify')
    outside.abort()
    expect(outside.untilOver().status).toBe('rolled-back')
    expect(outside.seen).toMatchObject({ r2: { instances: 0 } })
    expect(outside.done.slice(-2)).toEqual(['route {}', 'retire r2'])
  })

  it('while it already turns back changes neither the reason nor the way', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.abort('first')
    const { steps } = outside.rollout
    outside.abort('second')
    expect(outside.rollout.steps).toBe(steps)
    expect(outside.untilOver().reason?.message).toBe('aborted by ann: first')
  })

  it('by a newer deploy is told apart from a person’s', () => {
    const outside = new Outside()
    outside.abort('superseded')
    expect(outside.untilOver().reason?.kind).toBe('superseded')
  })
})

describe('a hook', () => {
  it('that fails before the traffic turns the rollout back with its output', () => {
    const outside = new Outside({ hooks: ['smoke', 'onFailure'] })
    outside.failing = ['smoke']
    expect(outside.untilOver()).toMatchObject({
      status: 'rolled-back',
      reason: { kind: 'hook', message: 'smoke ended with 1', details: ['oh'] },
    })
    expect(outside.done.at(-1)).toBe('run onFailure')
  })

  it('that fails after everything is done is remembered and undoes nothing', () => {
    const outside = new Outside({ hooks: ['after'], spec: { ...blueGreen, approve: false } as StrategySpec })
    outside.failing = ['after']
    expect(outside.untilOver()).toMatchObject({
      status: 'succeeded',
      hookFailure: { message: 'after ended with 1' },
    })
  })
})

describe('the outside', () => {
  it('may refuse a call five times before the rollout turns back', () => {
    const outside = new Outside()
    outside.refuse = ['scale']
    outside.until(() => outside.rollout.status === 'undoing')
    expect(outside.rollout.reason?.message).toBe('refused 5 times: no scale today')
    outside.refuse = []
    expect(outside.untilOver().status).toBe('rolled-back')
  })

  it('is asked again after a pause that grows', () => {
    const outside = new Outside()
    outside.refuse = ['scale']
    const times: number[] = []
    for (let refusals = 1; refusals <= 4; refusals += 1) {
      outside.until(() => outside.rollout.refusals.act?.times === refusals)
      times.push(outside.rollout.refusals.act!.againAt - outside.now)
    }
    expect(times).toEqual([250, 500, 1_000, 2_000])
  })

  it('that cannot end stable does not send users back to it', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.refuse = ['retire']
    outside.promote()
    outside.letPass(600_000)
    expect(outside.rollout.status).toBe('running')
    outside.refuse = []
    expect(outside.untilOver().status).toBe('succeeded')
  })

  it('is asked for ever on the way back', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.refuse = ['retire']
    outside.abort()
    outside.letPass(600_000)
    expect(outside.rollout.status).toBe('undoing')
    outside.refuse = []
    expect(outside.untilOver().status).toBe('rolled-back')
  })

  it('that cannot be looked at keeps an analysis from being over', () => {
    const outside = new Outside({ spec: { ...blueGreen, approve: false } as StrategySpec })
    outside.untilStep('analyze')
    outside.refuse = ['measure']
    outside.letPass(60_000)
    expect(outside.stepKind).toBe('analyze')
    outside.refuse = []
    expect(outside.untilOver().status).toBe('succeeded')
  })
})

describe('a release', () => {
  it('that ends before it was ready is turned back at once', () => {
    const outside = new Outside()
    outside.untilStep('settle')
    outside.seen.r2 = { ...ready(2), ready: 0, exitsBeforeReady: 1 }
    expect(outside.untilOver().reason?.message).toBe('r2 ended before it was ready')
  })

  it('whose instances are not all ready by the deadline is turned back', () => {
    const outside = new Outside()
    outside.untilStep('settle')
    outside.seen.r2 = { ...ready(2), ready: 1 }
    expect(outside.untilOver().reason?.message).toBe('r2 had 1 of 2 instances ready after 60 s')
  })

  it('that lacks an instance for ten seconds is turned back', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.seen.r2 = { ...ready(2), ready: 1 }
    expect(outside.untilOver().reason?.message).toBe('r2 has lacked ready instances for 10 s: 1 of 2')
  })

  it('that is lost together with stable is ended all the same, so that a next deploy can help', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.seen.r1 = { ...ready(2), ready: 0 }
    outside.seen.r2 = { ...ready(2), ready: 0 }
    expect(outside.untilOver().status).toBe('rolled-back')
    expect(outside.now).toBeLessThan(60_000)
  })

  it('goes on serving on the way back as long as nothing of stable can', () => {
    const outside = new Outside()
    outside.untilStep('gate')
    outside.seen.r1 = { ...ready(2), ready: 0 }
    outside.abort()
    outside.letPass(600_000)
    expect(outside.rollout.status).toBe('undoing')
    expect(outside.rollout.asked?.weights).toEqual({ r2: 10_000 })
    outside.seen.r1 = ready(2)
    expect(outside.untilOver().status).toBe('rolled-back')
  })
})

describe('a way back to nothing', () => {
  /** All traffic is on r2 when r1 is lost for good and somebody aborts. */
  function stuck(): Outside {
    const it = new Outside({
      spec: { kind: 'blue-green', bakeMs: 60_000, approve: false, progressDeadlineMs },
    })
    it.untilStep('analyze')
    it.seen.r1 = { ...ready(2), ready: 0 }
    it.abort()
    it.letPass(600_000)
    return it
  }

  function promoteFully(it: Outside): void {
    it.tell({ kind: 'promoted', at: it.now, by: 'ann', full: true })
  }

  it('leaves the candidate serving, and ends when somebody decides to keep it', () => {
    const it = stuck()
    expect(it.rollout).toMatchObject({ status: 'undoing', asked: { weights: { r2: 10_000 } } })
    promoteFully(it)
    expect(it.untilOver()).toMatchObject({
      status: 'succeeded',
      reason: null,
      asked: { weights: { r2: 10_000 } },
    })
    expect(it.done.at(-1)).toBe('retire r1')
  })

  it('goes on as soon as stable is there again, and then nobody can keep the candidate any more', () => {
    const it = stuck()
    it.seen.r1 = ready(2)
    it.letPass(2_000)
    promoteFully(it)
    expect(it.untilOver()).toMatchObject({ status: 'rolled-back', asked: { weights: { r1: 10_000 } } })
  })
})
