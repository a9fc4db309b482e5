import { expect, it } from 'vitest'
import { elapsed, roughly } from './time.ts'

it.each([
  [-5, '0.0 s'],
  [480, '0.5 s'],
  [59_949, '59.9 s'],
  [59_960, '0:59'],
  [127_000, '2:07'],
  [3_727_000, '1:02:07'],
])('%d ms into a rollout is shown as %s', (ms, shown) => {
  expect(elapsed(ms)).toBe(shown)
})

it.each([
  [1_500, '1.5 s'],
  [900_000, '15 min'],
  [5_400_000, '1.5 h'],
])('a plan calls %d ms %s', (ms, shown) => {
  expect(roughly(ms)).toBe(shown)
})
