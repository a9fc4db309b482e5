import { describe, expect, it } from 'vitest'
import { type Random, seeded } from '../../std/random.ts'
import { areTooUnlike, type InstanceTotals, instanceSd, widenedTheta0 } from './instance-noise.ts'

describe('the difference between instances', () => {
  it('is nothing where chance explains it', () => {
    expect(
      instanceSd([
        { n: 1_000, x: 12 },
        { n: 1_000, x: 8 },
        { n: 1_000, x: 10 },
      ]),
    ).toBe(0)
  })

  it('is nothing without failures, without requests, and of one instance', () => {
    expect(instanceSd([])).toBe(0)
    expect(
      instanceSd([
        { n: 0, x: 0 },
        { n: 0, x: 0 },
      ]),
    ).toBe(0)
    expect(
      instanceSd([
        { n: 500, x: 0 },
        { n: 700, x: 0 },
      ]),
    ).toBe(0)
    expect(instanceSd([{ n: 500, x: 30 }])).toBe(0)
    expect(
      instanceSd([
        { n: 500, x: 30 },
        { n: 0, x: 0 },
      ]),
    ).toBe(0)
  })

  it('is what remains of their spread without chance', () => {
    // c^2 = (800 - 240 * 2/3) / (240^2 * 2/9) = 0.05, and of instances of different size (200 - 15) / 225.
    const same = [60, 100, 80].map((x) => ({ n: 1_000, x }))
    expect(instanceSd(same)).toBeCloseTo(0.220885, 6)
    expect(
      instanceSd([
        { n: 1_000, x: 20 },
        { n: 3_000, x: 20 },
      ]),
    ).toBeCloseTo(0.774633, 6)
  })

  it.each([0, 0.2, 0.4])('of a standard deviation of %d is found, whatever their shares', (sd) => {
    const seed = 9
    const random = seeded(seed)
    const squares = Array.from({ length: 300 }, () => instanceSd(fleet(12, sd, random)) ** 2)
    const found = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
    // The floor at 0 leaves a little noise where there is no difference.
    expect(Math.abs(found - sd), `seed ${seed}: ${found}`).toBeLessThan(sd === 0 ? 0.06 : 0.15 * sd)
  })

  it.each([
    [2, 9],
    [4, 45],
    [10, 18],
  ])('is nothing in 98 of 100 histories of %d equal instances with %d failures each', (size, mean) => {
    const seed = 12
    const random = seeded(seed)
    const histories = Array.from({ length: 1_000 }, () =>
      instanceSd(Array.from({ length: size }, () => ({ n: 1_000, x: failures(mean, random) }))),
    )
    expect(histories.filter((sd) => sd > 0).length, `seed ${seed}`).toBeLessThan(20)
  })

  it('is not what bursts explain', () => {
    const instances = [
      { n: 1_000, x: 60 },
      { n: 1_000, x: 100 },
      { n: 1_000, x: 80 },
    ]
    expect(instanceSd(instances)).toBeGreaterThan(0.1)
    expect(instanceSd(instances, 10)).toBe(0)
  })
})

describe('the margin', () => {
  it('is as it was for instances that are alike', () => {
    expect(widenedTheta0(0, 1, 3)).toBe(1.1)
    expect(widenedTheta0(0, 0, 3, 1.5)).toBe(1.5)
  })

  it('widens with their difference, and less the more of them there are', () => {
    expect(widenedTheta0(0.2, 1, 4)).toBeCloseTo(1.749, 3)
    expect(widenedTheta0(0.2, 10, 40)).toBeCloseTo(1.193, 3)
    expect(widenedTheta0(0.2, 1_000, 1_000)).toBe(1.1)
  })

  it('never hides a release that fails twice as often', () => {
    expect(widenedTheta0(0.8, 1, 2)).toBe(2)
    expect(areTooUnlike(0.8, 1, 2)).toBe(true)
    expect(areTooUnlike(0.2, 3, 3)).toBe(false)
  })
})

/** Instances with 1,000 to 9,000 requests of which 2 % are bad, times a lognormal multiplier. */
function fleet(size: number, sd: number, random: Random): InstanceTotals[] {
  return Array.from({ length: size }, () => {
    const n = random.between(1_000, 9_000)
    const multiplier = Math.exp(sd * normal(random) - sd ** 2 / 2)
    const mean = n * 0.02 * multiplier
    return { n, x: Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random))) }
  })
}

/** Of a thousand requests, each by chance. */
function failures(mean: number, random: Random): number {
  return Array.from({ length: 1_000 }, () => random.chance(mean / 1_000)).filter(Boolean).length
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}
