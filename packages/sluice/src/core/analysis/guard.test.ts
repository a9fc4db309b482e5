import { describe, expect, it } from 'vitest'
import type { BootCounts } from '../counts.ts'
import { absorbCounts, type GuardState, guardFinding, newGuard } from './guard.ts'

type Counts = [requests: number, bad: number]

function boot(name: string, arms: Record<string, Counts>): BootCounts {
  const full = Object.entries(arms).map(([key, [requests, bad]]) => [
    key,
    { requests, bad, clientErrors: 0, aborted: 0, latency: [] },
  ])
  return { boot: name, arms: Object.fromEntries(full) }
}

function measure(guard: GuardState, at: number, ...boots: BootCounts[]): GuardState {
  return absorbCounts(guard, { at, boots, candidate: 'r2', stable: 'r1' })
}

// A guard that has its baseline, so that everything to come counts.
const begun = measure(newGuard(), 0, boot('w1', {}))

function after(arms: Record<string, Counts>): ReturnType<typeof guardFinding> {
  return guardFinding(measure(begun, 1_000, boot('w1', arms)))
}

describe('the guard', () => {
  it('finds a candidate of which half of twenty requests failed while stable is well', () => {
    expect(after({ 'r2@1': [20, 10], 'r1@1': [200, 0] })).toEqual({
      window: { nC: 20, xC: 10, nS: 200, xS: 0 },
      candidateShare: 0.5,
      stableShare: 0,
    })
  })

  it('waits for twenty requests as long as some of them succeed', () => {
    expect(after({ 'r2@1': [19, 18], 'r1@1': [200, 0] })).toBeNull()
  })

  it('needs ten requests when all of them failed', () => {
    expect(after({ 'r2@1': [9, 9], 'r1@1': [90, 0] })).toBeNull()
    expect(after({ 'r2@1': [10, 10], 'r1@1': [90, 0] })).not.toBeNull()
  })

  it('leaves a candidate alone that fails less than forty points more than stable', () => {
    expect(after({ 'r2@1': [100, 60], 'r1@1': [100, 25] })).toBeNull()
    expect(after({ 'r2@1': [100, 60], 'r1@1': [100, 19] })).not.toBeNull()
  })

  it('does not blame the candidate when everything fails for both', () => {
    expect(after({ 'r2@1': [50, 50], 'r1@1': [50, 50] })).toBeNull()
  })

  it('does not blame the candidate for an outage that began when its share grew', () => {
    let guard = begun
    guard = measure(guard, 10_000, boot('w1', { 'r1@1': [950, 0], 'r2@1': [50, 0] }))
    guard = measure(
      guard,
      12_000,
      boot('w1', { 'r1@1': [950, 0], 'r2@1': [50, 0], 'r1@2': [100, 100], 'r2@2': [100, 100] }),
    )
    expect(guardFinding(guard)).toBeNull()
  })

  it('judges a first release by itself', () => {
    const first = absorbCounts(newGuard(), { at: 0, boots: [], candidate: 'r1', stable: null })
    const guard = absorbCounts(first, {
      at: 1_000,
      boots: [boot('w1', { 'r1@1': [20, 10] })],
      candidate: 'r1',
      stable: null,
    })
    expect(guardFinding(guard)?.candidateShare).toBe(0.5)
  })

  it('compares a candidate that has all traffic with what stable was before', () => {
    let guard = measure(begun, 1_000, boot('w1', { 'r1@1': [100, 70] }))
    guard = measure(guard, 40_000, boot('w1', { 'r1@1': [100, 70], 'r2@2': [100, 100] }))
    expect(guardFinding(guard)).toBeNull()
  })

  it('does not compare an outage that only the candidate met with what stable is later', () => {
    let guard = measure(begun, 1_000, boot('w1', { 'r1@1': [100, 100] }))
    guard = measure(guard, 2_000, boot('w1', { 'r1@1': [100, 100], 'r2@2': [100, 100] }))
    guard = measure(
      guard,
      3_000,
      boot('w1', { 'r1@1': [100, 100], 'r2@2': [100, 100], 'r1@3': [900, 0], 'r2@3': [20, 0] }),
    )
    expect(guardFinding(guard)).toBeNull()
  })

  it('forgets what is older than thirty seconds', () => {
    let guard = measure(begun, 1_000, boot('w1', { 'r2@1': [20, 20] }))
    guard = measure(guard, 30_999, boot('w1', { 'r2@1': [20, 20] }))
    expect(guardFinding(guard)).not.toBeNull()
    guard = measure(guard, 31_001, boot('w1', { 'r2@1': [20, 20] }))
    expect(guardFinding(guard)).toBeNull()
  })
})

describe('counts', () => {
  it('from before the rollout are the baseline and count for nothing', () => {
    const guard = measure(newGuard(), 0, boot('w1', { 'r2@1': [500, 500], 'r1@1': [500, 0] }))
    expect(guard.total).toEqual({ nC: 0, xC: 0, nS: 0, xS: 0 })
    expect(guardFinding(guard)).toBeNull()
  })

  it('that come again, or late, add nothing', () => {
    const old = boot('w1', { 'r2@1': [5, 1] })
    const newer = boot('w1', { 'r2@1': [8, 2] })
    let guard = begun
    for (const boots of [old, newer, newer, old]) guard = measure(guard, 1_000, boots)
    expect(guard.total).toEqual({ nC: 8, xC: 2, nS: 0, xS: 0 })
  })

  it('of a restarted worker begin at zero', () => {
    let guard = measure(begun, 1_000, boot('w1', { 'r2@1': [8, 2] }))
    guard = measure(guard, 2_000, boot('w2', { 'r2@1': [3, 3] }))
    expect(guard.total).toEqual({ nC: 11, xC: 5, nS: 0, xS: 0 })
  })

  it('of other releases are nobody’s evidence', () => {
    const guard = measure(begun, 1_000, boot('w1', { 'r0@1': [100, 100] }))
    expect(guard.total).toEqual({ nC: 0, xC: 0, nS: 0, xS: 0 })
  })
})
