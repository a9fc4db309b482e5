import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** pm2 as a program for Node, installed here or for this measurement only. */
export interface Pm2 {
  program: string
  close(): Promise<void>
}

const VERSION = '7.0.4'
const run = promisify(execFile)

/** The pm2 of the PATH, or one in a temporary folder. Null, with a line that says why, where neither can be had. */
export async function findPm2(): Promise<Pm2 | null> {
  const installed = await onPath('pm2')
  if (installed !== null) return { program: installed, close: async () => {} }
  const folder = await mkdtemp(join(tmpdir(), 'pm2-'))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `pm2@${VERSION}`])
    return { program: join(folder, 'node_modules/pm2/bin/pm2'), close }
  } catch (error) {
    await close()
    console.log(`skipped: pm2, which is not installed and could not be (${firstLine(error)})`)
    return null
  }
}

async function onPath(name: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await realpath(join(folder, name)).catch(() => null)
    if (found !== null) return found
  }
  return null
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!
}
