import { describe, expect, it, test } from 'vitest'
import { seeded } from '../packages/sluice/src/std/random.ts'
import { argoRollouts } from './analysis/argo-rollouts.ts'
import { poisson } from './analysis/draws.ts'
import { drawDurations, durations, slowOf, slowShare } from './analysis/durations.ts'
import { flagger } from './analysis/flagger.ts'
import { type Judge, type JudgedHour, judgedHour, mapJudges } from './analysis/judged-hour.ts'
import { kayenta } from './analysis/kayenta.ts'
import { shiftOf } from './analysis/mann-whitney.ts'
import type { Minute, Rule, Totals } from './analysis/minute.ts'
import { repeatedZTest, zOf } from './analysis/repeated-z-test.ts'
import { errors, noChange, outage } from './analysis/scenario.ts'
import { quantile } from './analysis/summary.ts'
import { tableOfDetection, winsOf } from './analysis/tables.ts'

describe('Flagger', () => {
  it('rolls back in the fifth failed minute, however many good ones lie between', () => {
    expect(minuteOfRollback(flagger(), [bad, good, bad, bad, good, good, bad, good, bad, bad])).toBe(9)
  })

  it('passes 99 % and fails less', () => {
    expect(minuteOfRollback(flagger(), Array(60).fill(minute({ requests: 100, bad: 1 })))).toBeNull()
    expect(minuteOfRollback(flagger(), Array(60).fill(minute({ requests: 99, bad: 1 })))).toBe(5)
  })

  it('fails a minute without traffic, and one whose p99 is above 500 ms', () => {
    expect(minuteOfRollback(flagger(), Array(60).fill(minute({ requests: 0 })))).toBe(5)
    expect(minuteOfRollback(flagger(), Array(60).fill(minute({ p99Ms: 501 })))).toBe(5)
    expect(minuteOfRollback(flagger(), Array(60).fill(minute({ p99Ms: 500 })))).toBeNull()
  })
})

describe('Argo Rollouts', () => {
  it('rolls back in the fourth minute below 95 %', () => {
    const failed = minute({ requests: 100, bad: 6 })
    expect(minuteOfRollback(argoRollouts(), [failed, good, failed, failed, good, failed])).toBe(6)
    expect(minuteOfRollback(argoRollouts(), Array(60).fill(minute({ requests: 100, bad: 5 })))).toBeNull()
  })

  it('does not fail a minute without traffic', () => {
    expect(minuteOfRollback(argoRollouts(), Array(60).fill(minute({ requests: 0 })))).toBeNull()
  })
})

describe('the Mann-Whitney interval', () => {
  // 0..9 shifted by 100: the 100 differences are 100 + (i - j), of which 100 + d comes 10 - |d| times. From below,
  // -9, -8, -7, -6, -5 and -4 come 1 + 2 + 3 + 4 + 5 + 6 = 21 times, so the 20th smallest is 96. The 51st is 100.
  it('is the 20th of 100 ordered differences, and the estimate their median', () => {
    const baseline = [...Array(10).keys()]
    const candidate = baseline.map((value) => value + 100)
    expect(shiftOf(candidate, baseline)).toEqual({ lower: 96, estimate: 100 })
  })

  it('is for ten minutes that of the exact test, by all 184,756 ways in which the ranks can fall', () => {
    // R's wilcox.test(conf.level = .98) takes the difference in this place of the order.
    expect(firstReached(ranksums(10), 0.01)).toBe(20)
    expect(orderOfLower(10)).toBe(20)
  })

  // From the published critical values 56 and 114, the largest U with a chance of at most 1 %.
  it.each([
    [15, 57],
    [20, 115],
  ])('is for %i minutes within one place of that of the exact test, %i', (m, exact) => {
    expect(Math.abs(orderOfLower(m) - exact)).toBeLessThanOrEqual(1)
  })

  it('is none where the samples are too small for one', () => {
    expect(shiftOf([9, 9], [0, 0])).toBeNull()
  })
})

