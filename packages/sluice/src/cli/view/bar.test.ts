import { expect, it } from 'vitest'
import { bar } from './bar.ts'

it.each([
  [0, ''],
  [1, '▏'],
  [100, '▏'],
  [5_000, '█████'],
  [5_500, '█████▌'],
  [10_000, '██████████'],
])('%d basis points of ten cells look like "%s"', (share, drawn) => {
  expect(bar(share, 10)).toBe(drawn)
})
