import { expect, test } from 'vitest'
import { framedMessages } from './framed-messages.ts'

test('cuts messages out of pieces that end anywhere', () => {
  const stream = Buffer.from('5 hello4 Zoë11 with 7 fake')
  for (let size = 1; size <= stream.length; size++) {
    const found: string[] = []
    const take = framedMessages((text) => found.push(text))
    for (let at = 0; at < stream.length; at += size) take(stream.subarray(at, at + size))
    expect(found).toEqual(['hello', 'Zoë', 'with 7 fake'])
  }
})

test.each(['hello world', ' 5 hello', '99999999 x', '12345678901234567890'])('refuses %j', (text) => {
  expect(() => framedMessages(() => {})(Buffer.from(text))).toThrow(/no length/)
})