describe('Kayenta', () => {
  it('judges every ten minutes, and not before', () => {
    const worse = minute({ requests: 100, bad: 2 }, { requests: 100, bad: 1 })
    expect(minuteOfRollback(kayenta(), Array(60).fill(worse))).toBe(10)
  })

  // Of 900 differences at minute 30 the first 200 are -.01 and the next 100 are 0, and the lower end is the 293rd; of
  // 1,600 at minute 40 the first 400 are no more than 0, and it is the 559th.
  it('looks at all minutes so far, so that good ones at first delay it', () => {
    const worse = minute({ requests: 100, bad: 2 }, { requests: 100, bad: 1 })
    expect(minuteOfRollback(kayenta(), [...Array(10).fill(good), ...Array(50).fill(worse)])).toBe(40)
  })

  it('passes a candidate that fails no more than its baseline', () => {
    expect(minuteOfRollback(kayenta(), Array(60).fill(bad))).toBeNull()
  })

  // 30 of the 100 differences are 0, and the 20th is asked for.
  it('passes a candidate a hundred times as bad in seven minutes of ten', () => {
    const minutes = Array.from({ length: 10 }, (_, i) =>
      minute({ requests: 1_000, bad: i < 7 ? 100 : 1 }, { requests: 1_000, bad: 1 }),
    )
    expect(minuteOfRollback(kayenta(), minutes)).toBeNull()
  })

  // The 20th difference is 20 ms, the median 900 ms; a quarter of that is not cleared.
  it('passes where the lower end does not clear a quarter of the shift', () => {
    const slow = (p99Ms: number) => minute({ p99Ms }, { p99Ms: 100 })
    const minutes = Array.from({ length: 10 }, (_, i) => slow(i < 7 ? 1_000 : 120))
    expect(minuteOfRollback(kayenta(), minutes)).toBeNull()
    const clearly = Array.from({ length: 10 }, (_, i) => slow(i < 7 ? 1_000 : 500))
    expect(minuteOfRollback(kayenta(), clearly)).toBe(10)
  })
})

describe('the repeated z-test', () => {
  // P = 30/2000 = .015, variance .015 * .985 * 2/1000 = 2.955e-5, and .01 / 5.436e-3 = 1.8396.
  it('pools both arms', () => {
    expect(zOf({ n: 1_000, x: 20 }, { n: 1_000, x: 10 })).toBeCloseTo(1.8396, 4)
    expect(zOf({ n: 1_000, x: 0 }, { n: 1_000, x: 0 })).toBe(0)
    expect(zOf({ n: 0, x: 0 }, { n: 1_000, x: 10 })).toBe(0)
  })

  // z grows with the root of the minutes: 1.84 after one, 2.60 after two.
  it('adds up the minutes', () => {
    const minutes = Array(5).fill(minute({ requests: 1_000, bad: 20 }, { requests: 1_000, bad: 10 }))
    expect(minuteOfRollback(repeatedZTest(), minutes)).toBe(2)
  })

  it('sees slow answers, too', () => {
    const slow = minute(
      { requests: 1_000, good: 1_000, slow: 100 },
      { requests: 1_000, good: 1_000, slow: 10 },
    )
    expect(minuteOfRollback(repeatedZTest(), [slow])).toBe(1)
  })
})

describe('the traffic', () => {
  it.each([0.5, 3, 29, 31, 4_000])('is Poisson at a mean of %d', (mean) => {
    const random = seeded(7)
    const draws = Array.from({ length: 400_000 }, () => poisson(mean, random))
    const average = draws.reduce((sum, count) => sum + count, 0) / draws.length
    const variance = draws.reduce((sum, count) => sum + (count - average) ** 2, 0) / draws.length
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(mean / draws.length))
    expect(variance / mean).toBeGreaterThan(0.99)
    expect(variance / mean).toBeLessThan(1.01)
  })

  // 320/1.2 ms is 1.9616 standard deviations out, and beyond lie 2.49 %.
  it('has one slow answer in a hundred, and 2.49 where the slowest are 20 % slower', () => {
    expect(slowShare(1)).toBeCloseTo(0.01, 6)
    expect(slowShare(1.2)).toBeCloseTo(0.0249, 4)
    expect(slowShare(1.5)).toBeCloseTo(0.05, 6)
  })

  it.each([20, 20_000])('draws them so, of %i answers at a time', (mean) => {
    const random = seeded(7)
    const slower = durations(2)
    let [n, slow] = [0, 0]
    while (n < 200_000) {
      const drawn = drawDurations(slower, mean, random)
      n += drawn.reduce((sum, [, count]) => sum + count, 0)
      slow += slowOf(drawn)
    }
    expect(slow / n).toBeCloseTo(0.05, 2)
  })

  it('is the same for the same seed', () => {
    const cell = { scenario: errors(0.01, 5), requestsPerSecond: 100, share: 0.1 }
    expect(judgedHour(cell, 1)).toEqual(judgedHour(cell, 1))
    expect(judgedHour(cell, 1)).not.toEqual(judgedHour(cell, 2))
  })

  it('harms so many users more as fail, or wait, beyond what stable would have cost them', () => {
    const cell = { scenario: errors(0.01, 2), requestsPerSecond: 100, share: 0.1 }
    // 10 requests a second, of which 1 % fail without need.
    expect(judgedHour(cell, 1).decisions.Argo).toEqual({ rolledBackAt: null, harmed: expect.closeTo(360, 6) })
  })
})

