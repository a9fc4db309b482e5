import { expect, it } from 'vitest'
import { readAttestations } from './attestations.ts'

const good =
  '{ check: SEC-04, who: Ann, when: 2026-11-01, link: "https://wiki.example/1", expires: 2027-01-30 }'

it('reads who signed for what, when, and until when', () => {
  expect(readAttestations(`# signatures\n- ${good}\n`)).toEqual({
    valid: [
      {
        check: 'SEC-04',
        who: 'Ann',
        when: Date.parse('2026-11-01'),
        link: 'https://wiki.example/1',
        expires: Date.parse('2027-01-30'),
        line: 2,
      },
    ],
    problems: [],
  })
})

it.each([
  ['without an end', '{ check: SEC-04, who: Ann, when: 2026-11-01, link: x }', 'missing: expires'],
  [
    'not filled in',
    '{ check: SEC-04, who: TODO, when: 2026-11-01, link: x, expires: 2027-01-30 }',
    'missing: who',
  ],
  [
    'with a day that is none',
    '{ check: A, who: Ann, when: yesterday, link: x, expires: 2027-01-30 }',
    'wanted dates',
  ],
  [
    'for longer than half a year',
    '{ check: A, who: Ann, when: 2026-11-01, link: x, expires: 2027-11-01 }',
    '180 days',
  ],
  [
    'that ends before it begins',
    '{ check: A, who: Ann, when: 2026-11-01, link: x, expires: 2026-10-01 }',
    'expires before',
  ],
])('does not take one %s', (_, entry, says) => {
  const { valid, problems } = readAttestations(`- ${entry}\n- ${good}\n`)
  expect(valid).toHaveLength(1)
  expect(problems).toEqual([expect.stringContaining(says)])
  expect(problems[0]).toMatch(/^line 1: /)
})

it.each(['', '# none yet\n'])('takes a file without any: %j', (text) => {
  expect(readAttestations(text)).toEqual({ valid: [], problems: [] })
})

it.each(['who: Ann', '[', 'a: *b'])('says what is wrong with a file that is no list: %j', (text) => {
  expect(readAttestations(text).problems).toHaveLength(1)
})
