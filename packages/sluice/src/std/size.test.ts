import { expect, it } from 'vitest'
import { parseSize } from './size.ts'

it.each([
  ['500b', 500],
  ['500kb', 512_000],
  ['10MB', 10_485_760],
  ['1 gb', 1_073_741_824],
])('reads %s as %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

it.each(['', '10', 'mb', '-1mb', '1.5mb', '1tb'])('does not guess at %j', (text) => {
  expect(parseSize(text)).toBeNull()
})
