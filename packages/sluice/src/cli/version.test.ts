import { expect, it } from 'vitest'
import { isOlder, ownVersion } from './version.ts'

it.each([
  ['0.1.0', '0.2.0', true],
  ['0.9.9', '0.10.0', true],
  ['1.0.0', '0.9.9', false],
  ['0.1.0', '0.1.0', false],
  ['0.1.0-rc.1', '0.1.0', false],
])('an agent of %s is older than a CLI of %s: %s', (agent, own, older) => {
  expect(isOlder(agent, own)).toBe(older)
})

it('is the version of the package', () => {
  expect(ownVersion()).toMatch(/^\d+\.\d+\.\d+/)
})
