import { join } from 'node:path'
import { currentBoot, isAlive } from '../../host/process-identity.ts'
import type { Remains } from '../fleet/body.ts'
import { type InstanceRecord, readRecord, saveRecord, startsIn } from '../fleet/instance-record.ts'
import type { ReleaseSpec } from '../target.ts'
import { adoptProcess, identityIn } from './instance-process.ts'
import type { Machine } from './machine.ts'
import { bodyOf, evidenceOf } from './process-body.ts'
import { endGroup } from './process-group.ts'

/** Looks into the folders of all starts whose end was not seen. */
export async function findRemains(
  instancesFolder: string,
  { release, graceMs }: Pick<ReleaseSpec, 'release' | 'graceMs'>,
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
    machine.ports.hold(record.port!, record.id)
    const process = adoptProcess(identity, machine.clock, machine.closed)
    running.push({ record, folder, body: bodyOf({ record, folder, process }, machine) })
    return
  }
  if (identity !== null) await endGroup(identity, { graceMs, clock: machine.clock, signal: machine.closed })
  await saveRecord(folder, { ...record, ended: machine.clock.now() })
  // After a restart of the machine everything is gone, and nobody is to blame.
  if (identity?.boot === currentBoot() && !isRunning) {
    const witness = { evidence: () => evidenceOf(folder, identity.pid) }
    lost.push({ record, exit: { code: null, signal: null }, witness })
  }
}
