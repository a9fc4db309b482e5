import { describe, expect, it } from 'vitest'
import { isWatching } from './rollout.ts'
import type { StrategySpec } from './strategies/index.ts'
import { canary, seed, Town } from './town.fixture.ts'

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
    expect(town.texts).toMatch(/as good as r1: e-value ([\d,.]+|over a million) for that, needed 10/)
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

  it('is promoted for want of evidence although a ratio of a few failures looks bad', () => {
    const town = new Town({ analysis: { onInconclusive: 'promote' } })
    town.users = { perSecond: 50, candidateFails: 0, stableFails: 0.002 }
    town.run(62)
    town.users = { perSecond: 50, candidateFails: 0.006, stableFails: 0.002 }
    town.run(70)
    expect(town.rollout.trial!.metrics[0]!.total.xC).toBeGreaterThan(2)
    expect(town.rollout.status).toBe('succeeded')
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

  it('gets no more traffic either when there was never a request of it', () => {
    const patient: StrategySpec = {
      ...canary,
      steps: canary.steps.map((step) => ({ ...step, analyzeMs: 180_000 })),
    }
    const town = new Town({ spec: patient, analysis: { deadlineMs: 3_600_000 } })
    town.users = { perSecond: 0, candidateFails: 0, stableFails: 0 }
    town.run(100)
    expect(town.rollout.verdict?.freeze).toBeNull()
    town.run(300)
    expect(town.rollout.verdict?.freeze).toBe('noData')
    expect(town.share).toBe(1_000)
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
