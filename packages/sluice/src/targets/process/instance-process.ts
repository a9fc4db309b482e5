import { stat } from 'node:fs/promises'
import { SluiceError } from '../../errors.ts'
import { currentBoot, isAlive, type ProcessIdentity } from '../../host/process-identity.ts'
import { processOf } from '../../host/process-table.ts'
import type { Exit } from '../fleet/body.ts'
import { type Clock, pause } from '../fleet/clock.ts'
import type { InstanceRecord } from '../fleet/instance-record.ts'
import type { ReleaseSpec } from '../target.ts'
import { appEnvironment } from './app-environment.ts'
import { checkData } from './data-links.ts'
import { claimFolder, launch, readIdentity } from './launcher.ts'
import { logFile } from './log-files.ts'

/** How often to look whether an adopted process, which is nobody's child of ours, is still there. */
const LOOK_MS = 1_000
/** From the launcher's first byte to its last. */
const LAUNCH_WITHIN_MS = 1_000

/** A process that runs an instance. */
export interface InstanceProcess {
  identity: ProcessIdentity
  /** How it ended; both unknown for an adopted one. Never rejects, and never resolves after the target was closed. */
  exited: Promise<Exit>
}

/** Starts the release's command. Throws START_FAILED or SECRET_UNREADABLE, and then nothing runs. */
export async function startProcess(start: {
  spec: ReleaseSpec
  record: InstanceRecord
  folder: string
  ours: NodeJS.ProcessEnv
}): Promise<InstanceProcess> {
  const { spec, folder } = start
  await mustBeFolder(spec)
  await checkData(spec)
  const { pid, exited } = await launch({
    folder,
    command: spec.command,
    cwd: spec.folder,
    env: await appEnvironment(spec, { id: start.record.id, port: start.record.port! }, start.ours),
    stdout: logFile(folder, 'stdout'),
    stderr: logFile(folder, 'stderr'),
  })
  // One that is over already has no birth to be read any more; its children, if any, are still found by its number.
  const born = processOf(pid)?.born ?? (await readIdentity(folder))?.born ?? 'over'
  return { identity: { pid, boot: currentBoot(), born }, exited }
}

async function mustBeFolder({ release, folder }: ReleaseSpec): Promise<void> {
  if ((await stat(folder).catch(() => null))?.isDirectory()) return
  throw new SluiceError('START_FAILED', `the folder of ${release} is not there: ${folder}`, {
    todo: 'It was removed by something else; deploy again.',
  })
}

/** Who was started from this folder, whether or not it still runs; null: nobody was, and nobody ever will be. */
export async function identityIn(
  folder: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<ProcessIdentity | null> {
  if (await claimFolder(folder)) return null
  for (const deadline = clock.now() + LAUNCH_WITHIN_MS; clock.now() < deadline && !signal.aborted; ) {
    const identity = await readIdentity(folder)
    if (identity !== null) return identity
    await pause(clock, 10, signal)
  }
  return null
}

/** A process that was started before our time. */
export function adoptProcess(identity: ProcessIdentity, clock: Clock, signal: AbortSignal): InstanceProcess {
  return { identity, exited: watch(identity, clock, signal) }
}

async function watch(identity: ProcessIdentity, clock: Clock, signal: AbortSignal): Promise<Exit> {
  while (isAlive(identity)) {
    await pause(clock, LOOK_MS, signal)
    if (signal.aborted) return new Promise(() => {})
  }
  return { code: null, signal: null }
}
