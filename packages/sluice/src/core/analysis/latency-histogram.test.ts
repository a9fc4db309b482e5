import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf } from '../../std/histogram.ts'
import {
  addTo,
  decay,
  exceeding,
  growthOf,
  highestOf,
  type LatencyHistogram,
  overflowBucket,
  quantileBucket,
  totalOf,
  upperEdgeMs,
} from './latency-histogram.ts'

const histogram = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -107, max: 539 }), fc.integer({ min: 1, max: 50 })), {
    selector: ([index]) => index,
  })
  .map((buckets): LatencyHistogram => buckets.toSorted(([a], [b]) => a - b))

test('a bucket holds durations up to its edge', () => {
  fc.assert(
    fc.property(fc.integer({ min: -107, max: overflowBucket - 1 }), (index) => {
      expect(bucketOf(upperEdgeMs(index) * 0.999)).toBe(index)
      expect(bucketOf(upperEdgeMs(index) * 1.001)).toBe(index + 1)
    }),
  )
})

test('the first and the last bucket have no outer edge', () => {
  expect(upperEdgeMs(bucketOf(Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY)
  expect(upperEdgeMs(bucketOf(0) - 1)).toBe(0)
})

test('a quantile is the first bucket with enough at or below it', () => {
  const answers: LatencyHistogram = [
    [10, 90],
    [20, 5],
    [30, 5],
  ]
  expect([0.5, 0.9, 0.91, 0.95, 0.951, 1].map((tau) => quantileBucket(answers, tau))).toEqual([
    10, 10, 20, 20, 30, 30,
  ])
  expect(quantileBucket([], 0.5)).toBeNull()
})

test('what is above a bucket leaves out the bucket itself', () => {
  const answers: LatencyHistogram = [
    [10, 90],
    [20, 5],
  ]
  expect([9, 10, 19, 20].map((bucket) => exceeding(answers, bucket))).toEqual([95, 5, 5, 0])
})

test('adding loses nothing and keeps the order', () => {
  fc.assert(
    fc.property(histogram, histogram, (a, b) => {
      const sum = addTo(a, b)
      const indices = sum.map(([index]) => index)
      expect(indices).toEqual([...new Set([...a, ...b].map(([index]) => index))].toSorted((i, j) => i - j))
      for (const index of [-200, ...indices])
        expect(exceeding(sum, index)).toBe(exceeding(a, index) + exceeding(b, index))
    }),
  )
})

test('half is left after each half-life', () => {
  expect(decay([[3, 8]], 300)).toEqual([[3, 4]])
  expect(decay([[3, 8]], 20, 10)).toEqual([[3, 2]])
  expect(
    totalOf(
      decay(
        [
          [3, 8],
          [4, 8],
        ],
        0,
      ),
    ),
  ).toBe(16)
})

test('of cumulative histograms the growth and the highest counts are known bucket by bucket', () => {
  const before: LatencyHistogram = [
    [3, 5],
    [7, 2],
  ]
  const now: LatencyHistogram = [
    [1, 4],
    [3, 6],
    [7, 2],
  ]
  expect(growthOf(before, now)).toEqual([
    [1, 4],
    [3, 1],
  ])
  expect(growthOf(now, before)).toEqual([])
  expect(highestOf(before, now)).toBe(now)
  expect(highestOf(now, before)).toEqual(now)
  expect(highestOf(before, [])).toEqual(before)
})
