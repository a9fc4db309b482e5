import { expect, it } from 'vitest'
import { folderWith } from './folder.fixture.ts'
import { repositoryFolder, repositoryOf } from './repository.ts'

const config = (url: string) => `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n[branch "main"]\n`

it.each([
  ['https://github.com/acme/shop.git', 'github.com', 'acme/shop'],
  ['https://bot:secret@GitLab.example.com:8443/group/sub/shop', 'gitlab.example.com', 'group/sub/shop'],
  ['git@github.com:acme/shop.git', 'github.com', 'acme/shop'],
  ['ssh://git@host.example:2222/acme/shop.git', 'host.example', 'acme/shop'],
])('reads where a clone of %s came from', (url, host, path) => {
  const root = folderWith({ '.git/config': config(url), '.git/HEAD': 'ref: refs/heads/trunk\n' })
  expect(repositoryOf(root)).toEqual({ host, path, defaultBranch: 'trunk' })
})

it('prefers the branch that the remote says is the first', () => {
  const root = folderWith({
    '.git/config': config('https://github.com/acme/shop'),
    '.git/HEAD': 'ref: refs/heads/a-feature\n',
    '.git/refs/remotes/origin/HEAD': 'ref: refs/remotes/origin/main\n',
  })
  expect(repositoryOf(root)?.defaultBranch).toBe('main')
})

it.each([
  ['no repository at all', { 'a.txt': '' }],
  [
    'a repository without a remote',
    { '.git/config': '[core]\n\tbare = false\n', '.git/HEAD': 'ref: refs/heads/main\n' },
  ],
  ['a folder of this machine', { '.git/config': config('/srv/git/shop.git') }],
])('knows of none in %s', (_, files) => {
  expect(repositoryOf(folderWith(files))).toBeNull()
})

it('finds where a repository begins, also one whose folder is a file', () => {
  const root = folderWith({
    '.git/HEAD': '',
    'apps/web/package.json': '{}',
    'tree/.git': 'gitdir: elsewhere\n',
    'tree/src/a': '',
  })
  expect(repositoryFolder(`${root}/apps/web`)).toBe(root)
  expect(repositoryFolder(`${root}/tree/src`)).toBe(`${root}/tree`)
  expect(repositoryFolder(folderWith({ a: '' }))).toBeNull()
})
