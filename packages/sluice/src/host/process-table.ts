import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One process of this machine. */
export interface ProcessRow {
  pid: number
  parent: number
  group: number
  /** True for a process that has ended and was not yet collected by its parent. */
  isZombie: boolean
  /** When it was born, in words of the operating system's own; with the pid and the boot it names a process for ever. */
  born: string
}

/**
 * The process that has this pid now, or null. Read at once: Linux answers from memory in microseconds, where a thread
 * pool would cost ten times that. Elsewhere `ps` takes some milliseconds.
 */
export function processOf(pid: number): ProcessRow | null {
  return process.platform === 'linux' ? procRow(pid) : (parsePs(psOf(pid))[0] ?? null)
}

/** Every process that this user can see. */
export async function allProcesses(): Promise<ProcessRow[]> {
  if (process.platform !== 'linux') return parsePs(await psOfAll())
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => procRow(Number(pid))).filter((row) => row !== null)
}

function procRow(pid: number): ProcessRow | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return null
  }
}

/** A line of `/proc/<pid>/stat`, see proc_pid_stat(5). The second field, the name, may hold blanks and brackets. */
export function parseStat(stat: string): ProcessRow | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const pid = Number.parseInt(stat, 10)
  const born = fields[19]?.trim()
  if (!pid || !born) return null
  // While other threads of it have not ended yet, its sockets are still open, and it is not gone.
  const isZombie = fields[0] === 'X' || (fields[0] === 'Z' && Number(fields[17]) <= 1)
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), isZombie, born }
}

const psColumns = ['-o', 'pid=,ppid=,pgid=,stat=,lstart=']
// The same birth has to read the same to whoever asks, wherever they come from.
const psOptions = { encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' } } as const

async function psOfAll(): Promise<string> {
  const { stdout } = await run('/bin/ps', ['-A', ...psColumns], psOptions).catch(() => ({ stdout: '' }))
  return stdout
}

/** `ps` answers with exit code 1 when nothing matches, which is an answer too. */
function psOf(pid: number): string {
  try {
    return execFileSync('/bin/ps', ['-p', String(pid), ...psColumns], { ...psOptions, stdio: 'pipe' })
  } catch {
    return ''
  }
}

/** What `ps` prints for these columns. */
export function parsePs(printed: string): ProcessRow[] {
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/gm
  return [...printed.matchAll(line)].map(([, pid, parent, group, state, born]) => ({
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    isZombie: state!.startsWith('Z'),
    born: born!.trim(),
  }))
}
