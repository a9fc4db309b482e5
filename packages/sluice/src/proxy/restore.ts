import { answerLimitMs, type Fleet, type KnownWorker } from './fleet.ts'
import type { ProxyHome } from './home.ts'
import { readLastGood } from './last-good.ts'
import { markDeadInstances } from './restore-probe.ts'
import type { Table } from './table.ts'
import type { Warnings } from './warnings.ts'

/** The table in two forms, which differ only between a start from disk and the next apply. */
export interface Tables {
  /** As it was applied, and lies on disk. */
  applied: Table
  /** As the workers have it: instances that did not answer at the start are marked `draining`. */
  served: Table
}

/** Before the first apply. */
export const emptyTable: Table = { schema: 1, epoch: 0, environments: [] }

/**
 * What a supervisor that starts goes on with: what the living workers serve where it is at least as new as the last good
 * table, else that one, its instances probed first. Never an empty one without a warning where there has been a table.
 */
export async function restoreTables(home: ProxyHome, fleet: Fleet, warnings: Warnings): Promise<Tables> {
  const lastGood = await readLastGood(home)
  for (const text of lastGood.warnings) warnings.add(text)
  const onDisk = lastGood.table ?? emptyTable
  const newest = fleet.workers.toSorted((a, b) => b.status.epoch - a.status.epoch)[0]
  if (newest === undefined) return probed(onDisk, warnings)
  if (newest.status.epoch < onDisk.epoch) return { applied: onDisk, served: onDisk }
  const served = await tableOf(newest)
  return { applied: served.epoch === onDisk.epoch ? onDisk : served, served }
}

async function probed(onDisk: Table, warnings: Warnings): Promise<Tables> {
  const { table, dead } = await markDeadInstances(onDisk)
  if (dead.length > 0) {
    warnings.add(
      `started from the last good table, epoch ${table.epoch}; no traffic for ${dead.join(', ')}: no answer`,
    )
  }
  return { applied: onDisk, served: table }
}

async function tableOf(worker: KnownWorker): Promise<Table> {
  const { table } = await worker.link.call('status', { table: true }, answerLimitMs)
  return table ?? emptyTable
}
