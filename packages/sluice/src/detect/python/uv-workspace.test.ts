import { describe, expect, it } from 'vitest'
import type { Project, PythonFacts } from '../facts.ts'
import { detected } from '../folder.fixture.ts'

const flask = 'from flask import Flask\n\napp = Flask(__name__)\n'

function project(name: string, dependencies: string[], more = ''): string {
  return `[project]\nname = "${name}"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ${JSON.stringify(dependencies)}\n${more}`
}

const lock = 'version = 1\nrevision = 5\nrequires-python = ">=3.12, <3.14"\n'
const files = {
  'pyproject.toml': '[tool.uv.workspace]\nmembers = ["apps/*", "libs/*"]\nexclude = ["apps/old"]\n',
  'uv.lock': lock,
  'apps/api/pyproject.toml': project('Shop_API', ['flask', 'gunicorn', 'words']),
  'apps/api/main.py': flask,
  'apps/old/pyproject.toml': project('old', ['flask', 'gunicorn']),
  'apps/old/main.py': flask,
  'libs/words/pyproject.toml': project('words', ['psycopg', 'Deep.Words']),
  'libs/deep/pyproject.toml': project('deep-words', ['redis', 'words']),
}

function appIn({ apps }: Project, folder: string): PythonFacts {
  const app = apps.find((one) => one.folder === folder)
  if (app?.stack !== 'python') throw new Error(`no app of Python in ${folder}: ${JSON.stringify(apps)}`)
  return app
}

describe('a member of a uv workspace', () => {
  it('is installed by uv, by its name, from the lockfile of all', async () => {
    const found = await detected(files)
    expect(found.apps.map(({ folder }) => folder)).toEqual(['apps/api', 'apps/old'])
    expect(appIn(found, 'apps/api')).toMatchObject({
      ...{ name: 'shop-api', workspaceRoot: '.', workspacePackage: 'shop-api' },
      manager: {
        value: 'uv',
        from: {
          file: 'pyproject.toml',
          line: 2,
          says: 'members of the uv workspace are apps/*, libs/*',
        },
      },
      lockfiles: ['../../uv.lock'],
      version: { value: '3.13', from: { file: 'uv.lock', line: 3 } },
      start: { value: ['gunicorn', 'main:app'] },
    })
    expect(found.questions).toEqual([])
    expect(found.notes).toEqual(['not taken for apps, as nothing starts them: libs/deep, libs/words'])
  })

  it('needs what the members need that it installs', async () => {
    const app = appIn(await detected(files), 'apps/api')
    expect(app.dependencies).toEqual(['flask', 'gunicorn', 'words', 'psycopg', 'deep-words', 'redis'])
    expect(app.services).toMatchObject([
      { value: 'postgres', from: { file: 'libs/words/pyproject.toml' } },
      { value: 'redis', from: { file: 'libs/deep/pyproject.toml' } },
    ])
    expect(app.systemPackages.run).toEqual(['libpq5'])
  })

  it('is none where it is excluded', async () => {
    expect(appIn(await detected(files), 'apps/old')).toMatchObject({
      ...{ workspaceRoot: null, workspacePackage: null, lockfiles: [] },
      manager: { value: 'pip' },
    })
  })

  it('is asked nothing for a list that is for pip', async () => {
    const found = await detected({ ...files, 'apps/api/requirements.txt': 'flask\n' })
    expect(found.questions).toEqual([])
    expect(appIn(found, 'apps/api').manager.value).toBe('uv')
  })

  it('runs on the Python that is written down for all, as uv looks for it there', async () => {
    const found = await detected({
      ...files,
      '.python-version': '3.12\n',
      'apps/api/.python-version': '3.11\n',
    })
    expect(appIn(found, 'apps/api').version).toMatchObject({
      value: '3.12',
      from: { file: '.python-version' },
    })
  })

  it('may be the root itself', async () => {
    const found = await detected({
      'pyproject.toml': project(
        'shop',
        ['flask', 'gunicorn', 'words'],
        '\n[tool.uv.workspace]\nmembers = ["libs/*"]\n',
      ),
      'main.py': flask,
      'uv.lock': lock,
      'libs/words/pyproject.toml': project('words', []),
    })
    expect(found.apps).toMatchObject([
      { folder: '.', workspaceRoot: '.', workspacePackage: 'shop', lockfiles: ['uv.lock'] },
    ])
  })
})

