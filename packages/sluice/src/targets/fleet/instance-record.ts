import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ms, ReleaseId } from '../../core/release.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { parseInstanceId } from './layout.ts'

/** What is written down of one start of an instance, before there is a body and until it is forgotten. */
export interface InstanceRecord {
  id: string
  release: ReleaseId
  slot: number
  /** Where it is reached; unknown before it was started, where only its body can tell. */
  host?: string
  port?: number
  startedAt: Ms
  /** When it was first ready. */
  readyAt: Ms | null
  /** When its end was seen. Null: it runs, or ended while nobody was looking. */
  ended: Ms | null
}

/** Starts of a slot whose folders are kept for their logs. */
const KEPT_STARTS = 3

export async function createRecord(folder: string, record: InstanceRecord): Promise<void> {
  await mkdir(folder, { recursive: true })
  await saveRecord(folder, record)
}

/** Not fsynced: what a power cut would lose describes processes that the power cut has ended too. */
export function saveRecord(folder: string, record: InstanceRecord): Promise<void> {
  return writeJson(recordFile(folder), record, { durable: false })
}

export function readRecord(folder: string): Promise<InstanceRecord | null> {
  return readJson<InstanceRecord>(recordFile(folder))
}

const recordFile = (folder: string) => join(folder, 'instance.json')

/** Ids of all starts that have a folder, by release and slot, the newest start first; of one release, or of all. */
export async function startsIn(instancesFolder: string, release?: ReleaseId): Promise<string[]> {
  const names = await readdir(instancesFolder).catch(() => [])
  return names
    .map((id) => ({ id, ...parseInstanceId(id) }))
    .filter((it) => it.release !== undefined && (release === undefined || it.release === release))
    .sort((a, b) => byName(a.release!, b.release!) || a.slot! - b.slot! || b.start! - a.start!)
    .map((it) => it.id)
}

/** r9 before r10. */
function byName(a: ReleaseId, b: ReleaseId): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** Removes old starts of this slot, with what `forget` knows of them; what has not ended stays. */
export async function pruneStarts(
  instancesFolder: string,
  { release, slot }: { release: ReleaseId; slot: number },
  forget: (instances: string[]) => Promise<void>,
): Promise<void> {
  const ofSlot = (await startsIn(instancesFolder, release)).filter((id) => parseInstanceId(id)!.slot === slot)
  for (const id of ofSlot.slice(KEPT_STARTS)) {
    const folder = join(instancesFolder, id)
    if (!(await readRecord(folder))?.ended) continue
    await forget([id])
    await rm(folder, { recursive: true, force: true })
  }
}
