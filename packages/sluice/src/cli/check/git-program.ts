import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

const mostErrorChars = 4_096

/** Where git reads, and how long it may take. */
export interface GitPlace {
  folder: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}

/** How git ended: `why` is null where it came to its end and found nothing wrong. */
export interface GitEnd {
  why: string | null
}

/**
 * What a repository may say in its own settings about programs that git starts: none of these is wanted to read commits.
 * The plumbing commands heed fewer of them, and no hooks, pagers and signatures at all.
 */
const settings = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.quotePath=false',
  // As with files that are read where they lie, larger ones are passed over.
  'core.bigFileThreshold=1m',
].flatMap((setting) => ['-c', setting])

/**
 * Runs a reading command of git, without a shell, and hands over what it prints, piece by piece, until `take` returns false.
 * Never rejects.
 */
export async function runGit(
  { folder, env, signal }: GitPlace,
  words: string[],
  take: (piece: string) => boolean,
  input = '',
): Promise<GitEnd> {
  const child = spawn('git', ['-C', folder, '--no-pager', '--no-replace-objects', ...settings, ...words], {
    env: ownVariables(env),
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  try {
    return await readAll(child, take, input)
  } catch (error) {
    const { name, message } = error as Error
    return {
      why:
        name === 'AbortError' ? 'git was ended before it was done' : `git could not be started: ${message}`,
    }
  }
}

async function readAll(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  take: (piece: string) => boolean,
  input: string,
): Promise<GitEnd> {
  const ended = once(child, 'close')
  // It is awaited below, and may be rejected before.
  ended.catch(() => {})
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-mostErrorChars)
  })
  // Git that has ended reads no more, and says itself why.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  for await (const piece of child.stdout.setEncoding('utf8')) if (!take(piece)) child.kill('SIGKILL')
  const [code, how] = (await ended) as [number | null, string | null]
  if (code === 0) return { why: null }
  const says = (errors.trim().split('\n')[0] ?? '').replace(/^fatal: /, '')
  return { why: says === '' ? `git ended with ${code === null ? how : `exit code ${code}`}` : says }
}

/**
 * Variables of git's own could lead it to another repository and to programs; it asks nobody for a password, and fetches
 * nothing that a partial clone lacks.
 */
function ownVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('GIT_'))
  return {
    ...Object.fromEntries(others),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  }
}
