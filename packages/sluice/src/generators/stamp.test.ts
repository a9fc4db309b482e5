import { expect, test } from 'vitest'
import { madeBy } from './generator.ts'
import { stamped, stateOf } from './stamp.ts'

const before = `# syntax=one\n${madeBy()}\nFROM node:22\n`
const after = `# syntax=one\n${madeBy()}\nFROM node:24\n`

test('a generated file says how to tell when it is out of date, and what it was made of', () => {
  expect(stamped(before)).toMatch(/^# Made by `sluice init`\. .*--check.* \([0-9a-f]{8}\)$/m)
})

test('a file is told from what a generator makes now, and from what a person made of it', () => {
  const untouched = stamped(before)
  const edited = untouched.replace('FROM', 'ARG MINE=1\nFROM')
  expect(stateOf(untouched, before)).toBe('same')
  expect(stateOf(edited, before)).toBe('changed')
  expect(stateOf(untouched, after)).toBe('outdated')
  expect(stateOf(edited, after)).toBe('changed and outdated')
  expect(stateOf('FROM node:22\n', before)).toBe('own')
  expect(stateOf('', before)).toBe('own')
  expect(stateOf(before, before)).toBe('own')
})

test('line ends of another machine are a change like any other', () => {
  expect(stateOf(stamped(before).replaceAll('\n', '\r\n'), before)).toBe('changed')
})
