import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1m500ms', 60_500],
    ['250', 250],
    ['0', 0],
    ['0s', 0],
    [' 10s ', 10_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    '',
    ' ',
    's',
    '10 s',
    '10x',
    '-5s',
    '30m1h',
    '1h1h',
    '.5s',
    '1.5m',
    '1e3s',
    '٣s',
    '400d',
    '9'.repeat(400),
  ])('does not guess at %j', (text) => {
    expect(parseDuration(text)).toBeNull()
  })

  it.each([
    [0, '0s'],
    [250, '250ms'],
    [1_500, '1.5s'],
    [60_500, '1m0.5s'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 365 * 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
  })
})
