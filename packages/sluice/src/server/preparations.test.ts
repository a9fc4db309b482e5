import { expect, it } from 'vitest'
import { Preparations } from './preparations.ts'

it('lets one prepare at a time, and says who does', () => {
  const preparations = new Preparations()
  const first = preparations.take('shop/production', 'ann', false)
  expect(() => preparations.take('shop/production', 'bea', false)).toThrow(
    'A deploy of shop/production by ann is being prepared.',
  )
  first.end()
  preparations.take('shop/production', 'bea', false)
})

it('ends the older one at its next step, saying what took its place', () => {
  const preparations = new Preparations()
  const first = preparations.take('shop/preview-a', 'ann', false)
  first.check()
  const second = preparations.take('shop/preview-a', 'bea', true, 'removal')
  expect(() => first.check()).toThrow(
    'A newer removal of shop/preview-a by bea took the place of this deploy.',
  )
  // What has lost its place takes nobody else's away.
  first.end()
  expect(preparations.isTaken('shop/preview-a')).toBe(true)
  second.end()
  expect(preparations.isTaken('shop/preview-a')).toBe(false)
})
