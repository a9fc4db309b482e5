import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeSnapshot } from './snapshot.ts'

let home: string
let from: string
let to: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-snapshot-'))
  from = join(home, 'app')
  to = join(home, 'copy')
  await mkdir(from)
})

afterEach(() => rm(home, { recursive: true, force: true }))

async function write(files: Record<string, string>, root = from): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = found.filter((it) => !it.isDirectory())
  return files.map((it) => join(it.parentPath, it.name).slice(folder.length + 1)).sort()
}

test('a release does not change when the folder does', async () => {
  await write({ 'server.js': 'one', 'lib/a.js': 'a' })
  await takeSnapshot({ from, to })
  await write({ 'server.js': 'two' })
  await rm(join(from, 'lib'), { recursive: true })
  expect(await readFile(join(to, 'server.js'), 'utf8')).toBe('one')
  expect(await filesIn(to)).toEqual(['lib/a.js', 'server.js'])
})

test('a folder does not change when its release does: nothing is linked', async () => {
  await write({ 'server.js': 'one' })
  await takeSnapshot({ from, to })
  await writeFile(join(to, 'server.js'), 'two')
  expect(await readFile(join(from, 'server.js'), 'utf8')).toBe('one')
  expect((await stat(join(to, 'server.js'))).nlink).toBe(1)
})

test('leaves out what .gitignore and .sluiceignore name, in every folder, and .git always', async () => {
  await write({
    '.git/HEAD': 'ref',
    '.gitignore': 'node_modules/\n*.log\n!keep.log\n/dist\n',
    '.sluiceignore': 'docs/\n!/dist\n',
    'node_modules/x/index.js': '',
    'a.log': '',
    'keep.log': '',
    'dist/app.js': '',
    'docs/index.md': '',
    'lib/dist': 'not at the top',
    'lib/b.log': '',
    'lib/.gitignore': '!b.log\nsecret*\n',
    'lib/secret.txt': '',
    'lib/deep/secrets.txt': '',
    'secret.txt': 'of another folder',
  })
  await takeSnapshot({ from, to })
  expect(await filesIn(to)).toEqual([
    '.gitignore',
    '.sluiceignore',
    'dist/app.js',
    'keep.log',
    'lib/.gitignore',
    'lib/b.log',
    'lib/dist',
    'secret.txt',
  ])
})

test('agrees with git about what is ignored', async () => {
  await write({
    '.gitignore':
      '*.tmp\nbuild/\n!build/keep\n/top\nfoo/**/bar\n\\#odd\n*.[oa]\nCase\n# a comment\ntrailing \n',
    'x.tmp': '',
    'build/keep': '',
    top: '',
    'sub/top': '',
    'foo/bar': '',
    'foo/a/b/bar': '',
    'foo/a/b/baz': '',
    '#odd': '',
    'lib.a': '',
    'lib.c': '',
    case: '',
    'sub/Case/x': '',
    trailing: '',
    'sub/.gitignore': '!x.tmp\n/inner\n',
    'sub/x.tmp': '',
    'sub/inner': '',
    'sub/deep/inner': '',
  })
  execFileSync('git', ['init', '-q'], { cwd: from })
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: from,
    encoding: 'utf8',
  })
  await takeSnapshot({ from, to })
  expect(await filesIn(to)).toEqual(listed.split('\0').filter(Boolean).sort())
})

test('heeds the .gitignore of the repository that the app is a folder of', async () => {
  await write({ '.git/HEAD': '', '.gitignore': 'node_modules/\n', 'other.js': '' }, home)
  await write({ 'node_modules/x.js': '', 'server.js': '' })
  await takeSnapshot({ from, to })
  expect(await filesIn(to)).toEqual(['server.js'])
})

test('takes an app that its repository ignores as a whole', async () => {
  await write({ '.git/HEAD': '', '.gitignore': 'app/\n' }, home)
  await write({ 'server.js': '' })
  await takeSnapshot({ from, to })
  expect(await filesIn(to)).toEqual(['server.js'])
})

test('keeps modes, empty folders, and links that stay inside', async () => {
  await write({ 'bin/run': '#!/bin/sh\n', 'data.txt': 'x' })
  await chmod(join(from, 'bin/run'), 0o750)
  await mkdir(join(from, 'tmp'))
  await symlink('../data.txt', join(from, 'bin/data'))
  await symlink(join(from, 'data.txt'), join(from, 'absolute'))
  const { files } = await takeSnapshot({ from, to })
  expect(files).toBe(4)
  expect((await stat(join(to, 'bin/run'))).mode & 0o777).toBe(0o750)
  expect((await lstat(join(to, 'tmp'))).isDirectory()).toBe(true)
  expect(await readlink(join(to, 'bin/data'))).toBe('../data.txt')
  // Or it would lead out of the copy, back into the user's folder.
  expect(await readlink(join(to, 'absolute'))).toBe('data.txt')
})

