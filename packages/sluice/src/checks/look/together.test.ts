import { expect, it } from 'vitest'
import { fail, notApplicable, pass, unknown, warn } from '../check.ts'
import { together } from './together.ts'

const none = unknown('nothing is there')
const at = (file: string) => [{ says: 'seen', file }]

it('lets the worst of several places decide, with its own evidence alone', () => {
  const answers = [
    pass('well', at('a')),
    fail('broken', at('b')),
    unknown('who knows'),
    fail('gone', at('c')),
  ]
  expect(together(answers, none)).toEqual({
    status: 'fail',
    says: 'broken; gone',
    evidence: [
      { says: 'seen', file: 'b' },
      { says: 'seen', file: 'c' },
    ],
  })
})

it('passes where one place holds and the others do not concern it', () => {
  expect(together([notApplicable('no containers'), null, pass('well', at('a'))], none).says).toBe('well')
  expect(together([warn('in part'), pass('well', at('a'))], none).status).toBe('warn')
})

it('takes the other answer where there is no place at all', () => {
  expect(together([null], none)).toBe(none)
})

it('says how many there are beyond the first three', () => {
  const answers = ['a', 'b', 'c', 'd', 'e'].map((name) => fail(name))
  expect(together(answers, none).says).toBe('a; b; c; and 2 more')
})
