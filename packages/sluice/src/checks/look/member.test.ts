import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtAbove, lookAtMember } from '../look.fixture.ts'
import { openLook } from './open-look.ts'

const npm = {
  'package.json': { name: 'shop', workspaces: ['apps/*', 'packages/*'], engines: { node: '>=24' } },
  'package-lock.json': { lockfileVersion: 3, packages: {} },
  'apps/api/package.json': {
    name: '@shop/api',
    scripts: { start: 'node server.js' },
    dependencies: { '@shop/store': '*' },
  },
  'apps/api/server.js': "require('@shop/store')\n",
  'apps/api/sluice.yaml': builtAbove,
  'packages/store/package.json': { name: '@shop/store' },
  'packages/store/index.js': 'exports.url = process.env.DATABASE_URL\n',
  'packages/store/index.test.js': '',
  'packages/store/README.md': '',
  'packages/other/package.json': { name: '@shop/other' },
  'packages/other/index.js': '',
}

describe('an app that is built of more than its folder', () => {
  it('is looked at as a part of it, with all paths seen from its folder', async () => {
    const { app, detected, project, files } = await lookAtMember('apps/api', npm)
    expect(app).toMatchObject({
      ...{ folder: '.', workspaceRoot: '../..', lockfiles: ['../../package-lock.json'] },
      packageManager: { value: 'npm', from: { file: '../../package-lock.json' } },
      version: { value: '26', from: { file: '../../package.json' } },
      because: { file: 'package.json' },
    })
    expect(files.at(app.version!.from.file)).toBe('package.json')
    expect(detected).toMatchObject({ folder: 'apps/api', workspaceRoot: '.' })
    expect(project.apps).toContain(detected)
  })

  it('has its code elsewhere among its files, and no other file of there', async () => {
    const { files, variables } = await lookAtMember('apps/api', npm)
    expect(files.paths).toEqual(['package.json', 'server.js', 'sluice.yaml', '../../packages/store/index.js'])
    expect(files.matching(/\.js$/)).toEqual(['server.js', '../../packages/store/index.js'])
    expect(files.read('../../packages/store/index.js')).toContain('DATABASE_URL')
    expect(files.exists('../../package-lock.json')).toBe(true)
    expect((await variables()).variables).toMatchObject([
      { name: 'DATABASE_URL', places: [{ file: '../../packages/store/index.js', line: 1 }] },
    ])
  })

  it('has it wherever the workspace lies', async () => {
    const below = Object.fromEntries(
      Object.entries(npm).map(([path, text]) => [`examples/shop/${path}`, text]),
    )
    const { files } = await lookAtMember('examples/shop/apps/api', below)
    expect(files.paths.at(-1)).toBe('../../packages/store/index.js')
  })

  it('cannot be used to read what is outside of the repository', async () => {
    const { files } = await lookAtMember('apps/api', npm)
    expect(files.read(`../../..${import.meta.filename}`)).toBeNull()
    const up = '../'.repeat(20)
    expect(files.read(`${up}${import.meta.filename.slice(1)}`)).toBeNull()
  })

  it.each([
    ['packages/store/index.js', false],
    ['package-lock.json', false],
    ['apps/api/server.js', false],
    ['packages/store/README.md', true],
    ['packages/other/index.js', true],
  ])('is another one where what it is built of has changed: %s', async (path, isSame) => {
    const look = await lookAtMember('apps/api', npm)
    const before = look.files.treeHash()
    appendFileSync(join(look.repositoryFiles.root, path), '\n')
    const again = await openLook(look.files.root, { now: look.now })
    expect(again.files.treeHash() === before).toBe(isSame)
  })

  it('is known as such by a sluice.yaml with a mistake in it too', async () => {
    const files = { ...npm, 'apps/api/sluice.yaml': 'app: shop\nbuild: { context: ../.. }\nhealht: {}\n' }
    const { app, config } = await lookAtMember('apps/api', files)
    expect([config, app.workspaceRoot]).toEqual([null, '../..'])
  })
})

it.each([
  ['its sluice.yaml does not say so', { 'apps/api/sluice.yaml': 'app: shop\n' }],
  ['it is built of its own folder', { 'apps/api/sluice.yaml': 'build: { context: . }\n' }],
  [
    'what it is built of is outside of the repository',
    { 'apps/api/sluice.yaml': 'build: { context: ../../.. }\n' },
  ],
  [
    'what it is built of does not hold it',
    { 'apps/api/sluice.yaml': 'build: { context: ../../packages }\n' },
  ],
  ['what it is built of is not there', { 'apps/api/sluice.yaml': 'build: { context: ../../gone }\n' }],
  ['a repository begins in its folder', { 'apps/api/.git/HEAD': 'ref: refs/heads/main\n' }],
])('looks at the folder alone where %s', async (_, files) => {
  const { app, project, files: own } = await lookAtMember('apps/api', { ...npm, ...files })
  expect(app.workspaceRoot).toBeNull()
  expect(project.root).toBe(own.root)
})

it('looks at the folder alone where there is no repository that bounds it', async () => {
  const { repositoryFiles } = await lookAtMember('apps/api', npm)
  rmSync(join(repositoryFiles.root, '.git'), { recursive: true })
  const { project } = await openLook(join(repositoryFiles.root, 'apps/api'), { now: 0 })
  expect(project.root).toBe(join(repositoryFiles.root, 'apps/api'))
})