test('refuses a link that leads out of the folder, by name', async () => {
  await write({ 'a/b/c.txt': '' })
  await write({ 'secret.txt': '' }, home)
  await symlink('../../../secret.txt', join(from, 'a/b/out'))
  await expect(takeSnapshot({ from, to })).rejects.toMatchObject({
    code: 'SNAPSHOT_FAILED',
    message: `the link ${from}/a/b/out leads out of the folder, to ../../../secret.txt`,
  })
})

test('refuses a link that leads out of the folder through another one', async () => {
  await write({ 'd/e/x.txt': '' })
  await symlink('../..', join(from, 'd/e/up'))
  await symlink('up/../secret.txt', join(from, 'd/e/out'))
  await write({ 'secret.txt': '' }, home)
  await expect(takeSnapshot({ from, to })).rejects.toThrow(`${from}/d/e/out leads out`)
})

test('leaves out sockets and pipes', async () => {
  await write({ 'server.js': '' })
  execFileSync('mkfifo', [join(from, 'pipe')])
  await takeSnapshot({ from, to })
  expect(await filesIn(to)).toEqual(['server.js'])
})

test('gives the same digest to the same content, and another one to any other', async () => {
  const digestOf = async (change: () => Promise<void>) => {
    await change()
    await rm(to, { recursive: true, force: true })
    return (await takeSnapshot({ from, to })).digest
  }
  await write({ 'a.txt': 'a', 'b/c.txt': 'c' })
  const first = await digestOf(async () => {})
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(await digestOf(() => write({ 'a.txt': 'a' }))).toBe(first)
  expect(await digestOf(() => chmod(join(from, 'a.txt'), 0o600))).toBe(first)
  const others = [
    await digestOf(() => write({ 'a.txt': 'b' })),
    await digestOf(() => chmod(join(from, 'a.txt'), 0o755)),
    await digestOf(() => write({ 'b/d.txt': 'c' })),
    await digestOf(() => rm(join(from, 'b/c.txt'))),
    await digestOf(() => symlink('b/d.txt', join(from, 'link'))),
  ]
  expect(new Set([first, ...others]).size).toBe(6)
})

test('says what is biggest when a folder is too big, and how to leave it out', async () => {
  await write({ 'a.txt': 'a', 'data/1': 'x'.repeat(900), 'data/2': 'x'.repeat(900), 'lib/b.txt': 'b' })
  await expect(takeSnapshot({ from, to, limits: { files: 100, bytes: 1_500 } })).rejects.toMatchObject({
    code: 'SNAPSHOT_FAILED',
    todo: "Leave out what the app does not need: echo '/data/' >> .sluiceignore",
    details: expect.arrayContaining([expect.stringContaining('data/: 2 files')]),
  })
  await expect(takeSnapshot({ from, to, limits: { files: 3, bytes: 10_000 } })).rejects.toThrow(
    'more than 3 files',
  )
})

test('leaves out what it is told to, and refuses to copy a folder into itself', async () => {
  await write({ 'server.js': '', 'uploads/cat.jpg': '', '.home/state.db': '' })
  const inside = join(from, '.home/copy')
  await expect(takeSnapshot({ from, to: inside })).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' })
  await takeSnapshot({ from, to: inside, leaveOut: ['./uploads', join(from, '.home')] })
  expect(await filesIn(inside)).toEqual(['server.js'])
})

// Other systems take no such name.
const onLinux = process.platform === 'linux'

test.runIf(onLinux).each(['file', 'folder', 'link'])(
  'says of a %s whose name is not UTF-8 that this is why',
  async (kind) => {
    const odd = Buffer.concat([Buffer.from(`${from}/caf`), Buffer.from([0xe9])])
    if (kind === 'file') await writeFile(odd, '')
    if (kind === 'folder') await mkdir(odd)
    if (kind === 'link') await symlink('x', odd)
    await expect(takeSnapshot({ from, to })).rejects.toMatchObject({
      code: 'SNAPSHOT_FAILED',
      message: `a name in the folder is not UTF-8: ${from}/caf\uFFFD`,
      todo: 'Rename it, or add it to .sluiceignore with a * in the place of \uFFFD.',
    })
    await write({ '.sluiceignore': 'caf*\n' })
    await rm(to, { recursive: true, force: true })
    await takeSnapshot({ from, to })
    expect(await filesIn(to)).toEqual(['.sluiceignore'])
  },
)

test('says of a folder that vanishes while it is copied that it went away', async () => {
  // Folders are made before anything is copied: time enough to take away what was found.
  for (let n = 0; n < 100; n += 1) await mkdir(join(from, `a${n}`))
  await write({ 'z/file.txt': 'x' })
  const copying = takeSnapshot({ from, to })
  const taken = (async () => {
    for (let turn = 0; turn < 1_000_000 && !existsSync(to); turn += 1) await setImmediate()
    rmSync(join(from, 'z'), { recursive: true })
  })()
  await expect(copying).rejects.toMatchObject({
    code: 'SNAPSHOT_FAILED',
    message: `${from}/z/file.txt went away while the folder was copied`,
    todo: expect.stringContaining('Deploy again'),
  })
  await taken
})
