import { expect, it } from 'vitest'
import { builtAbove, goServer, lookAt, lookAtMember } from '../look.fixture.ts'
import { declaredPackages } from './declared-packages.ts'

it('names what an app depends on, with the line', async () => {
  const look = await lookAt({
    'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies: { pino: '^9.0.0' } },
  })
  expect(declaredPackages(look)).toEqual([{ name: 'pino', file: 'package.json', line: 7 }])
})

it('names what the packages of its workspace depend on that it runs with', async () => {
  const look = await lookAtMember('apps/api', {
    'package.json': '{ "workspaces": ["apps/*", "packages/*"], "dependencies": { "of-all": "1" } }',
    'package-lock.json': { lockfileVersion: 3, packages: {} },
    'apps/api/package.json':
      '{ "scripts": { "start": "node a.js" }, "dependencies": { "logs": "1", "pino": "9" } }',
    'apps/api/sluice.yaml': builtAbove,
    'packages/logs/package.json': '{ "name": "logs", "dependencies": { "@sentry/node": "9" } }',
    'packages/other/package.json': '{ "name": "other", "dependencies": { "not-ours": "1" } }',
  })
  expect(declaredPackages(look)).toEqual([
    { name: 'logs', file: 'apps/api/package.json', line: 1 },
    { name: 'pino', file: 'apps/api/package.json', line: 1 },
    { name: '@sentry/node', file: 'packages/logs/package.json', line: 1 },
  ])
})

it('takes the manifest of a workspace for none of its members', async () => {
  const look = await lookAtMember('apps/api', {
    'package.json': '{ "workspaces": ["apps/*"], "dependencies": { "of-all": "1" } }',
    'apps/api/package.json5': '{ scripts: { start: "node a.js" }, dependencies: { pino: "9" } }',
    'apps/api/sluice.yaml': builtAbove,
  })
  expect(declaredPackages(look)).toEqual([])
})

it('names what the modules require that a server of Go is made of, wherever they begin', async () => {
  const look = await lookAtMember('backend/cmd/api', {
    'backend/go.mod':
      'module shop\n\ngo 1.26\n\nrequire github.com/a/a v1.0.0\n\nreplace shop/logs => ../logs\n',
    'backend/cmd/api/main.go': goServer('shop/logs/json'),
    'backend/cmd/worker/main.go': goServer(),
    'backend/cmd/api/sluice.yaml': 'app: shop\nbuild: { context: ../../.. }\n',
    'logs/go.mod': 'module shop/logs\n\nrequire github.com/b/b v1.0.0\n',
    'logs/json/json.go': 'package json\n\nfunc Log() {}\n',
    'other/go.mod': 'module shop/other\n\nrequire github.com/c/c v1.0.0\n',
  })
  expect(declaredPackages(look)).toEqual([
    { name: 'github.com/a/a', file: 'backend/go.mod', line: 5 },
    { name: 'github.com/b/b', file: 'logs/go.mod', line: 3 },
  ])
})
