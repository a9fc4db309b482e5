import { expect, test } from 'vitest'
import { addHistogram, bucketOf, countDuration, createHistogram, sparse } from './histogram.ts'

test.each([
  [0.1, -107],
  [1, -1],
  [1.0001, 0],
  [2, 31],
  [10, 106],
  [100, 212],
  [1000, 318],
  [120_000, 539],
  [0, -107],
  [Number.POSITIVE_INFINITY, 539],
])('%d ms falls into bucket %d', (ms, index) => {
  expect(bucketOf(ms)).toBe(index)
})

test('counts the shortest and the longest duration it can be given', () => {
  const histogram = createHistogram()
  countDuration(histogram, 0)
  countDuration(histogram, 1_000_000)
  countDuration(histogram, 10)
  countDuration(histogram, 10)
  expect(sparse(histogram)).toEqual([
    [-107, 1],
    [106, 2],
    [539, 1],
  ])
})

test('adds up without loss', () => {
  const [a, b] = [createHistogram(), createHistogram()]
  countDuration(a, 1)
  countDuration(b, 1)
  countDuration(b, 2)
  addHistogram(a, b)
  expect(sparse(a)).toEqual([
    [-1, 2],
    [31, 1],
  ])
})
