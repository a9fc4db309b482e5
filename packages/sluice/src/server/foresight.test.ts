import { describe, expect, it } from 'vitest'
import { defaultAnalysis } from '../core/analysis/spec.ts'
import { compile, type StrategySpec } from '../core/strategies/index.ts'
import { describeForesight, describeTime } from './describe-foresight.ts'
import { foresee, type Prospect, propose } from './foresight.ts'

const minute = 60_000
const progressDeadlineMs = minute
const stable = { release: 'r1', count: 3 }
const candidate = { release: 'r2', count: 3 }

function canary(share: number, analyzeMs: number): StrategySpec {
  const steps = [{ weightBasisPoints: share * 100, analyzeMs, gate: false }]
  return { kind: 'canary', steps, scale: 'full', approve: false, progressDeadlineMs }
}

function rolling(analyzeMs: number): StrategySpec {
  return {
    ...{ kind: 'rolling', analyzeMs, progressDeadlineMs },
    ...{ batch: { count: 1 }, surge: { count: 1 }, maxUnavailable: { count: 0 } },
  }
}

function prospect(spec: StrategySpec, requestsPerSecond: number, failedShare = 0.01): Prospect {
  const request = {
    stable,
    candidate,
    traffic: 'weighted' as const,
    warm: [],
    hooks: [],
    drainMs: 0,
    keepWarmMs: 0,
    holdback: null,
  }
  const allowance = { phi: { errors: 1, clientErrors: 1 }, instanceSd: 0 }
  const analysis = defaultAnalysis
  return {
    steps: compile(spec, request),
    stable,
    candidate,
    analysis,
    allowance,
    requestsPerSecond,
    failedShare,
  }
}

describe('what a plan is likely to see', () => {
  // The median for x2 at 100 requests/s and a tenth of them is about 330 s with our part for errors (analysis reference,
  // section 6.3); eight of ten take half as long again.
  it('is a doubling of errors in ten minutes, at 100 requests/s', () => {
    const { neededMs, watchedMs, proposals } = foresee(prospect(canary(10, 10 * minute), 100), 2)!
    expect(neededMs).toBeGreaterThan(400_000)
    expect(neededMs).toBeLessThan(600_000)
    expect(watchedMs).toBe(10 * minute)
    expect(proposals).toEqual([])
  })

  it('is not a doubling at 12 requests/s, and it says what could see it', () => {
    const foresight = foresee(prospect(canary(10, 10 * minute), 12), 2)!
    expect(foresight.neededMs).toBeGreaterThan(50 * minute)
    expect(foresight.proposals).toEqual([
      { weightBasisPoints: 5_000, watchedMs: 30 * minute },
      { weightBasisPoints: null, watchedMs: 120 * minute },
    ])
    expect(describeForesight(foresight, 'canary', 12.04)).toBe(
      'At 12 requests/s this canary would be likely to see a doubling of 1 % errors only after about 67 min, and it is watched for 10 min. Enough would be a single step of 50% for 30 min, or 2 h in all: sluice simulate',
    )
  })

  it('is for a single step of half of the traffic only a matter of time', () => {
    const { proposals } = foresee(prospect(canary(50, 10 * minute), 12), 2)!
    expect(proposals).toEqual([{ weightBasisPoints: null, watchedMs: 30 * minute }])
  })

  it('takes longer with bursts, and with instances that differ', () => {
    const alone = prospect(canary(10, 10 * minute), 100)
    const bursts = { ...alone, allowance: { phi: { errors: 5, clientErrors: 1 }, instanceSd: 0 } }
    const unlike = { ...alone, allowance: { phi: { errors: 1, clientErrors: 1 }, instanceSd: 0.2 } }
    const { neededMs } = foresee(alone, 2)!
    expect(foresee(bursts, 2)!.neededMs).toBeCloseTo(5 * neededMs, -3)
    expect(foresee(unlike, 2)!.neededMs).toBeGreaterThan(2 * neededMs)
  })

  it('is at least a few failures, where none are usual', () => {
    const foresight = foresee(prospect(canary(10, minute), 10, 0), 2, 0.005)!
    expect(foresight).toMatchObject({ from: 0, to: 0.005 })
    expect(describeForesight(foresight, 'canary', 10)).toContain('to see errors rise from 0 % to 0.5 % only')
  })

  it('is not asked for where both never serve together, or nobody looks at errors', () => {
    expect(foresee(prospect({ kind: 'recreate', progressDeadlineMs }, 100), 2)).toBeNull()
    const deaf = prospect(canary(10, minute), 100)
    const metrics = deaf.analysis.metrics.filter(({ id }) => id !== 'errors')
    expect(foresee({ ...deaf, analysis: { ...deaf.analysis, metrics } }, 2)).toBeNull()
  })

  it('is nothing within a day at almost no traffic', () => {
    const foresight = foresee(prospect(canary(10, 10 * minute), 0.01), 2)!
    expect(foresight.proposals).toEqual([])
    expect(describeForesight(foresight, 'canary', 0.01)).toContain('Nothing within a day would be enough.')
  })

  it('of a rolling grows with its batches, and no single step is proposed for it', () => {
    const plan = prospect(rolling(10_000), 20)
    const foresight = foresee(plan, 2)!
    expect(foresight.watchedMs).toBe(20_000)
    expect(describeForesight(foresight, 'rolling', 20)).toMatch(/Enough would be \d+ (min|h) in all/)
  })
})

describe('a proposal', () => {
  const analysis = { ...defaultAnalysis, deadlineMs: 10 * minute }

  it('is likely to see it once it is taken', () => {
    const strategy = canary(10, 10 * minute)
    const plan = prospect(strategy, 12)
    const foresight = foresee(plan, 2)!
    for (const proposal of foresight.proposals) {
      const proposed = propose({ strategy, analysis }, foresight, proposal)!
      expect(proposed.analysis.deadlineMs).toBe(proposal.watchedMs)
      const after = foresee(prospect(proposed.strategy, 12), 2)!
      expect(after.neededMs).toBeLessThanOrEqual(after.watchedMs)
      expect(after.proposals).toEqual([])
    }
  })

  it('is none for a strategy that has no steps', () => {
    const strategy: StrategySpec = { kind: 'blue-green', bakeMs: 1, approve: false, progressDeadlineMs }
    const proposal = { weightBasisPoints: 5_000, watchedMs: minute }
    expect(propose({ strategy, analysis }, { watchedMs: minute }, proposal)).toBeNull()
    expect(
      propose({ strategy, analysis }, { watchedMs: minute }, { ...proposal, weightBasisPoints: null }),
    ).toBeNull()
  })
})

it.each([
  [45_000, '45 s'],
  [8 * minute, '8 min'],
  [60 * minute, '1 h'],
  [67 * minute, '67 min'],
  [150 * minute, '2.5 h'],
  [72 * 60 * minute, '3 days'],
])('%d ms are %s', (ms, text) => {
  expect(describeTime(ms)).toBe(text)
})
