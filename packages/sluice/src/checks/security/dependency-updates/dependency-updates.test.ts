import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { dependencyUpdates } from './dependency-updates.ts'

const app = { 'package.json': { name: 'shop', dependencies: { express: '^5.0.0' } } }
const dependabot = (more: string) => ({
  ...app,
  '.github/dependabot.yml': `version: 2\nupdates:\n  - package-ecosystem: npm\n    directory: /\n${more}`,
})
const renovate = (text: string) => ({ ...app, 'renovate.json': text })

it.each([
  ['Dependabot and a week', dependabot('    cooldown: { default-days: 7 }\n')],
  ['Dependabot for security alone', dependabot('    open-pull-requests-limit: 0\n')],
  ['Renovate and two weeks', renovate('{ "minimumReleaseAge": "14 days" }')],
  ['Renovate and a week', renovate('{ "minimumReleaseAge": "1 week" }')],
  [
    'Renovate within package.json',
    { 'package.json': { name: 'shop', renovate: { minimumReleaseAge: '7 days' } }, Dockerfile: '' },
  ],
])('passes with %s', async (_, files) => {
  expect((await found(dependencyUpdates, files)).status).toBe('pass')
})

it.each([
  ['nothing', app, 'neither'],
  ['nothing to update', { ...app, '.github/dependabot.yml': 'version: 2\n' }, 'told to update nothing'],
  ['no days', dependabot(''), 'npm waits for no days (.github/dependabot.yml:3)'],
  ['too few days', dependabot('    cooldown: { default-days: 3 }\n'), 'only 3 days'],
  ['too few days of Renovate', renovate('{ "minimumReleaseAge": "3 days" }'), '3 days'],
  ['no days of Renovate', renovate('{ "extends": ["config:recommended"] }'), 'no minimumReleaseAge'],
])('fails with %s', async (_, files, says) => {
  const finding = await found(dependencyUpdates, files)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('does not know what stands in a preset of somebody else, or in a broken file', async () => {
  expect((await found(dependencyUpdates, renovate('{ "extends": ["github>acme/presets"] }'))).status).toBe(
    'unknown',
  )
  expect((await found(dependencyUpdates, dependabot('  - ]\n'))).status).toBe('unknown')
})

it('does not concern an app that depends on nothing', async () => {
  expect((await found(dependencyUpdates, {})).status).toBe('na')
})
