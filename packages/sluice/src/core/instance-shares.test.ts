import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countsFor, nearestShare } from './instance-shares.ts'
import { split, WHOLE } from './weights.ts'

describe('shares of whole instances', () => {
  it.each([
    [1_000, { stable: 2, candidate: 2 }, { stable: 2, candidate: 1 }],
    [1_000, { stable: 9, candidate: 9 }, { stable: 9, candidate: 1 }],
    [2_500, { stable: 4, candidate: 4 }, { stable: 4, candidate: 1 }],
    [5_000, { stable: 4, candidate: 4 }, { stable: 4, candidate: 4 }],
    [9_900, { stable: 4, candidate: 4 }, { stable: 1, candidate: 4 }],
  ])('%s basis points of %o are %o', (basisPoints, instances, counts) => {
    expect(countsFor(split('stable', 'candidate', basisPoints), instances)).toEqual(counts)
  })

  it('give nothing to a release without a share, and ask nothing of one without instances', () => {
    expect(countsFor({ r1: WHOLE, r2: 0 }, { r1: 2, r2: 2 })).toEqual({ r1: 2 })
    expect(countsFor({ r1: 5_000, r2: 5_000 }, { r1: 3 })).toEqual({ r1: 3 })
    expect(countsFor({}, { r1: 3 })).toEqual({})
  })

  it('say what share a candidate really gets', () => {
    expect(nearestShare(1_000, { stable: 2, candidate: 2 })).toBe(3_333)
    expect(nearestShare(100, { stable: 3, candidate: 3 })).toBe(2_500)
    expect(nearestShare(WHOLE, { stable: 3, candidate: 3 })).toBe(WHOLE)
  })

  // So that a plan may say a share, and a router which is told that share find the same instances.
  it('are found again from themselves, and lose no more capacity than the smaller release has', () => {
    const some = fc.integer({ min: 1, max: 100 })
    const share = fc.integer({ min: 1, max: WHOLE - 1 })
    fc.assert(
      fc.property(share, some, some, (basisPoints, stable, candidate) => {
        const counts = countsFor(split('stable', 'candidate', basisPoints), { stable, candidate })
        const said = nearestShare(basisPoints, { stable, candidate })
        expect(countsFor(split('stable', 'candidate', said), { stable, candidate })).toEqual(counts)
        expect(counts.stable! + counts.candidate!).toBeGreaterThan(Math.min(stable, candidate))
      }),
    )
  })
})
