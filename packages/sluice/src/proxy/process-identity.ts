import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One process, for ever: a pid comes back, a pid with its start time does not. */
export interface ProcessIdentity {
  pid: number
  /** Comparable for equality only: boot id and clock ticks on Linux, `ps`'s lstart elsewhere. */
  startTime: string
}

/** The identity of a living process; null when there is none, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid)
  return startTime === null ? null : { pid, startTime }
}

/** Who we are. */
export function ownIdentity(): ProcessIdentity {
  return identify(process.pid) ?? { pid: process.pid, startTime: 'unknown' }
}

/** True while exactly this process runs; another one that was given its pid is not it. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime
}

/** Signals exactly this process; false when it was gone already. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch {
    return false // It ended in between.
  }
}

/** True for a value read from a file that names a process. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false
  const { pid, startTime } = value as Partial<ProcessIdentity>
  return Number.isSafeInteger(pid) && typeof startTime === 'string'
}

let bootId: string | undefined

// The command name in field 2 may hold spaces and brackets, so fields are counted after its last ")".
function startTimeFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, threads, ticks] = [fields[0], Number(fields[17]), fields[19]]
    if (ticks === undefined || state === 'X') return null
    // A zombie answers to kill(pid, 0), and stays one where PID 1 does not reap. But while other threads of it
    // have not ended yet, its sockets are still open, and it is not gone.
    if (state === 'Z' && threads <= 1) return null
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${bootId}/${ticks}`
  } catch {
    return null
  }
}

function startTimeFromPs(pid: number): string | null {
  try {
    const options = { encoding: 'utf8', env: { LC_ALL: 'C', PATH: process.env.PATH }, stdio: 'pipe' } as const
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options).trim()
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '')
  } catch {
    return null
  }
}
