import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Repository } from './facts.ts'
import { openSurvey } from './survey.ts'

/** Where the repository of a folder is kept, by what git noted when it was cloned; null where it is nobody's clone. */
export function repositoryOf(root: string): Repository | null {
  const survey = openSurvey(root)
  const remote = originIn(survey.read('.git/config') ?? '')
  if (remote === null) return null
  const head = survey.read('.git/refs/remotes/origin/HEAD') ?? survey.read('.git/HEAD') ?? ''
  const branch = /^ref: refs\/(?:remotes\/origin|heads)\/(\S+)/.exec(head)?.[1]
  return { ...remote, defaultBranch: branch ?? 'main' }
}

/** How far above a folder its repository may begin. */
const MOST_LEVELS = 8

/** Where the repository begins that a folder is in; null where it is in none. */
export function repositoryFolder(folder: string): string | null {
  let at = resolve(folder)
  for (let level = 0; level < MOST_LEVELS; level++) {
    // A folder, or the file of a worktree.
    if (existsSync(join(at, '.git'))) return at
    at = dirname(at)
  }
  return null
}

function originIn(config: string): { host: string; path: string } | null {
  const section = /^\[remote "origin"\]\n((?:(?!\[).*\n?)*)/m.exec(config)?.[1] ?? ''
  const url = /^\s*url\s*=\s*(\S+)/m.exec(section)?.[1] ?? ''
  // https://github.com/acme/shop.git, ssh://git@host:22/acme/shop, git@github.com:acme/shop.git
  const found =
    /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/.exec(url) ??
    /^(?:[^/@]+@)?([^/:]+):(?!\/\/)(.+?)(?:\.git)?\/?$/.exec(url)
  const [, host, path] = found ?? []
  return host === undefined || path === undefined ? null : { host: host.toLowerCase(), path }
}
