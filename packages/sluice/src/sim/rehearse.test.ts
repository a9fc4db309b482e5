import { describe, expect, it } from 'vitest'
import { type AnalysisSpec, defaultAnalysis, standardMetrics } from '../core/analysis/spec.ts'
import type { Step } from '../core/plan.ts'
import { compile, type StrategySpec } from '../core/strategies/index.ts'
import { type Outcome, type RehearsedPlan, rehearse } from './rehearse.ts'
import { type Change, type Service, serviceModel, unchanged } from './service-model.ts'

const progressDeadlineMs = 60_000
const minute = 60_000
const busy: Service = {
  requestsPerSecond: 100,
  failedShare: 0.01,
  clientErrorShare: 0.01,
  medianMs: 100,
  p99Ms: 320,
}
const quiet: Service = { ...busy, requestsPerSecond: 1 }
const stable = { release: 'r1', count: 3 }
const candidate = { release: 'r2', count: 3 }

/** A canary of one step. */
function canary(share: number, analyzeMs = 60 * minute, gate = false): StrategySpec {
  const steps = [{ weightBasisPoints: share * 100, analyzeMs, gate }]
  return { kind: 'canary', steps, scale: 'full', approve: gate, progressDeadlineMs }
}

function planOf(spec: StrategySpec, analysis: AnalysisSpec | null = defaultAnalysis): RehearsedPlan {
  const hooks = ['beforeTraffic' as const, 'after' as const]
  const steps: Step[] = compile(spec, {
    ...{ stable, candidate, hooks },
    ...{ traffic: 'weighted' as const, warm: [], drainMs: 1_000, keepWarmMs: 0, holdback: null },
  })
  const allowance = { phi: { errors: 1, clientErrors: 1 }, instanceSd: 0 }
  const isExclusive = spec.kind === 'recreate'
  return { strategy: spec.kind, stable, candidate, steps, isExclusive, drainMs: 1_000, analysis, allowance }
}

function outcomes(plan: RehearsedPlan, service: Service, change: Change, runs: number): Outcome[] {
  const model = serviceModel(service, change)
  return Array.from({ length: runs }, (_, run) => rehearse(plan, model, run + 1))
}

function ends(found: Outcome[]): Outcome['end'][] {
  return [...new Set(found.map(({ end }) => end))]
}

const failures = (times: number): Change => ({ ...unchanged, failures: times })

describe('a rehearsed canary', () => {
  it('is promoted when nothing has changed, soon after it has baked', () => {
    const found = outcomes(planOf(canary(10)), busy, unchanged, 25)
    expect(ends(found)).toEqual(['promoted'])
    for (const { afterMs, harmed } of found) {
      expect(afterMs).toBeGreaterThanOrEqual(10 * minute)
      expect(afterMs).toBeLessThan(30 * minute)
      expect(harmed).toBe(0)
    }
  })

  it('is rolled back within a minute when it fails twenty times as much', () => {
    const found = outcomes(planOf(canary(10)), busy, failures(20), 25)
    expect(ends(found)).toEqual(['rolled back'])
    expect(Math.max(...found.map(({ afterMs }) => afterMs))).toBeLessThan(minute)
  })

  // Analysis reference, section 13.2: median 353 s and 36 harmed, with half of alpha for errors where we have 0.4.
  it('takes as long to see a doubling as the analysis reference says', () => {
    const found = outcomes(planOf(canary(10)), busy, failures(2), 25)
    expect(ends(found)).toEqual(['rolled back'])
    const median = found.map(({ afterMs }) => afterMs).sort((a, b) => a - b)[12]!
    expect(median).toBeGreaterThan(250_000)
    expect(median).toBeLessThan(500_000)
    const harmed = found.reduce((sum, one) => sum + one.harmed, 0) / found.length
    expect(harmed).toBeGreaterThan(25)
    expect(harmed).toBeLessThan(50)
  })

  it('waits for a person where there is too little to see, whatever it is like', () => {
    const plan = planOf(canary(1, 10 * minute))
    expect(ends(outcomes(plan, quiet, unchanged, 5))).toEqual(['undecided'])
    expect(ends(outcomes(plan, quiet, failures(2), 5))).toEqual(['undecided'])
  })

  it('is rolled back when only its slowest answers have become slower', () => {
    const slower = { ...unchanged, slowest: 1.5 }
    const found = outcomes(planOf(canary(10)), busy, slower, 5)
    expect(ends(found)).toEqual(['rolled back'])
    expect(found[0]!.harmed).toBeGreaterThan(0)
  })

  it('has the same outcome with the same seed, and another with another', () => {
    const model = serviceModel(busy, failures(2))
    const [first, again, other] = [1, 1, 2].map((seed) => rehearse(planOf(canary(10)), model, seed))
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('passes its gates, and is promoted by metrics of the user’s own too', () => {
    const own = { ...standardMetrics.errors, id: 'checkout', kind: { is: 'ratio' } as const }
    const analysis = { ...defaultAnalysis, metrics: [...defaultAnalysis.metrics, own] }
    const plan = planOf(canary(10, 60 * minute, true), analysis)
    expect(ends(outcomes(plan, busy, unchanged, 3))).toEqual(['promoted'])
  })
})

describe('a rehearsed rollout that compares nothing', () => {
  it.each<StrategySpec>([
    { kind: 'blue-green', bakeMs: 30_000, approve: false, progressDeadlineMs },
    { kind: 'recreate', progressDeadlineMs },
  ])('lets a doubling through: $kind', (spec) => {
    expect(ends(outcomes(planOf(spec, null), busy, failures(2), 2))).toEqual(['promoted'])
  })

  it('turns back what fails by half', () => {
    const plan = planOf({ kind: 'blue-green', bakeMs: 30_000, approve: false, progressDeadlineMs }, null)
    const found = outcomes(plan, busy, failures(60), 5)
    expect(ends(found)).toEqual(['rolled back'])
    expect(Math.max(...found.map(({ afterMs }) => afterMs))).toBeLessThan(5_000)
  })
})

it('a rehearsed rolling replaces all instances of a release that is as good', () => {
  const rolling: StrategySpec = {
    ...{ kind: 'rolling', analyzeMs: 10_000, progressDeadlineMs },
    ...{ batch: { count: 1 }, surge: { count: 1 }, maxUnavailable: { count: 0 } },
  }
  const found = outcomes(planOf(rolling), busy, unchanged, 5)
  expect(ends(found)).toEqual(['promoted'])
  expect(found[0]!.afterMs).toBeGreaterThanOrEqual(30_000)
})

describe('a modelled service', () => {
  it('gives each request one end, and never more failures than requests', () => {
    for (const times of [1, 20, 500]) {
      const { candidate: arm } = serviceModel(busy, failures(times))
      const answered = arm.answers.reduce((sum, [, share]) => sum + share, 0)
      expect(arm.failed + arm.clientErrors + answered).toBeCloseTo(1, 9)
    }
  })

  it('harms by what fails beyond stable, and by what is late beyond its p99', () => {
    expect(serviceModel(busy, unchanged).harmed).toBeCloseTo(0, 3)
    expect(serviceModel(busy, failures(3)).harmed).toBeCloseTo(0.02, 3)
    // Of the slowest twentieth nearly all are later than p99 when they take half as long again.
    const { harmed } = serviceModel(busy, { ...unchanged, slowest: 1.5 })
    expect(harmed).toBeGreaterThan(0.02)
    expect(harmed).toBeLessThan(0.04)
  })
})
