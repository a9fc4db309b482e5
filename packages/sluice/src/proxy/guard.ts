import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { isAlive, isProcessIdentity, type ProcessIdentity } from '../host/process-identity.ts'

/**
 * What a process that wants to be guarded keeps in its pid file. `stopped` is set by one that ends because it was told
 * to; one that ends without it is started again.
 */
export interface GuardedPid extends ProcessIdentity {
  stopped?: true
}

export interface GuardOptions {
  /** How it is started: a program and its arguments. */
  command: string[]
  pidFile: string
  /** Its output goes here. */
  log: string
  cwd: string
}

const lookEveryMs = 200
const firstPauseMs = 200
const longestPauseMs = 30_000
/** Who has lived this long since its start is well, and the next pause is the first again. */
const wellMs = 60_000

/** Starts a process again whenever it is gone without having been told to end. Returns how to let go of it. */
export function guard(options: GuardOptions): () => void {
  let child: ChildProcess | null = null
  let startedAt = Number.NEGATIVE_INFINITY
  let pauseMs = firstPauseMs

  function look(): void {
    const isStarting = child !== null && child.exitCode === null && child.signalCode === null
    if (isStarting || !isMissing(options.pidFile)) return
    const now = performance.now()
    if (now - startedAt > wellMs) pauseMs = firstPauseMs
    else if (now - startedAt < pauseMs) return
    else pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    startedAt = now
    child = start(options)
  }

  const timer = setInterval(look, lookEveryMs)
  return () => clearInterval(timer)
}

// No pid file: it has never run here, so nobody has lost it.
function isMissing(pidFile: string): boolean {
  try {
    const pid = JSON.parse(readFileSync(pidFile, 'utf8')) as GuardedPid
    return isProcessIdentity(pid) && pid.stopped !== true && !isAlive(pid)
  } catch {
    return false
  }
}

function start({ command: [program = '', ...args], log, cwd }: GuardOptions): ChildProcess {
  const output = openSync(log, 'a', 0o600)
  try {
    console.error(`${new Date().toISOString()} starting again: ${[program, ...args].join(' ')}`)
    const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', output, output] })
    child.on('error', (error) =>
      console.error(`${new Date().toISOString()} could not start it: ${error.message}`),
    )
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}
