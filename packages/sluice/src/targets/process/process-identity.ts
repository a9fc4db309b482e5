import { currentBoot, processOf } from './process-table.ts'

/** Names one process for ever: a pid alone is given out again once its process is gone. */
export interface ProcessIdentity {
  pid: number
  boot: string
  /** As `ProcessRow.born`. */
  born: string
}

/** `running`; `ended`: gone, or a zombie; `replaced`: the pid belongs to somebody else now, who is not to be touched. */
export type Presence = 'running' | 'ended' | 'replaced'

/** What became of the process that was called this. */
export async function presenceOf(identity: ProcessIdentity): Promise<Presence> {
  if (identity.boot !== (await currentBoot())) return 'replaced'
  const row = await processOf(identity.pid)
  if (row === null) return 'ended'
  if (row.born !== identity.born) return 'replaced'
  return row.isZombie ? 'ended' : 'running'
}
