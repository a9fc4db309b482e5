import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { openSurvey } from '../../detect/survey.ts'
import { findSources } from '../../detect/variables/source-walk.ts'

const MOST_FILES = 20_000

/** The files of a folder that are its author's own: neither installed nor built nor ignored by git. Bounded. */
export interface Files {
  /** Absolute. */
  root: string
  /** Relative, with `/`, in the order of names. */
  paths: readonly string[]
  /** What was not looked at, and why; a search is complete where this is empty. */
  unread: readonly string[]
  /** The text of a file, also of one that is not among `paths`; null where there is none, or where it is no text. */
  read(path: string): string | null
  exists(path: string): boolean
  /** Those whose path matches. */
  matching(pattern: RegExp): string[]
  /** Its name from the repository's folder, for evidence. */
  at(path: string): string
  /** The same for the same content of all files. */
  treeHash(): string
}

/** Looks at a folder; `prefix` is where it lies in the repository, `.` for the repository itself. */
export async function openFiles(root: string, prefix = '.'): Promise<Files> {
  const sources = await findSources(root, { isSource: () => true, tests: true, mostFiles: MOST_FILES })
  const survey = openSurvey(root)
  const paths = sources.files.toSorted()
  const cut = sources.isCut ? [`there are more than ${MOST_FILES} files, and the rest was not looked at`] : []
  const files: Files = {
    root,
    paths,
    unread: [...sources.unread.map(({ file, why }) => `${file}: ${why}`), ...cut],
    read: (path) => survey.read(path),
    exists: (path) => survey.isFile(path),
    matching: (pattern) => paths.filter((path) => pattern.test(path)),
    at: (path) => posix.normalize(posix.join(prefix, path)),
    treeHash() {
      const hash = createHash('sha256')
      for (const path of paths) hash.update(`${path}\0${survey.read(path) ?? ''}\0`)
      return hash.digest('hex')
    },
  }
  return files
}

/** Line `index` of a text begins at 1, as people count. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++
  return line
}
