import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type ProcessIdentity, signalProcess } from '../../host/process-identity.ts'
import { runningMaster } from './ensure-haproxy.ts'
import { haproxyHome } from './home.ts'

const answerWithinMs = 1_000
const cutWithinMs = 2_000
const lookAgainMs = 20

/** Ends the HAProxy of this home: what it has may finish for so long, and is cut then. Nothing where none runs. */
export async function stopHaproxy(path: string, drainMs: number): Promise<void> {
  const home = haproxyHome(path)
  const master = await runningMaster(home, answerWithinMs)
  if (master === null) return
  rmSync(home.pid, { force: true }) // First, or a router that watches it would start it again.
  signalProcess(master, 'SIGUSR1')
  if (!(await isGone(master, drainMs))) signalProcess(master, 'SIGTERM')
  if (!(await isGone(master, cutWithinMs))) signalProcess(master, 'SIGKILL')
  await isGone(master, cutWithinMs)
}

async function isGone(master: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isAlive(master)) {
    if (performance.now() >= deadline) return false
    await sleep(lookAgainMs)
  }
  return true
}
