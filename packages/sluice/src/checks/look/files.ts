import { createHash } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { openSurvey } from '../../detect/survey.ts'
import { findSources } from '../../detect/variables/source-walk.ts'

const MOST_FILES = 20_000
const MOST_BYTES = 1024 * 1024

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
  /** The same for the same content of all files, and of what else is named with its text. */
  treeHash(more?: (readonly [path: string, text: string | null])[]): string
}

/** Looks at a folder; `prefix` is where it lies in the repository, `.` for the repository itself. */
export async function openFiles(root: string, prefix = '.'): Promise<Files> {
  const sources = await findSources(root, { isSource: () => true, tests: true, mostFiles: MOST_FILES })
  const survey = openSurvey(root)
  const paths = sources.files.toSorted()
  const known = new Set(paths)
  const texts = new Map<string, string | null>()
  // What the walk has found lies in the folder and is no link, so it need not be asked again where it leads.
  const read = (path: string): string | null => {
    if (!known.has(path)) return survey.read(path)
    const text = texts.get(path)
    if (text !== undefined) return text
    const found = textOf(join(root, path))
    texts.set(path, found)
    return found
  }
  const cut = sources.isCut ? [`there are more than ${MOST_FILES} files, and the rest was not looked at`] : []
  const files: Files = {
    root,
    paths,
    unread: [...sources.unread.map(({ file, why }) => `${file}: ${why}`), ...cut],
    read,
    exists: (path) => known.has(path) || survey.isFile(path),
    matching: (pattern) => paths.filter((path) => pattern.test(path)),
    at: (path) => posix.normalize(posix.join(prefix, path)),
    treeHash(more = []) {
      const hash = createHash('sha256')
      for (const path of paths) hash.update(`${path}\0${read(path) ?? ''}\0`)
      for (const [path, text] of more) hash.update(`${path}\0${text ?? ''}\0`)
      return hash.digest('hex')
    },
  }
  return files
}

/** Null for what is no text, is larger than 1 MiB, or cannot be read. */
function textOf(file: string): string | null {
  try {
    const { size } = lstatSync(file)
    if (size > MOST_BYTES) return null
    const bytes = readFileSync(file)
    return bytes.subarray(0, 8192).includes(0) ? null : bytes.toString('utf8').replace(/^\ufeff/, '')
  } catch {
    return null
  }
}

/** Line `index` of a text begins at 1, as people count. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++
  return line
}
