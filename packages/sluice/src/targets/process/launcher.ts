import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../../errors.ts'
import type { ProcessIdentity } from '../../host/process-identity.ts'
import { parseStat } from '../../host/process-table.ts'
import type { Exit } from '../fleet/body.ts'

/**
 * Writes who it is and then becomes the app, so that an app can never run without being known: a crash of ours at any
 * point leaves either no process or one that can be found. Constant; everything it is told comes as a parameter.
 * `set -C` makes it create the file or fail: see `claimFolder`.
 */
const SCRIPT = `
file=$1
shift
if [ -r /proc/self/stat ]; then
  read -r boot < /proc/sys/kernel/random/boot_id
  read -r born < /proc/$$/stat
else
  boot=$(/usr/sbin/sysctl -n kern.bootsessionuuid)
  born=$(TZ=UTC LC_ALL=C /bin/ps -o lstart= -p $$)
fi
set -C
printf '%s\\n' "$$" "$boot" "$born" end > "$file" || exit 125
exec "$@"
`

/** A process of ours that has just been born. */
export interface Launched {
  pid: number
  exited: Promise<Exit>
}

/** Where the launcher writes who it is. */
const identityFile = (folder: string) => join(folder, 'process')

/** The words of a command: a line of the user's own goes to a shell as one argument, a vector runs as it is. */
export function argumentsOf(command: string | string[]): string[] {
  return typeof command === 'string' ? ['/bin/sh', '-c', command] : command
}

/**
 * Starts a command as the leader of a session of its own, so that it outlives us and can be ended with all its children.
 * What it prints is appended to files: a pipe to us would break when we end. Throws START_FAILED.
 */
export async function launch(start: {
  /** Gets the file `process`. */
  folder: string
  command: string | string[]
  cwd: string
  env: Record<string, string>
  stdout: string
  stderr: string
}): Promise<Launched> {
  const outputs = await Promise.all([start.stdout, start.stderr].map((file) => open(file, 'a')))
  try {
    const words = ['-c', SCRIPT, 'sluice', identityFile(start.folder), ...argumentsOf(start.command)]
    const child = spawn('/bin/sh', words, {
      cwd: start.cwd,
      env: start.env,
      detached: true,
      stdio: ['ignore', outputs[0]!.fd, outputs[1]!.fd],
    })
    // Listened to from the start: a command that is over at once must not be over unseen.
    const exited = exitOf(child)
    await spawned(child)
    child.unref()
    return { pid: child.pid!, exited }
  } finally {
    await Promise.all(outputs.map((output) => output.close()))
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      reject(new SluiceError('START_FAILED', `/bin/sh could not be started: ${cause.message}`, { cause }))
    })
  })
}

/** Who the launcher said it is; null while it has not, or not to the end. */
export async function readIdentity(folder: string): Promise<ProcessIdentity | null> {
  const text = await readFile(identityFile(folder), 'utf8').catch(() => '')
  const [pid, boot, raw, end] = text.split('\n')
  if (end !== 'end') return null
  const born = raw!.includes(')') ? parseStat(raw!)?.born : raw!.trim()
  return born ? { pid: Number(pid), boot: boot!, born } : null
}

/** Makes room for another launch from the same folder. */
export async function forgetIdentity(folder: string): Promise<void> {
  await rm(identityFile(folder), { force: true })
}

/**
 * Takes the launcher's place in a folder where it has not written anything. True: nothing will ever run from this
 * folder. False: it was first, and its identity is there or will be in a moment.
 */
export async function claimFolder(folder: string): Promise<boolean> {
  try {
    await (await open(identityFile(folder), 'wx')).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
