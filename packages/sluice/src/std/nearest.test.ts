import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from './nearest.ts'

const known = ['instances', 'strategy', 'host', 'path', 'env', 'keepReleases']

describe('the nearest known name', () => {
  it.each([
    ['instance', 'instances'],
    ['instnaces', 'instances'],
    ['stratgey', 'strategy'],
    ['hots', 'host'],
    ['Host', 'host'],
    ['keep_releases', 'keepReleases'],
    ['keep-release', 'keepReleases'],
    ['evn', 'env'],
  ])('takes %s for %s', (wanted, name) => {
    expect(nearest(wanted, known)).toBe(name)
  })

  it.each(['replica', 'migrations', 'xyz', '', 'h', 'a'.repeat(100_000)])(
    'finds nothing near %j',
    (wanted) => {
      expect(nearest(wanted, known)).toBeNull()
    },
  )

  it('counts two swapped neighbours as one slip', () => {
    expect(editDistance('ab', 'ba')).toBe(1)
    expect(editDistance('kitten', 'sitting')).toBe(3)
    expect(editDistance('', 'abc')).toBe(3)
  })

  it('is the same in both directions, and 0 only for the same text', () => {
    const text = fc.string({ maxLength: 12 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, b) === 0).toBe(a === b)
      }),
    )
  })
})
