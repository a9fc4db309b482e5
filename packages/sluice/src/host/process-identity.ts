import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { processOf } from './process-table.ts'

/** Names one process for ever: a pid alone is given out again once its process is gone. For equality only. */
export interface ProcessIdentity {
  pid: number
  /** As `currentBoot`. */
  boot: string
  /** As `ProcessRow.born`. */
  born: string
}

/** `running`; `ended`: gone, or a zombie; `replaced`: the pid belongs to somebody else now, who is not to be touched. */
export type Presence = 'running' | 'ended' | 'replaced'

/** What became of the process that was called this. */
export function presenceOf(identity: ProcessIdentity): Presence {
  if (identity.boot !== currentBoot()) return 'replaced'
  const row = processOf(identity.pid)
  if (row === null) return 'ended'
  if (row.born !== identity.born) return 'replaced'
  return row.isZombie ? 'ended' : 'running'
}

/** True while exactly this process runs; another one that was given its pid is not it. */
export function isAlive(identity: ProcessIdentity): boolean {
  return presenceOf(identity) === 'running'
}

/** The identity of a living process; null when there is none, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  const row = processOf(pid)
  return row === null || row.isZombie ? null : { pid, boot: currentBoot(), born: row.born }
}

/** Who we are. */
export function ownIdentity(): ProcessIdentity {
  return identify(process.pid) ?? { pid: process.pid, boot: currentBoot(), born: 'unknown' }
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
  const { pid, boot, born } = value as Partial<ProcessIdentity>
  return Number.isSafeInteger(pid) && typeof boot === 'string' && typeof born === 'string'
}

/** Names this boot of the machine: pids and birth times start anew with each. */
export function currentBoot(): string {
  knownBoot ??=
    process.platform === 'linux'
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      : execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim()
  return knownBoot
}

let knownBoot: string | undefined
