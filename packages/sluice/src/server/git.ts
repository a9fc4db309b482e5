import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const limitMs = 3_000

/** The branch that the folder is on; null where git does not say. */
export async function gitBranch(folder: string): Promise<string | null> {
  try {
    const { stdout } = await run('git', ['symbolic-ref', '--quiet', '--short', 'HEAD'], optionsIn(folder))
    return stdout.trim()
  } catch {
    return null
  }
}

/** The folder's revision, and whether what is in it is what was committed; null where git does not say. */
export async function gitFacts(folder: string): Promise<{ revision: string; isClean: boolean } | null> {
  try {
    const options = optionsIn(folder)
    const { stdout: revision } = await run('git', ['rev-parse', '--short=12', 'HEAD'], options)
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--', '.'], options)
    return { revision: revision.trim(), isClean: changes.trim() === '' }
  } catch {
    return null
  }
}

function optionsIn(folder: string) {
  return { cwd: folder, timeout: limitMs, env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' } }
}
