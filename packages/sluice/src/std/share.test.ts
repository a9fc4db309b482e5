import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatShare, parseShare } from './share.ts'

describe('shares of the traffic', () => {
  it.each([
    ['1%', 100],
    ['12.5%', 1_250],
    ['0.01%', 1],
    ['33.33%', 3_333],
    ['5 %', 500],
    ['100%', 10_000],
    ['0%', 0],
  ])('reads %s as %d basis points', (text, basisPoints) => {
    expect(parseShare(text)).toBe(basisPoints)
  })

  it.each(['', '%', '5', '101%', '100.01%', '0.001%', '-1%', '1e1%', '5%%', '.5%'])(
    'does not guess at %j',
    (text) => {
      expect(parseShare(text)).toBeNull()
    },
  )

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (basisPoints) => {
        expect(parseShare(formatShare(basisPoints))).toBe(basisPoints)
      }),
    )
  })
})
