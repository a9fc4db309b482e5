import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Step } from '../plan.ts'
import { shareOf } from '../weights.ts'
import type { CanarySpec } from './canary.ts'
import { compile, priceOf, refusalOf, type StrategySpec } from './index.ts'
import { rollbackSteps } from './rollback.ts'
import type { RollingSpec } from './rolling.ts'
import type { PlanRequest } from './strategy.ts'

const progressDeadlineMs = 60_000

const four: PlanRequest = {
  stable: { release: 'r1', count: 4 },
  candidate: { release: 'r2', count: 4 },
  traffic: 'weighted',
  warm: [],
  hooks: [],
  drainMs: 30_000,
  keepWarmMs: 0,
  holdback: null,
}

/** A plan as lines that can be read. */
function plan(spec: StrategySpec, request: PlanRequest = four): string[] {
  return lines(compile(spec, request))
}

function lines(steps: Step[]): string[] {
  return steps.map(lineOf)
}

function lineOf(step: Step): string {
  switch (step.kind) {
    case 'provision':
      return `provision ${step.count} ${step.release}`
    case 'settle':
      return `settle ${step.count} ${step.release}`
    case 'shift':
      return `shift ${JSON.stringify(step.weights).replaceAll('"', '')}${step.hold ? ' hold' : ''}`
    case 'analyze':
      return `analyze ${step.forMs}`
    case 'gate':
      return `gate ${step.name}`
    case 'hook':
      return `hook ${step.hook}`
    case 'drain':
    case 'retire':
      return `${step.kind} ${step.release} keep ${step.keep}`
    case 'verify':
      return 'verify'
  }
}

describe('rolling', () => {
  const rolling: RollingSpec = {
    kind: 'rolling',
    batch: { count: 1 },
    surge: { count: 1 },
    maxUnavailable: { count: 0 },
    analyzeMs: 2_000,
    progressDeadlineMs,
  }

  it('replaces four instances one by one with one in reserve', () => {
    expect(plan(rolling)).toEqual([
      'provision 1 r2',
      'settle 1 r2',
      'shift {r1:7500,r2:2500}',
      'verify',
      'analyze 2000',
      'drain r1 keep 3',
      'provision 2 r2',
      'retire r1 keep 3',
      'settle 2 r2',
      'shift {r1:5000,r2:5000}',
      'verify',
      'analyze 2000',
      'drain r1 keep 2',
      'provision 3 r2',
      'retire r1 keep 2',
      'settle 3 r2',
      'shift {r1:2500,r2:7500}',
      'verify',
      'analyze 2000',
      'drain r1 keep 1',
      'provision 4 r2',
      'retire r1 keep 1',
      'settle 4 r2',
      'shift {r2:10000}',
      'verify',
      'analyze 2000',
      'drain r1 keep 0',
      'retire r1 keep 0',
    ])
  })

  it('replaces half of them at a time', () => {
    const half: RollingSpec = {
      ...rolling,
      batch: { basisPoints: 5_000 },
      surge: { basisPoints: 5_000 },
      analyzeMs: 0,
    }
    expect(plan(half)).toEqual([
      'provision 2 r2',
      'settle 2 r2',
      'shift {r1:5000,r2:5000}',
      'verify',
      'drain r1 keep 2',
      'provision 4 r2',
      'retire r1 keep 2',
      'settle 4 r2',
      'shift {r2:10000}',
      'verify',
      'drain r1 keep 0',
      'retire r1 keep 0',
    ])
  })

  const amount = fc.oneof(
    fc.record({ count: fc.nat(6) }),
    fc.record({ basisPoints: fc.integer({ min: 0, max: 10_000 }) }),
  )
  const anySpec = fc.record({
    kind: fc.constant('rolling' as const),
    batch: amount,
    surge: amount,
    maxUnavailable: amount,
    analyzeMs: fc.constantFrom(0, 2_000),
    progressDeadlineMs: fc.constant(progressDeadlineMs),
  })
  const count = fc.integer({ min: 1, max: 12 })

  it('never leaves nobody serving, and ends with all of the new and none of the old', () => {
    fc.assert(
      fc.property(anySpec, count, count, (spec, stableCount, candidateCount) => {
        const stable = { release: 'r1', count: stableCount }
        const candidate = { release: 'r2', count: candidateCount }
        const running: Record<string, number> = { r1: stableCount, r2: 0 }
        let weights: Record<string, number> = { r1: 10_000 }
        for (const step of compile(spec, { ...four, stable, candidate })) {
          if (step.kind === 'provision') running[step.release] = step.count
          if (step.kind === 'retire') running[step.release] = step.keep
          if (step.kind === 'shift') weights = step.weights
          for (const release of ['r1', 'r2'])
            if (shareOf(weights, release) > 0) expect(running[release]).toBeGreaterThan(0)
          expect(shareOf(weights, 'r1') + shareOf(weights, 'r2')).toBe(10_000)
        }
        expect(running).toEqual({ r1: 0, r2: candidateCount })
        expect(weights).toEqual({ r2: 10_000 })
      }),
      { seed: 20_260_101, numRuns: 500 },
    )
  })
})

