import type { DrillFault } from '../core/drill.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'
import type { Store } from './store.ts'

/** How the way back was tried in an environment, and what came of it. */
export interface DrillRecord {
  environment: EnvironmentId
  at: Ms
  endedAt: Ms
  by: string
  /** What served, and was copied to be broken. */
  release: ReleaseId
  results: DrillResult[]
  users: DrillUsers
}

/** What came of one fault. */
export interface DrillResult {
  fault: DrillFault
  /** Id of the rollout whose journal tells it all. */
  rollout: string
  /**
   * `caught`: noticed for what it was, and undone. `missed`: not noticed in time. `disturbed`: something else ended it.
   * `aborted`: a person did, or a newer deploy or rollback.
   */
  outcome: 'caught' | 'missed' | 'disturbed' | 'aborted'
  /**
   * What noticed it; null where nothing did. `evidence`: the sequential test. `guard`: most requests of half a minute
   * failed. `crash`: instances that had been ready were lost, or ended. `probe`: none ever became ready.
   */
  caughtBy: 'evidence' | 'guard' | 'crash' | 'probe' | null
  message: string
  /** From the first faulty request, or the fault itself, to the verdict. */
  detectedMs: Ms | null
  /** From the verdict until the copy had no traffic and was gone. */
  undoneMs: Ms | null
}

/** What users met meanwhile. */
export interface DrillUsers {
  requests: number
  failed: number
  retried: number
  /** Of users, to the broken copy: 0, or Sluice has a bug. */
  toCopy: number
}

/** Drills that went to their end, by environment. */
export function drillRecords(store: Store) {
  const { db } = store
  return {
    async save({ environment, at, ...record }: DrillRecord): Promise<void> {
      const row = { environment, at, recordJson: JSON.stringify(record) }
      await store.write(() => db.insertInto('drills').values(row).execute())
    },
    async latest(environment: EnvironmentId): Promise<DrillRecord | null> {
      const row = await db
        .selectFrom('drills')
        .selectAll()
        .where('environment', '=', environment)
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : { environment, at: row.at, ...JSON.parse(row.recordJson) }
    },
  }
}

/** How many of its faults were caught and undone. */
export function caughtOf({ results }: Pick<DrillRecord, 'results'>): number {
  return results.filter(({ outcome }) => outcome === 'caught').length
}
