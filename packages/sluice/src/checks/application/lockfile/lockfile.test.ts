import { expect, it } from 'vitest'
import { builtAbove, found, foundIn, goServer, lookAtMember } from '../../look.fixture.ts'
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

const member = {
  'package.json': { name: 'all', workspaces: ['apps/*'], devDependencies: { typescript: '^5.0.0' } },
  'apps/api/package.json': manifest,
  'apps/api/sluice.yaml': builtAbove,
}
const lockedTogether = (typescript: string, express?: string) => ({
  lockfileVersion: 3,
  packages: {
    '': { devDependencies: { typescript } },
    ...(express === undefined ? {} : { 'apps/api': { dependencies: { express } } }),
  },
})

it.each([
  ['in step', lockedTogether('^5.0.0', '^5.0.0'), 'pass', 'package-lock.json is in step with package.json'],
  ['of another manifest', lockedTogether('^5.0.0', '^4.0.0'), 'fail', 'express ^5.0.0 (locked for ^4.0.0)'],
  ['without the member', lockedTogether('^5.0.0'), 'fail', 'express ^5.0.0 (locked for nothing)'],
  ['of another root', lockedTogether('^4.0.0', '^5.0.0'), 'fail', 'typescript ^5.0.0 (locked for ^4.0.0)'],
])('reads the lockfile of the workspace for a member of it: one %s', async (_, lock, status, says) => {
  const look = await lookAtMember('apps/api', { ...member, 'package-lock.json': lock })
  const finding = await foundIn(look, lockfile)
  expect(finding).toMatchObject({ status, evidence: [{ file: 'package-lock.json' }] })
  expect(finding.says).toContain(says)
})

it.each([
  [
    'a server of Go that is one of several',
    'cmd/api',
    {
      'go.mod': 'module shop\n\ngo 1.26\n',
      'go.sum': 'x',
      'cmd/api/main.go': goServer(),
      'cmd/worker/main.go': goServer(),
      'cmd/api/sluice.yaml': builtAbove,
    },
    'go.sum',
  ],
  [
    'a member of a workspace of uv',
    'apps/api',
    {
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["apps/*"]\n',
      'uv.lock': 'version = 1\n',
      'apps/api/pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
      'apps/api/app.py': 'from flask import Flask\napp = Flask(__name__)\n',
      'apps/api/sluice.yaml': builtAbove,
    },
    'uv.lock',
  ],
])('finds that of %s', async (_, folder, files, file) => {
  expect(await foundIn(await lookAtMember(folder, files), lockfile)).toMatchObject({
    status: 'pass',
    says: `${file} is there`,
    evidence: [{ file }],
  })
})

it('fails for a member with no lockfile, and one with a lockfile of its own by another writer', async () => {
  expect(await foundIn(await lookAtMember('apps/api', member), lockfile)).toMatchObject({
    status: 'fail',
    says: 'there is no lockfile',
  })
  const files = {
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["apps/*"]\n',
    'uv.lock': 'version = 1\n',
    'apps/api/pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
    'apps/api/app.py': 'from flask import Flask\napp = Flask(__name__)\n',
    'apps/api/poetry.lock': '',
    'apps/api/sluice.yaml': builtAbove,
  }
  expect(await foundIn(await lookAtMember('apps/api', files), lockfile)).toMatchObject({
    status: 'fail',
    says: 'uv.lock and poetry.lock contradict each other',
  })
})