describe('canary', () => {
  const step = (weightBasisPoints: number, gate = false) => ({ weightBasisPoints, analyzeMs: 60_000, gate })
  const canary: CanarySpec = {
    kind: 'canary',
    steps: [step(100), step(500), step(2_500), step(5_000)],
    scale: 'full',
    approve: false,
    progressDeadlineMs,
  }

  it('gives 1, 5, 25 and 50 % before it gives everything', () => {
    expect(plan(canary)).toEqual([
      'provision 4 r2',
      'settle 4 r2',
      'shift {r1:9900,r2:100}',
      'verify',
      'analyze 60000',
      'shift {r1:9500,r2:500}',
      'verify',
      'analyze 60000',
      'shift {r1:7500,r2:2500}',
      'verify',
      'analyze 60000',
      'shift {r1:5000,r2:5000}',
      'verify',
      'analyze 60000',
      'shift {r2:10000}',
      'verify',
      'drain r1 keep 0',
      'retire r1 keep 0',
    ])
  })

  it('starts only as many instances as the next share needs where it is told to', () => {
    const matched = plan({ ...canary, steps: [step(2_500, true), step(5_000)], scale: 'match-weight' })
    expect(matched.filter((line) => /^(provision|shift|gate)/.test(line))).toEqual([
      'provision 1 r2',
      'shift {r1:7500,r2:2500}',
      'gate go on from 25 %',
      'provision 2 r2',
      'shift {r1:5000,r2:5000}',
      'provision 4 r2',
      'shift {r2:10000}',
    ])
  })

  it('gives the nearest number of instances a share, where a router gives every instance the same', () => {
    const byInstances: PlanRequest = {
      ...four,
      traffic: 'instances',
      holdback: { basisPoints: 100, forMs: 60_000 },
    }
    expect(plan(canary, byInstances).filter((line) => line.startsWith('shift'))).toEqual([
      'shift {r1:8000,r2:2000}',
      'shift {r1:8000,r2:2000}',
      'shift {r1:8000,r2:2000}',
      'shift {r1:5000,r2:5000}',
      'shift {r1:2000,r2:8000}',
      'shift {r2:10000}',
    ])
    expect(priceOf(canary, byInstances).exposedBasisPoints).toBe(2_000)
  })

  it('is refused where all traffic goes to one release', () => {
    const can = { traffic: 'replace' as const, parallelReleases: true }
    expect(refusalOf(canary, { ...can } as Parameters<typeof refusalOf>[1])).toMatch(/gives all of it to one/)
  })
})

describe('blue-green', () => {
  it('tries everything at the preview address, waits for a person, and bakes before stable may end', () => {
    const spec: StrategySpec = { kind: 'blue-green', bakeMs: 60_000, approve: true, progressDeadlineMs }
    expect(plan(spec, { ...four, hooks: ['smoke', 'beforeTraffic', 'after'] })).toEqual([
      'provision 4 r2',
      'settle 4 r2',
      'hook smoke',
      'hook beforeTraffic',
      'gate move all traffic to r2',
      'shift {r2:10000}',
      'verify',
      'analyze 60000',
      'drain r1 keep 0',
      'retire r1 keep 0',
      'hook after',
    ])
  })

  it('keeps stable warm, and ends what an earlier rollout left before it starts anything', () => {
    const spec: StrategySpec = { kind: 'blue-green', bakeMs: 0, approve: false, progressDeadlineMs }
    expect(plan(spec, { ...four, keepWarmMs: 3_600_000, warm: [{ release: 'r0', count: 4 }] })).toEqual([
      'drain r0 keep 0',
      'retire r0 keep 0',
      'provision 4 r2',
      'settle 4 r2',
      'shift {r2:10000}',
      'verify',
    ])
  })
})

describe('recreate', () => {
  it('lets requests wait while the old release ends and the new one starts', () => {
    expect(plan({ kind: 'recreate', progressDeadlineMs })).toEqual([
      'shift {} hold',
      'drain r1 keep 0',
      'retire r1 keep 0',
      'provision 4 r2',
      'settle 4 r2',
      'shift {r2:10000}',
      'verify',
    ])
  })
})

describe('rollback', () => {
  const back: PlanRequest = {
    ...four,
    stable: { release: 'r2', count: 4 },
    candidate: { release: 'r1', count: 4 },
    warm: [{ release: 'r1', count: 4 }],
  }

  it('is a routing flip while the earlier release is warm', () => {
    expect(lines(rollbackSteps(back, { isWarm: true, isExclusive: false, progressDeadlineMs }))).toEqual([
      'shift {r1:10000}',
      'verify',
      'drain r2 keep 0',
      'retire r2 keep 0',
    ])
  })

  it('starts the earlier release first where it is not', () => {
    const steps = lines(
      rollbackSteps({ ...back, warm: [] }, { isWarm: false, isExclusive: false, progressDeadlineMs }),
    )
    expect(steps.slice(0, 3)).toEqual(['provision 4 r1', 'settle 4 r1', 'shift {r1:10000}'])
  })

  it('of an app that cannot run twice ends the one before it starts the other', () => {
    const options = { isWarm: false, trial: null, isExclusive: true, progressDeadlineMs }
    expect(lines(rollbackSteps({ ...back, warm: [] }, options))).toEqual([
      'shift {} hold',
      'drain r2 keep 0',
      'retire r2 keep 0',
      'provision 4 r1',
      'settle 4 r1',
      'shift {r1:10000}',
      'verify',
    ])
  })
})