test('an outage reaches the candidate first and leaves both together', () => {
  const course = outage(300, 10, true).open(0.1, seeded(1))
  expect([1_800, 1_805, 1_810, 2_105, 2_110].map((from) => course.candidate(from, from + 5))).toEqual(
    [0.3, 0.3, 0.3, 0.3, 0.005].map((share) => expect.closeTo(share, 9)),
  )
  expect([1_800, 1_805, 1_810, 2_105, 2_110].map((from) => course.stable(from, from + 5))).toEqual(
    [0.005, 0.005, 0.3, 0.3, 0.005].map((share) => expect.closeTo(share, 9)),
  )
})

test('who also rolls back the unchanged is in brackets, and fewest harmed among the others is bold', () => {
  const traffic = { requestsPerSecond: 100, share: 0.1 }
  const unchanged = {
    scenario: noChange(0.01),
    isPromised: true,
    cells: [{ scenario: noChange(0.01), ...traffic }],
  }
  const worse = {
    scenario: errors(0.01, 5),
    isPromised: true,
    cells: [{ scenario: errors(0.01, 5), ...traffic }],
  }
  const found = new Map([
    [unchanged.cells[0]!, hours({ Flagger: 300 })],
    [worse.cells[0]!, hours({ Sluice: 40, Flagger: 20, 'Kayenta-like': 600 })],
  ])
  const [, , line] = tableOfDetection([worse], [unchanged], found).split('\n')
  expect(line!.replaceAll(/ +/g, ' ')).toBe(
    '| 1% x5 | 100/10% | **100% 40/40, 40** | (100% 20/20, 20) | 0%, 3,600 | 100% 600/600, 600 | (0%, 3,600) |',
  )
  expect(winsOf([worse], [unchanged], found)).toBe(
    'Sluice 1, Flagger 0, Argo 0, Kayenta-like 0, z-test 0, nobody 0',
  )
})

test('a quantile is the smallest value that so many do not exceed', () => {
  expect(quantile([5, 10, 15, 20], 0.5)).toBe(10)
  expect(quantile([5, 10, 15, Infinity], 0.9)).toBe(Infinity)
  expect(quantile([5], 0.9)).toBe(5)
})

const usual: Totals = { requests: 100, bad: 0, p99Ms: null, good: 0, slow: 0 }
const good = minute({})
const bad = minute({ bad: 50 }, { bad: 50 })

function minute(candidate: Partial<Totals>, stable: Partial<Totals> = {}): Minute {
  const arm = { ...usual, ...stable }
  return { candidate: { ...usual, ...candidate }, stable: arm, fork: arm }
}

/** Two hours in which these judges rolled back at these seconds, and every second harmed one user. */
function hours(rolledBackAt: Partial<Record<Judge, number>>): JudgedHour[] {
  const decisions = mapJudges((judge) => ({
    rolledBackAt: rolledBackAt[judge] ?? null,
    harmed: rolledBackAt[judge] ?? 3_600,
  }))
  return [
    { decisions, foundGoodAt: null },
    { decisions, foundGoodAt: null },
  ]
}

/** The first is minute 1. */
function minuteOfRollback(rule: Rule, minutes: readonly Minute[]): number | null {
  const index = minutes.findIndex((minute) => rule(minute))
  return index === -1 ? null : index + 1
}

/** Which of the ordered differences, counted from 1, is the lower end: they are 1 .. m * m here. */
function orderOfLower(m: number): number {
  const candidate = Array.from({ length: m }, (_, i) => i * m + 1)
  const baseline = Array.from({ length: m }, (_, j) => -j)
  return shiftOf(candidate, baseline)!.lower
}

/** In how many of the ways in which m of 2m ranks fall to the candidate U is 0, 1, 2 and so on. */
function ranksums(m: number): number[] {
  const ways = Array<number>(m * m + 1).fill(0)
  for (let taken = 0; taken < 2 ** (2 * m); taken++) {
    let [candidates, u] = [0, 0]
    for (let rank = 0; rank < 2 * m; rank++) {
      if ((taken >> rank) & 1) candidates++
      else u += candidates
    }
    if (candidates === m) ways[u]!++
  }
  return ways
}

/** The smallest U that is not exceeded with at least this chance. */
function firstReached(ways: readonly number[], chance: number): number {
  const all = ways.reduce((sum, count) => sum + count, 0)
  let atMost = 0
  return ways.findIndex((count) => {
    atMost += count
    return atMost / all >= chance
  })
}
