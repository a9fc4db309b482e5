import { expect, test } from 'vitest'
import { xxh32 } from './xxh32.ts'

test.each([
  ['', 0x02cc5d05, 7589],
  ['a', 0x550d7456, 5110],
  ['foobar', 0xeda34aaf, 1679],
  ['rel42:user-1', 0x51db3693, 851],
  ['rel42:u0', 0x0f6e1693, 2979],
  ['rel42:Zoë', 0xb1ff9485, 6933],
])('puts %j into the bucket that HAProxy puts it into', (text, hash, bucket) => {
  expect(xxh32(text)).toBe(hash)
  expect(xxh32(text) % 10_000).toBe(bucket)
})

test('hashes texts longer than a stripe and longer than its scratch memory', () => {
  expect(xxh32('Nobody inspects the spammish repetition')).toBe(0xe2293b2f)
  expect(xxh32('x'.repeat(5000))).toBe(xxh32(`${'x'.repeat(4999)}x`))
  expect(xxh32('x'.repeat(5000))).not.toBe(xxh32('x'.repeat(4999)))
})
