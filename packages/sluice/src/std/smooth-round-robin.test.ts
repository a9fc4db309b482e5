import { expect, test } from 'vitest'
import { drawSmoothly } from './smooth-round-robin.ts'

function weighted(...weights: number[]) {
  return weights.map((weight) => ({ weight, credit: 0 }))
}

test('spreads the draws of weights 5, 1, 1 as a a b a c a a', () => {
  const abc = weighted(5, 1, 1)
  expect(Array.from({ length: 7 }, () => 'abc'[drawSmoothly(abc)]).join(' ')).toBe('a a b a c a a')
})

test('gives exactly 5 % in every window of 200 at weights 9500 and 500', () => {
  const two = weighted(9500, 500)
  const draws = Array.from({ length: 20_000 }, () => drawSmoothly(two))
  for (let at = 0; at + 200 <= draws.length; at += 50)
    expect(draws.slice(at, at + 200).filter((drawn) => drawn === 1)).toHaveLength(10)
})

test('makes no burst when the weights change, because the credits stay', () => {
  const two = weighted(9900, 100)
  for (let i = 0; i < 1000; i++) drawSmoothly(two)
  two[0]!.weight = 9500
  two[1]!.weight = 500
  const draws = Array.from({ length: 40 }, () => drawSmoothly(two))
  expect(draws.filter((drawn) => drawn === 1).length).toBeLessThanOrEqual(3)
})

test('draws nothing where nothing has a weight', () => {
  expect(drawSmoothly(weighted(0, 0))).toBe(-1)
  expect(drawSmoothly([])).toBe(-1)
})
