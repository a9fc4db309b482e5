import { expect, test } from 'vitest'
import { decodeName, encodeName } from './name.ts'

test.each([
  ['r7-0-1', 'r7-0-1'],
  ['shop/production', 'shop_2fproduction'],
  ['a_b', 'a_5fb'],
  ['x\n;#"\' ë', 'x_0a_3b_23_22_27_20_c3_ab'],
])('writes %j so that HAProxy takes it for one word, and reads it again', (text, name) => {
  expect(encodeName(text)).toBe(name)
  expect(decodeName(name)).toBe(text)
})
