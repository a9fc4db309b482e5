import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { lockfile } from './lockfile.ts'

const manifest = { name: 'shop', dependencies: { express: '^5.0.0' }, scripts: { start: 'node server.js' } }
const locked = (range: string) => ({
  lockfileVersion: 3,
  packages: { '': { dependencies: { express: range } } },
})

it('passes with one lockfile that was made of this manifest', async () => {
  const { status, evidence } = await found(lockfile, {
    'package.json': manifest,
    'package-lock.json': locked('^5.0.0'),
  })
  expect(status).toBe('pass')
  expect(evidence).toEqual([{ says: 'a lockfile of npm', file: 'package-lock.json', method: 'static' }])
})

it.each([
  ['none', {}, 'there is no lockfile'],
  ['two of different managers', { 'package-lock.json': locked('^5.0.0'), 'yarn.lock': '' }, 'contradict'],
  [
    'one of another manifest',
    { 'package-lock.json': locked('^4.0.0') },
    'express ^5.0.0 (locked for ^4.0.0)',
  ],
])('fails with %s', async (_, files, says) => {
  const finding = await found(lockfile, { 'package.json': manifest, ...files })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('does not know a lockfile of an older form', async () => {
  const files = { 'package.json': manifest, 'package-lock.json': { lockfileVersion: 1, dependencies: {} } }
  expect((await found(lockfile, files)).status).toBe('unknown')
})

it('takes requirements that name every version for a lockfile, and no others', async () => {
  const app = {
    'package.json': '',
    'server.js': '',
    'main.py': 'from flask import Flask\napp = Flask(__name__)\n',
  }
  const pinned = await found(lockfile, { ...app, 'requirements.txt': 'flask==3.1.0\n# tools\n' })
  expect(pinned.status).toBe('pass')
  const loose = await found(lockfile, { ...app, 'requirements.txt': 'flask>=3\n' })
  expect(loose).toMatchObject({
    status: 'fail',
    evidence: [{ says: 'flask>=3 names no one version', line: 1 }],
  })
})

it('does not concern an app that installs nothing', async () => {
  expect((await found(lockfile, {})).status).toBe('na')
})