describe('a project that takes another from a folder', () => {
  const from = (path: string) =>
    `\n[tool.uv.sources]\nwords = { path = "${path}" }\nflask = { index = "x" }\n`
  const why = 'which is not copied when it is built: make both of them members of one uv workspace'

  it.each([
    ['../words', [`pyproject.toml takes words from ../words, ${why}`]],
    ['/home/me/words', [`pyproject.toml takes words from /home/me/words, ${why}`]],
    ['libs/words', []],
  ])('is told of %s: %j', async (path, notes) => {
    const found = await detected({
      'pyproject.toml': project('shop', ['flask', 'gunicorn'], from(path)),
      'main.py': flask,
      'uv.lock': lock,
    })
    expect(appIn(found, '.').workspaceRoot).toBeNull()
    expect(found.notes).toEqual(notes)
  })

  it('may take what is anywhere in its workspace', async () => {
    const api = project('Shop_API', ['flask', 'gunicorn', 'words'], from('../../libs/words'))
    const { notes } = await detected({ ...files, 'apps/api/pyproject.toml': api })
    expect(notes.join()).not.toContain(why)
  })
})

describe('a uv workspace', () => {
  it('without a lockfile is noted once, however many apps it has', async () => {
    const { 'uv.lock': _, ...rest } = files
    const found = await detected({
      ...rest,
      'apps/web/pyproject.toml': project('web', ['flask', 'gunicorn']),
      'apps/web/main.py': flask,
    })
    expect(appIn(found, 'apps/api')).toMatchObject({ manager: { value: 'uv' }, lockfiles: [] })
    expect(found.notes.filter((one) => one.includes('uv.lock'))).toEqual([
      'There is no uv.lock: what is installed may differ from what was tested. Make one with uv lock, and commit it',
    ])
  })

  it.each([
    [
      '["apps/*", "libs/*", "gone/*"]',
      {},
      'pyproject.toml: gone/* in members of the uv workspace names no folder',
    ],
    [
      '["apps/*", "libs/*"]',
      { 'libs/stray/x.py': '' },
      'libs/stray is in the uv workspace and has no pyproject.toml: uv installs nothing before it has, or is excluded',
    ],
    [
      '["apps/*", "libs/*"]',
      { 'libs/stray/pyproject.toml': '[tool.uv]\n' },
      'libs/stray is in the uv workspace and has no [project] with a name in pyproject.toml: uv installs nothing before it has, or is excluded',
    ],
    ['["apps/*", "libs/*", "../x"]', {}, '../x leads out of the folder and was not followed'],
  ])('of %s with %j has its apps, and a note', async (members, more, note) => {
    const found = await detected({
      ...files,
      ...more,
      'pyproject.toml': `[tool.uv.workspace]\nmembers = ${members}\n`,
    })
    expect(appIn(found, 'apps/api').workspacePackage).toBe('shop-api')
    expect(found.notes.filter((one) => !one.startsWith('not taken'))).toEqual([note])
  })

  it.each(['3', '"apps/*"', '[1, {}]', '[""]', '{ a = 1 }', '["**"]', '["/etc"]'])(
    'with members = %s breaks nothing',
    async (members) => {
      const root = `[tool.uv.workspace]\nmembers = ${members}\nexclude = ${members}\n`
      const found = await detected({ ...files, 'pyproject.toml': root })
      expect(found.apps.map(({ folder }) => folder)).toContain('apps/api')
    },
  )
})
