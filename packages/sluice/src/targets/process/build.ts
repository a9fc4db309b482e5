import { dirname } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { readEnd } from '../../host/file-end.ts'
import type { Exit } from '../fleet/body.ts'
import { type Clock, pause, systemClock } from '../fleet/clock.ts'
import { buildEnvironment } from './app-environment.ts'
import { forgetIdentity, launch, readIdentity } from './launcher.ts'
import { endGroup } from './process-group.ts'

/** For what a build has left running: it must not write into a release that is complete. */
const GRACE_MS = 2_000
const SHOWN_LINES = 20

export interface BuildRequest {
  /** Where the command runs: the release's own copy. */
  folder: string
  /** A shell command line of the user's own, or an argument vector that runs without a shell. */
  command: string | string[]
  /** What the build may know beside PATH, HOME and their like. */
  env: Record<string, string>
  /** Gets what it prints. The folder it is in gets a file `process`, by which a build that outlived us is found. */
  log: string
  timeoutMs: number
  /** Ends the build. */
  signal?: AbortSignal
}

/**
 * Runs a build command to its end, and then ends whatever of its process group is left.
 * Throws BUILD_FAILED with the exit code, or the time limit, and the last lines.
 */
export async function runBuild(request: BuildRequest, clock: Clock = systemClock): Promise<void> {
  const { folder, command, env, log, timeoutMs, signal } = request
  const build = await launch({
    folder: dirname(log),
    command,
    cwd: folder,
    env: buildEnvironment(folder, env, process.env),
    stdout: log,
    stderr: log,
  })
  const done = new AbortController()
  const limit = pause(clock, timeoutMs, AbortSignal.any([done.signal, ...(signal ? [signal] : [])]))
  const exit = await Promise.race([build.exited, limit.then(() => null)])
  done.abort()
  await endBuild(dirname(log), clock)
  if (exit?.code !== 0) throw await failed(request, exit)
}

/** Ends the build whose file `process` is in this folder, if there is one. */
export async function endBuild(folder: string, clock: Clock = systemClock): Promise<void> {
  const identity = await readIdentity(folder)
  if (identity === null) return
  await endGroup(identity, { graceMs: GRACE_MS, clock, signal: new AbortController().signal })
  await forgetIdentity(folder)
}

async function failed(
  { command, log, timeoutMs, signal }: BuildRequest,
  exit: Exit | null,
): Promise<SluiceError> {
  const { lines } = await readEnd(log, SHOWN_LINES)
  return new SluiceError('BUILD_FAILED', `"${shown(command)}" ${howItFailed(exit, timeoutMs, signal)}`, {
    todo: `See all that it printed: ${log}`,
    details: lines,
  })
}

function howItFailed(exit: Exit | null, timeoutMs: number, signal?: AbortSignal): string {
  if (exit === null)
    return signal?.aborted
      ? 'was ended before it was done'
      : `was not done after ${timeoutMs / 1000} s and was ended`
  return exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`
}

function shown(command: string | string[]): string {
  return typeof command === 'string' ? command : command.join(' ')
}
