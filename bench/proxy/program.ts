import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 10_000

/** Whether a program of this name can be run. */
export function isInstalled(name: string): boolean {
  // Debian keeps servers where not every shell looks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.some((folder) => existsSync(join(folder, name)))
}

/** Waits until the program's port accepts. Throws with the program's own last words when it ends before. */
export async function untilAccepting(child: ChildProcess, port: number): Promise<void> {
  let words = ''
  child.stdout?.resume()
  child.stderr?.on('data', (bytes) => {
    words = `${words}${bytes}`.slice(-2_000)
  })
  const deadline = performance.now() + LIMIT_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}: ${words}`)
    if (performance.now() > deadline)
      throw new Error(`port ${port} was not open after ${LIMIT_MS} ms: ${words}`)
    await sleep(20)
  }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

/** Waits until a process that is not our child has ended. */
export async function untilEnded(pid: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (isRunning(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} had not ended after ${LIMIT_MS} ms`)
    await sleep(20)
  }
}

// One that its parent has not asked about stays as a zombie.
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
