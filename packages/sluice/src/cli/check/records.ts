import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Recorded } from '../../checks/look/look.ts'
import type { Report } from '../../checks/run-checks.ts'
import { readJson, writeJson } from '../../host/json-file.ts'
import { makeHome } from '../make-home.ts'

/** What was tried proves something for so long, as long as no file changes. */
const heldForMs = 7 * 86_400_000

interface RecordFile {
  /** Of all files, when it was tried. */
  treeHash: string
  records: Record<string, Recorded>
}

/** What was tried before on the very same files. `treeHash` is only asked for where something was. */
export async function recordsFor(
  home: string,
  folder: string,
  { treeHash, now }: { treeHash: () => string; now: number },
): Promise<Record<string, Recorded>> {
  const file = await readJson<RecordFile>(fileFor(home, folder))
  if (file === null) return {}
  const fresh = Object.entries(file.records).filter(([, { at }]) => now - at < heldForMs)
  if (fresh.length === 0 || file.treeHash !== treeHash()) return {}
  return Object.fromEntries(fresh)
}

/** Keeps what was tried now, beside what earlier runs tried on the same files. */
export async function keepRecords(
  home: string,
  folder: string,
  {
    treeHash,
    now,
    tried,
    before,
  }: { treeHash: string; now: number; tried: Report['tried']; before: Record<string, Recorded> },
): Promise<void> {
  const records = { ...before }
  for (const [id, answers] of Object.entries(tried)) {
    records[id] = { at: now, answers: { ...before[id]?.answers, ...answers } }
  }
  const file = fileFor(home, folder)
  makeHome(home)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeJson(file, { treeHash, records } satisfies RecordFile, { durable: false })
}

function fileFor(home: string, folder: string): string {
  return join(home, 'checks', `${createHash('sha256').update(folder).digest('hex').slice(0, 32)}.json`)
}
