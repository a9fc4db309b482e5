import type { Change, History, HistoryEnd, Reader } from '../../checks/look/history.ts'
import { repositoryFolder } from '../../detect/repository.ts'
import { type GitPlace, runGit } from './git-program.ts'
import { patchReader } from './patch.ts'

/** What of a history is new, and how much of it is read. */
export const historyLimits = { commits: 500, chars: 64 * 1024 * 1024, ms: 10_000 }

/** With whole hashes, no colours, no renames, and nothing that a setting or an attribute of the repository adds. */
const patchWords = [
  ...['diff-tree', '--stdin', '--root', '-r', '--cc', '--patch', '--unified=0', '--full-index', '--relative'],
  ...['--no-ext-diff', '--no-textconv', '--no-color', '--no-renames'],
  ...['--src-prefix=a/', '--dst-prefix=b/', '--ignore-submodules=all', '--submodule=short'],
]

/** The history of a folder, read by git, of which only what lies below the folder counts. */
export function openHistory(
  folder: string,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
  limits = historyLimits,
): History {
  const place = { folder, env, signal }
  return {
    read: (reader) =>
      repositoryFolder(folder) === null
        ? Promise.resolve({ kind: 'none', why: 'the folder is in no git repository' })
        : read(place, reader, limits),
    textOf: (change) => textOf(place, change, limits.ms),
  }
}

async function read(place: GitPlace, reader: Reader, limits: typeof historyLimits): Promise<HistoryEnd> {
  const inTime = AbortSignal.timeout(limits.ms)
  const signal = AbortSignal.any([place.signal, inTime])
  const end = await readAll({ ...place, signal }, reader, limits)
  return end.kind === 'cut' && inTime.aborted
    ? { kind: 'cut', why: `it was not done after ${limits.ms / 1_000} s` }
    : end
}

async function readAll(git: GitPlace, reader: Reader, limits: typeof historyLimits): Promise<HistoryEnd> {
  const shallow = await printed(git, ['rev-parse', '--is-shallow-repository'])
  if (shallow.why !== null) return { kind: 'cut', why: shallow.why }
  const head = await printed(git, ['rev-parse', '--verify', '--quiet', 'HEAD'])
  if (head.why !== null)
    return git.signal.aborted
      ? { kind: 'cut', why: head.why }
      : { kind: 'none', why: 'nothing was committed yet' }
  const list = await printed(git, ['rev-list', `--max-count=${limits.commits}`, head.text])
  if (list.why !== null) return { kind: 'cut', why: list.why }

  const commits = list.text.split('\n').length
  const { why, isFull } = await changesOf(git, list.text, reader, limits.chars)
  if (isFull)
    return {
      kind: 'cut',
      why: `its newest ${commits} commits change more than ${mebibytes(limits.chars)} MiB`,
    }
  if (why !== null) return { kind: 'cut', why }
  return { kind: shallow.text === 'true' && commits < limits.commits ? 'shallow' : 'whole', commits }
}

function mebibytes(chars: number): number {
  return chars / 1024 / 1024
}

async function changesOf(git: GitPlace, commits: string, reader: Reader, mostChars: number) {
  const readLine = patchReader(reader)
  let chars = 0
  let rest = ''
  const take = (piece: string) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    for (const line of lines) chars += readLine(line)
    return chars <= mostChars
  }
  const { why } = await runGit(git, patchWords, take, `${commits}\n`)
  readLine(null)
  return { why, isFull: chars > mostChars }
}

async function textOf(place: GitPlace, { blob }: Change, timeoutMs: number): Promise<string | null> {
  const signal = AbortSignal.any([place.signal, AbortSignal.timeout(timeoutMs)])
  const { why, text } = await printed({ ...place, signal }, ['cat-file', 'blob', blob], false)
  return why === null ? text : null
}

/** All that a command prints; its last line break is left out of an answer. */
async function printed(
  git: GitPlace,
  words: string[],
  isAnswer = true,
): Promise<{ why: string | null; text: string }> {
  const pieces: string[] = []
  const { why } = await runGit(git, words, (piece) => pieces.push(piece) > 0)
  const text = pieces.join('')
  return { why, text: isAnswer ? text.trimEnd() : text }
}
