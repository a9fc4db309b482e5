import { execFile } from 'node:child_process'
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

/** Names this boot of the machine: pids and birth times start anew with each. */
export async function currentBoot(): Promise<string> {
  knownBoot ??=
    process.platform === 'linux'
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
      : (await run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout
  return knownBoot.trim()
}

let knownBoot: string | undefined

/** The process that has this pid now, or null. */
export async function processOf(pid: number): Promise<ProcessRow | null> {
  return process.platform === 'linux' ? procRow(pid) : ((await psRows(['-p', String(pid)]))[0] ?? null)
}

/** Every process that this user can see. */
export async function allProcesses(): Promise<ProcessRow[]> {
  if (process.platform !== 'linux') return psRows(['-A'])
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return pids.map((pid) => procRow(Number(pid))).filter((row) => row !== null)
}

/** Read at once: the kernel answers from memory in microseconds, where a thread pool would cost ten times that. */
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
  const isZombie = fields[0] === 'Z' || fields[0] === 'X'
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), isZombie, born }
}

/** `ps` answers with exit code 1 when nothing matches, which is an answer too. */
async function psRows(which: string[]): Promise<ProcessRow[]> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  const columns = ['-o', 'pid=,ppid=,pgid=,stat=,lstart=']
  const { stdout } = await run('/bin/ps', [...which, ...columns], { env }).catch(() => ({ stdout: '' }))
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/gm
  return [...stdout.matchAll(line)].map(([, pid, parent, group, state, born]) => ({
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    isZombie: state!.startsWith('Z'),
    born: born!.trim(),
  }))
}
