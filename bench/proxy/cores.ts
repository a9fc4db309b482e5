import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

/** The measured proxy has the first core to itself; load and apps share the others. */
export const proxyCores = '0'
export const loadCores = availableParallelism() > 2 ? `1-${availableParallelism() - 1}` : '1'

/** Of the kernel's clock, in which processor time is told: USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

const run = promisify(execFile)

/** Starts a program that can run on these cores only. */
export function spawnOn(
  cores: string,
  command: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  return spawn('taskset', ['-c', cores, ...command], { stdio: ['ignore', 'pipe', 'pipe'], ...options })
}

/** Moves a running process with all its threads. */
export async function pin(pid: number, cores: string): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)])
}

/** Processor time of these processes so far, of all their threads, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_PER_SECOND
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name may hold anything, brackets and blanks included; what follows it is numbers.
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return Number(user) + Number(system)
}

/** How long the load's cores have had nothing to do since the start of the machine, in seconds of one core each. */
export function loadIdleSeconds(): number {
  const idle = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .filter((line) => /^cpu[1-9]/.test(line))
    .map((line) => Number(line.split(/\s+/)[4]))
  return idle.reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_SECOND / idle.length
}
