import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Change } from '../../checks/look/history.ts'
import { historyLimits, openHistory } from './git-history.ts'

const env = {
  ...process.env,
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  ...{ GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@example.com' },
  ...{ GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@example.com' },
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-history-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function git(folder: string, ...words: string[]): string {
  return execFileSync('git', ['-C', folder, ...words], { env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** A repository, and a way to commit files to it; null takes one away. */
function repository() {
  const folder = temporary()
  git(folder, 'init', '--quiet', '--initial-branch=main')
  let day = 0
  return {
    folder,
    commit(files: Record<string, string | Buffer | null>): string {
      for (const [path, content] of Object.entries(files)) {
        const at = join(folder, path)
        mkdirSync(dirname(at), { recursive: true })
        if (content === null) rmSync(at)
        else writeFileSync(at, content)
      }
      git(folder, 'add', '--all', '--force')
      const date = `2026-01-${String(++day).padStart(2, '0')}T12:00:00Z`
      execFileSync('git', ['-C', folder, 'commit', '--quiet', '--message', 'x'], {
        env: { ...env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
      })
      return git(folder, 'rev-parse', 'HEAD')
    },
  }
}

/** A program of which one can tell that it was run. */
function tellTale() {
  const folder = temporary()
  const [program, marker] = [join(folder, 'program'), join(folder, 'it-ran')]
  writeFileSync(program, `#!/bin/sh\ntouch '${marker}'\ncat "$1" 2>/dev/null\n`)
  chmodSync(program, 0o755)
  return { program, hasRun: () => existsSync(marker) }
}

interface Means {
  limits?: Partial<typeof historyLimits>
  env?: NodeJS.ProcessEnv
  isWanted?: (path: string) => boolean
}

async function readingOf(folder: string, means: Means = {}) {
  const changes: Change[] = []
  const signal = new AbortController().signal
  const limits = { ...historyLimits, ...means.limits }
  const history = openHistory(folder, { env: means.env ?? process.env, signal }, limits)
  const isWanted = means.isWanted ?? (() => true)
  const end = await history.read({ isWanted, take: (change) => changes.push(change) })
  return { history, end, changes, told: changes.map(({ way, path, text }) => [way, path, text]) }
}

it('tells what each commit brought in and took out, the newest first, and the whole files', async () => {
  const { folder, commit } = repository()
  const first = commit({ 'a.js': 'one\ntwo\nthree\n' })
  const second = commit({ 'a.js': 'one\n2\nthree\n', 'src/b.js': 'new\n' })
  const { history, changes, end } = await readingOf(folder)
  expect(changes).toMatchObject([
    { commit: second, path: 'a.js', way: 'added', text: '2\n' },
    { commit: second, path: 'a.js', way: 'removed', text: 'two\n' },
    { commit: second, path: 'src/b.js', way: 'added', text: 'new\n' },
    { commit: first, path: 'a.js', way: 'added', text: 'one\ntwo\nthree\n' },
  ])
  expect(await history.textOf(changes[0]!)).toBe('one\n2\nthree\n')
  expect(await history.textOf(changes[1]!)).toBe('one\ntwo\nthree\n')
  expect(end).toEqual({ kind: 'whole', commits: 2 })
})

it('tells what was in a file that is gone', async () => {
  const { folder, commit } = repository()
  commit({ 'a.js': 'x\n', '.env': 'KEY=1\n' })
  commit({ '.env': null })
  const { told } = await readingOf(folder, { limits: { commits: 1 } })
  expect(told).toEqual([['removed', '.env', 'KEY=1\n']])
})

it('looks only at what lies below the folder, and names it from there', async () => {
  const { folder, commit } = repository()
  commit({ 'apps/shop/a.js': 'shop\n', 'apps/shop-2/a.js': 'other\n', 'a.js': 'above\n' })
  expect((await readingOf(join(folder, 'apps/shop'))).told).toEqual([['added', 'a.js', 'shop\n']])
})

it('follows branches whose work was thrown away, and sees what a merge itself wrote', async () => {
  const { folder, commit } = repository()
  commit({ 'a.js': 'base\n', 'b.js': 'base\n' })
  git(folder, 'checkout', '--quiet', '-b', 'side')
  commit({ 'a.js': 'from the side\n' })
  git(folder, 'checkout', '--quiet', 'main')
  commit({ 'b.js': 'from main\n' })
  git(folder, 'merge', '--quiet', '--strategy=ours', '--no-commit', 'side')
  commit({ 'b.js': 'from the merge\n' })
  expect((await readingOf(folder)).told).toEqual(
    expect.arrayContaining([
      ['added', 'a.js', 'from the side\n'],
      ['added', 'b.js', 'from the merge\n'],
    ]),
  )
})

it('takes lines of a file for nothing else, whatever they look like, and knows every name', async () => {
  const { folder, commit } = repository()
  const like = `-- a/other\n++ b/other\n@@ -1 +1 @@\n${'a'.repeat(40)}\ndiff --git a/x b/x\n`
  const names = ['HEAD', 'a b.js', 'ä"\\\t.js', 'b/ b.js']
  for (const name of names) commit({ [name]: 'old\n' })
  for (const name of names) commit({ [name]: like })
  commit(Object.fromEntries(names.map((name) => [name, null])))
  const { changes } = await readingOf(folder)
  for (const path of names) {
    const own = changes.filter((change) => change.path === path)
    expect(own.map(({ way, text }) => [way, text])).toEqual([
      ['removed', like],
      ['added', like],
      ['removed', 'old\n'],
      ['added', 'old\n'],
    ])
  }
})

it('passes over what is no text, what is larger than 1 MiB, and what nobody wants', async () => {
  const { folder, commit } = repository()
  commit({
    'a.bin': Buffer.from([0, 1, 2]),
    'large.js': 'x\n'.repeat(600_000),
    'c.lock': 'x\n',
    'd.js': 'y\n',
  })
  const { told } = await readingOf(folder, { isWanted: (path) => !path.endsWith('.lock') })
  expect(told).toEqual([['added', 'd.js', 'y\n']])
})

it('stops at its limits, and says which', async () => {
  const { folder, commit } = repository()
  for (const text of ['a', 'b', 'c']) commit({ 'a.js': `${text.repeat(1_000)}\n` })
  const newest = await readingOf(folder, { limits: { commits: 2 } })
  expect(newest.end).toEqual({ kind: 'whole', commits: 2 })
  expect(newest.changes).toHaveLength(4)
  const full = await readingOf(folder, { limits: { chars: 1_024 } })
  expect(full.end).toMatchObject({ kind: 'cut', why: expect.stringContaining('change more than') })
  const late = await readingOf(folder, { limits: { ms: 0 } })
  expect(late.end).toEqual({ kind: 'cut', why: 'it was not done after 0 s' })
})

it('says of a shallow clone that its history is not all, unless all that is wanted is there', async () => {
  const { folder, commit } = repository()
  for (const text of ['a', 'b', 'c']) commit({ 'a.js': `${text}\n` })
  const shallow = temporary()
  git(shallow, 'clone', '--quiet', '--depth=2', `file://${folder}`, 'clone')
  expect((await readingOf(join(shallow, 'clone'))).end).toEqual({ kind: 'shallow', commits: 2 })
  const enough = await readingOf(join(shallow, 'clone'), { limits: { commits: 2 } })
  expect(enough.end).toEqual({ kind: 'whole', commits: 2 })
})

it('has no history where there is no repository, and none where nothing was committed', async () => {
  expect((await readingOf(temporary())).end).toEqual({
    kind: 'none',
    why: 'the folder is in no git repository',
  })
  expect((await readingOf(repository().folder)).end).toEqual({
    kind: 'none',
    why: 'nothing was committed yet',
  })
})

it('says that git is missing, and what git itself refuses', async () => {
  const { folder, commit } = repository()
  commit({ 'a.js': 'x\n' })
  const missing = await readingOf(folder, { env: { PATH: temporary() } })
  expect(missing.end).toEqual({
    kind: 'cut',
    why: expect.stringMatching(/^git could not be started: .*ENOENT/),
  })
  writeFileSync(join(folder, '.git/config'), '[core\n')
  expect((await readingOf(folder)).end).toEqual({
    kind: 'cut',
    why: expect.stringContaining('bad config'),
  })
})

it('goes by the folder, whatever variables of git say', async () => {
  const { folder, commit } = repository()
  commit({ 'a.js': 'x\n' })
  const other = repository()
  other.commit({ 'other.js': 'y\n' })
  const misled = { ...process.env, GIT_DIR: join(other.folder, '.git'), GIT_EXTERNAL_DIFF: 'false' }
  expect((await readingOf(folder, { env: misled })).told).toEqual([['added', 'a.js', 'x\n']])
})

it('lets a repository start no program of its own', async () => {
  const { folder, commit } = repository()
  const { program, hasRun } = tellTale()
  commit({ 'a.js': 'x\n', '.gitattributes': '*.js diff=own filter=own\n' })
  commit({ 'a.js': 'y\n' })
  const names = [
    ...[
      'diff.external',
      'diff.own.command',
      'diff.own.textconv',
      'core.fsmonitor',
      'core.pager',
      'core.editor',
    ],
    ...['pager.diff-tree', 'gpg.program', 'filter.own.clean', 'filter.own.smudge', 'core.sshCommand'],
    ...['core.alternateRefsCommand', 'alias.diff-tree'],
  ]
  for (const name of names) git(folder, 'config', name, program)
  for (const name of ['log.showSignature', 'pager.rev-list']) git(folder, 'config', name, 'true')
  git(folder, 'config', 'diff.submodule', 'diff')
  const { told } = await readingOf(folder)
  expect(told).toContainEqual(['added', 'a.js', 'y\n'])
  expect(hasRun()).toBe(false)
})

it('fetches nothing that a partial clone lacks, and says that it is not there', async () => {
  const { folder, commit } = repository()
  git(folder, 'config', 'uploadpack.allowFilter', 'true')
  commit({ 'a.js': 'x\n' })
  commit({ 'a.js': 'y\n' })
  const partial = temporary()
  git(partial, 'clone', '--quiet', '--filter=blob:none', `file://${folder}`, '.')
  const lacking = () => git(partial, 'rev-list', '--objects', '--missing=print', 'HEAD').match(/^\?/gm)
  expect(lacking()).toHaveLength(1)
  expect((await readingOf(partial)).end.kind).toBe('cut')
  expect(lacking()).toHaveLength(1)

  const { program, hasRun } = tellTale()
  git(partial, 'config', 'remote.origin.url', 'ssh://git.example.com/shop')
  git(partial, 'config', 'core.sshCommand', program)
  expect((await readingOf(partial)).end.kind).toBe('cut')
  expect(hasRun()).toBe(false)
})
