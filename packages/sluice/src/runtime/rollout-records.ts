import type { Trial } from '../core/analysis/trial.ts'
import type { Event } from '../core/event.ts'
import type { Fact } from '../core/narrate.ts'
import type { EnvironmentId, Ms } from '../core/release.ts'
import { engineVersion, ofThisEngine, type Rollout } from '../core/rollout.ts'
import { writeState } from './environment-records.ts'
import type { EnvironmentState } from './environment-state.ts'
import type { Store } from './store.ts'

export interface RolloutRecord {
  rollout: Rollout
  startedBy: string
  /** What was known when it began: what changed, where from. */
  note: RolloutNote
  engine: number
  /** The state before its first event, from which the journal can be folded again. */
  beginning: Rollout
  /** Of the newest entry in its journal, whose state `rollout` is; 0 once that was pruned. */
  seq: number
}

export interface RolloutNote {
  source: string
  warnings: string[]
}

/** So many rollouts of an environment that are over keep their journals; of older ones the record is left. */
export const keptJournals = 50
/** Pruned at a time, so that a large journal of old is caught up with little by little. */
const prunedAtOnce = 20

export interface JournalEntry {
  seq: number
  at: Ms
  event: Event
  facts: Fact[]
}

/** Rollouts and their journals: what happened in each, event by event, and where it led. */
export function rolloutRecords(store: Store) {
  const { db } = store
  /** The trial of each rollout as it was last written. */
  const writtenTrials = new Map<string, Trial | null>()
  const columns = (rollout: Rollout) => ({
    status: rollout.status,
    endedAt: rollout.endedAt,
    stateJson: JSON.stringify({ ...rollout, trial: null }),
    ...(writtenTrials.get(rollout.id) === rollout.trial ? {} : { trialJson: JSON.stringify(rollout.trial) }),
  })
  const noteWritten = ({ id, trial, endedAt }: Rollout) => {
    if (endedAt === null) writtenTrials.set(id, trial)
    else writtenTrials.delete(id)
  }
  const read = (row: {
    stateJson: string
    trialJson: string | null
    beginningJson: string
    startedBy: string
    noteJson: string
    engine: number
    seq: number | null
  }): RolloutRecord => ({
    rollout: ofThisEngine({ ...JSON.parse(row.stateJson), trial: JSON.parse(row.trialJson ?? 'null') }),
    beginning: ofThisEngine(JSON.parse(row.beginningJson)),
    startedBy: row.startedBy,
    note: JSON.parse(row.noteJson),
    engine: row.engine,
    seq: row.seq ?? 0,
  })
  // State and number in one statement, so that they belong together.
  const selectRollouts = () =>
    db
      .selectFrom('rollouts')
      .selectAll()
      .select((select) =>
        select
          .selectFrom('journal')
          .select((inner) => inner.fn.max('seq').as('seq'))
          .whereRef('journal.rollout', '=', 'rollouts.id')
          .as('seq'),
      )
  const insertEntry = (entry: JournalEntry, rollout: string) => ({
    rollout,
    seq: entry.seq,
    at: entry.at,
    eventJson: JSON.stringify(entry.event),
    factsJson: JSON.stringify(entry.facts),
  })

  return {
    /** The rollout, its first event, and the environment that it now occupies: all or nothing. */
    async begin(
      record: Omit<RolloutRecord, 'engine' | 'seq'>,
      entry: JournalEntry,
      state: EnvironmentState,
    ): Promise<void> {
      const { rollout } = record
      await store.write(() =>
        db.transaction().execute(async (transaction) => {
          await transaction
            .insertInto('rollouts')
            .values({
              id: rollout.id,
              environment: rollout.environment,
              kind: rollout.kind,
              strategy: rollout.strategy,
              fromRelease: rollout.stable?.release ?? null,
              toRelease: rollout.candidate.release,
              startedAt: rollout.startedAt,
              startedBy: record.startedBy,
              noteJson: JSON.stringify(record.note),
              engine: engineVersion,
              beginningJson: JSON.stringify(record.beginning),
              ...columns(rollout),
            })
            .execute()
          await transaction.insertInto('journal').values(insertEntry(entry, rollout.id)).execute()
          await writeState(transaction, rollout.environment, state)
        }),
      )
      noteWritten(rollout)
    },

    /** One event and the state it led to, and with the last one where the environment stands now. */
    async append(rollout: Rollout, entry: JournalEntry, ended: EnvironmentState | null): Promise<void> {
      await store.write(() =>
        db.transaction().execute(async (transaction) => {
          await transaction.insertInto('journal').values(insertEntry(entry, rollout.id)).execute()
          await transaction
            .updateTable('rollouts')
            .set(columns(rollout))
            .where('id', '=', rollout.id)
            .execute()
          if (ended !== null) await writeState(transaction, rollout.environment, ended)
        }),
      )
      noteWritten(rollout)
    },

    async find(id: string): Promise<RolloutRecord | null> {
      const row = await selectRollouts().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : read(row)
    },

    async beginningWith(prefix: string): Promise<RolloutRecord[]> {
      if (!/^[0-9a-f]{1,16}$/.test(prefix)) return []
      const rows = await selectRollouts().where('id', 'like', `${prefix}%`).limit(5).execute()
      return rows.map(read)
    },

    /** Newest first. */
    async list(filter: {
      app?: string
      environment?: EnvironmentId
      limit: number
    }): Promise<RolloutRecord[]> {
      let query = selectRollouts().orderBy('startedAt', 'desc').limit(filter.limit)
      if (filter.environment !== undefined) query = query.where('environment', '=', filter.environment)
      if (filter.app !== undefined) query = query.where('environment', 'like', `${filter.app}/%`)
      return (await query.execute()).map(read)
    },

    /** Entries after `seq`, oldest first. */
    async entries(id: string, afterSeq: number, limit = 10_000): Promise<JournalEntry[]> {
      const rows = await db
        .selectFrom('journal')
        .selectAll()
        .where('rollout', '=', id)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map((row) => ({
        seq: row.seq,
        at: row.at,
        event: JSON.parse(row.eventJson),
        facts: JSON.parse(row.factsJson),
      }))
    },

    /** Forgets the events of the environment's older rollouts that are over; no state is ever folded from them again. */
    async pruneJournals(environment: EnvironmentId): Promise<void> {
      const old = db
        .selectFrom('rollouts')
        .select('id')
        .where('environment', '=', environment)
        .where('endedAt', 'is not', null)
        .where(({ exists, selectFrom }) =>
          exists(selectFrom('journal').select('seq').whereRef('journal.rollout', '=', 'rollouts.id')),
        )
        .orderBy('startedAt', 'desc')
        .limit(prunedAtOnce)
        .offset(keptJournals)
      await store.write(() => db.deleteFrom('journal').where('rollout', 'in', old).execute())
    },
  }
}
