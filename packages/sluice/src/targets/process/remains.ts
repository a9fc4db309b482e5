import { join } from 'node:path'
import { currentBoot, isAlive } from '../../host/process-identity.ts'
import { adoptProcess, type InstanceProcess, identityIn } from './instance-process.ts'
import { type InstanceRecord, readRecord, saveRecord, startsIn } from './instance-record.ts'
import type { Machine } from './machine.ts'
import { endGroup } from './process-group.ts'

/** What an earlier run of ours has left of a release. */
export interface Remains {
  /** Instances that run, at most one for each slot. */
  running: { record: InstanceRecord; folder: string; process: InstanceProcess }[]
  /** Instances that ended while nobody was looking. */
  lost: { record: InstanceRecord; folder: string; pid: number }[]
}

/** Looks into the folders of all starts whose end was not seen. */
export async function findRemains(
  instancesFolder: string,
  release: string,
  graceMs: number,
  machine: Machine,
): Promise<Remains> {
  const remains: Remains = { running: [], lost: [] }
  for (const id of await startsIn(instancesFolder, release)) {
    const folder = join(instancesFolder, id)
    const record = await readRecord(folder)
    if (record === null || record.ended !== null) continue
    await place(remains, record, folder, graceMs, machine)
  }
  return remains
}

async function place(
  { running, lost }: Remains,
  record: InstanceRecord,
  folder: string,
  graceMs: number,
  machine: Machine,
): Promise<void> {
  const identity = await identityIn(folder, machine.clock, machine.closed)
  const isRunning = identity !== null && isAlive(identity)
  // Newest first, so whoever comes second in a slot is a start that another one was to replace.
  if (isRunning && !running.some((it) => it.record.slot === record.slot)) {
    running.push({ record, folder, process: adoptProcess(identity, machine.clock, machine.closed) })
    return
  }
  if (identity !== null) await endGroup(identity, { graceMs, clock: machine.clock, signal: machine.closed })
  await saveRecord(folder, { ...record, ended: machine.clock.now() })
  // After a restart of the machine everything is gone, and nobody is to blame.
  if (identity?.boot === currentBoot() && !isRunning) lost.push({ record, folder, pid: identity.pid })
}
