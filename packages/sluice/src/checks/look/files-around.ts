import { posix } from 'node:path'
import type { Files } from './files.ts'
import { isForTests } from './for-tests.ts'

const CODE = /\.(?:[cm]?[jt]sx?|go|py)$/

/** What an app's own folder does not hold of it, seen from there. */
export interface Around {
  /** Files and folders of code; of folders what is no code stays aside, as it may be about other apps. */
  code: readonly string[]
  /** What decides, beside its code, what is built. */
  lockfiles: readonly string[]
}

/**
 * The files of an app's folder, and of its code elsewhere in the repository: `../../internal/shop.go`. Of what lies around the
 * folder any file can be read by such a name, as long as the repository holds it.
 */
export function filesAround(own: Files, repository: Files, { code, lockfiles }: Around): Files {
  const home = own.at('.')
  const wanted = new Set(code.map((path) => own.at(path)))
  const seen = (path: string) => posix.relative(home, path)
  const elsewhere =
    wanted.size === 0
      ? []
      : repository
          .matching(CODE)
          .filter((path) => isOf(path, wanted))
          .map(seen)
          .filter((path) => !isForTests(path))
  const paths = [...own.paths, ...elsewhere]
  const isAround = (path: string) => path.startsWith('../')
  const read = (path: string) => (isAround(path) ? repository.read(own.at(path)) : own.read(path))
  return {
    ...own,
    paths,
    unread: [...new Set([...own.unread, ...(elsewhere.length === 0 ? [] : repository.unread)])],
    read,
    exists: (path) => (isAround(path) ? repository.exists(own.at(path)) : own.exists(path)),
    matching: (pattern) => paths.filter((path) => pattern.test(path)),
    treeHash: () =>
      own.treeHash([...elsewhere, ...lockfiles.filter(isAround)].map((path) => [path, read(path)])),
  }
}

function isOf(path: string, wanted: ReadonlySet<string>): boolean {
  for (let at = path; at !== '.'; at = posix.dirname(at)) if (wanted.has(at)) return true
  return false
}
