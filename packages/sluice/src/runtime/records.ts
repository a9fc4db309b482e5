import type { Event } from '../core/event.ts'
import type { Fact } from '../core/narrate.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'
import { engineVersion, type Rollout } from '../core/rollout.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { EnvironmentSettings, EnvironmentState } from './environment-state.ts'
import type { Store } from './store.ts'

export interface EnvironmentRecord {
  settings: EnvironmentSettings
  state: EnvironmentState
}

export interface RolloutRecord {
  rollout: Rollout
  startedBy: string
  /** What was known when it began: what changed, where from. */
  note: RolloutNote
  engine: number
  /** The state before its first event, from which the journal can be folded again. */
  beginning: Rollout
  /** Of the newest entry in its journal, whose state `rollout` is. */
  seq: number
}

export interface RolloutNote {
  source: string
  warnings: string[]
}

export interface JournalEntry {
  seq: number
  at: Ms
  event: Event
  facts: Fact[]
}

export interface ReleaseRecord {
  app: string
  release: ReleaseId
  state: 'building' | 'built' | 'failed' | 'pruned'
  digest: string | null
  /** Where its files are. */
  folder: string
  /** Where they were taken from. */
  source: string
  facts: ReleaseFacts
  createdAt: Ms
  createdBy: string
}

export interface ReleaseFacts {
  files: number
  bytes: number
  git: { revision: string; isClean: boolean } | null
}

/** Everything that is written down, by what it is about. */
export type Records = ReturnType<typeof openRecords>

export function openRecords(store: Store) {
  const { db } = store
  return {
    environments: environmentRecords(store),
    rollouts: rolloutRecords(store),
    releases: releaseRecords(store),

    async audit(entry: {
      at: Ms
      by: string
      environment: EnvironmentId | null
      what: string
      data?: unknown
    }) {
      const { data, ...row } = entry
      await store.write(() =>
        db
          .insertInto('audit')
          .values({ ...row, dataJson: JSON.stringify(data ?? {}) })
          .execute(),
      )
    },
  }
}

function environmentRecords(store: Store) {
  const { db } = store
  const read = (row: { settingsJson: string; stateJson: string }): EnvironmentRecord => ({
    settings: JSON.parse(row.settingsJson),
    state: JSON.parse(row.stateJson),
  })
  return {
    async all(): Promise<EnvironmentRecord[]> {
      const rows = await db.selectFrom('environments').selectAll().orderBy('id').execute()
      return rows.map(read)
    },
    async find(id: EnvironmentId): Promise<EnvironmentRecord | null> {
      const row = await db.selectFrom('environments').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : read(row)
    },
    async save({ settings, state }: EnvironmentRecord): Promise<void> {
      const values = { settingsJson: JSON.stringify(settings), stateJson: JSON.stringify(state) }
      await store.write(() =>
        db
          .insertInto('environments')
          .values({ id: settings.id, app: settings.app, name: settings.name, ...values })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
          .execute(),
      )
    },
    async saveState(id: EnvironmentId, state: EnvironmentState): Promise<void> {
      await store.write(() =>
        db
          .updateTable('environments')
          .set({ stateJson: JSON.stringify(state) })
          .where('id', '=', id)
          .execute(),
      )
    },
    async saveSpec(spec: ReleaseSpec, at: Ms): Promise<void> {
      const values = { specJson: JSON.stringify(spec), deployedAt: at }
      await store.write(() =>
        db
          .insertInto('deployed')
          .values({ environment: spec.environment, release: spec.release, ...values })
          .onConflict((conflict) => conflict.columns(['environment', 'release']).doUpdateSet(values))
          .execute(),
      )
    },
    async spec(environment: EnvironmentId, release: ReleaseId): Promise<ReleaseSpec | null> {
      const row = await db
        .selectFrom('deployed')
        .select('specJson')
        .where('environment', '=', environment)
        .where('release', '=', release)
        .executeTakeFirst()
      return row === undefined ? null : JSON.parse(row.specJson)
    },
    /** Environments of the app to which the release was ever deployed. */
    async deployedTo(app: string, release: ReleaseId): Promise<EnvironmentId[]> {
      const rows = await db
        .selectFrom('deployed')
        .select('environment')
        .where('environment', 'like', `${app}/%`)
        .where('release', '=', release)
        .execute()
      return rows.map((row) => row.environment)
    },
    /** Releases that were ever deployed to it, newest deploy first. */
    async deployed(environment: EnvironmentId): Promise<ReleaseId[]> {
      const rows = await db
        .selectFrom('deployed')
        .select('release')
        .where('environment', '=', environment)
        .orderBy('deployedAt', 'desc')
        .execute()
      return rows.map((row) => row.release)
    },
  }
}

function rolloutRecords(store: Store) {
  const { db } = store
  const columns = (rollout: Rollout) => ({
    status: rollout.status,
    endedAt: rollout.endedAt,
    stateJson: JSON.stringify(rollout),
  })
  const read = (row: {
    stateJson: string
    beginningJson: string
    startedBy: string
    noteJson: string
    engine: number
    seq: number | null
  }): RolloutRecord => ({
    rollout: JSON.parse(row.stateJson),
    beginning: JSON.parse(row.beginningJson),
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
          await transaction
            .updateTable('environments')
            .set({ stateJson: JSON.stringify(state) })
            .where('id', '=', rollout.environment)
            .execute()
        }),
      )
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
          if (ended === null) return
          await transaction
            .updateTable('environments')
            .set({ stateJson: JSON.stringify(ended) })
            .where('id', '=', rollout.environment)
            .execute()
        }),
      )
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
  }
}

function releaseRecords(store: Store) {
  const { db } = store
  const read = (row: {
    app: string
    number: number
    state: ReleaseRecord['state']
    digest: string | null
    folder: string
    source: string
    factsJson: string
    createdAt: number
    createdBy: string
  }): ReleaseRecord => ({
    app: row.app,
    release: `r${row.number}`,
    state: row.state,
    digest: row.digest,
    folder: row.folder,
    source: row.source,
    facts: JSON.parse(row.factsJson),
    createdAt: row.createdAt,
    createdBy: row.createdBy,
  })
  return {
    /** Takes the app's next number. `folderOf` says where its files will be. */
    async begin(given: {
      app: string
      source: string
      by: string
      at: Ms
      folderOf: (release: ReleaseId) => string
    }): Promise<ReleaseRecord> {
      const row = await store.write(() =>
        db.transaction().execute(async (transaction) => {
          const last = await transaction
            .selectFrom('releases')
            .select((select) => select.fn.max('number').as('number'))
            .where('app', '=', given.app)
            .executeTakeFirst()
          const number = Number(last?.number ?? 0) + 1
          const facts: ReleaseFacts = { files: 0, bytes: 0, git: null }
          return transaction
            .insertInto('releases')
            .values({
              app: given.app,
              number,
              state: 'building',
              digest: null,
              folder: given.folderOf(`r${number}`),
              source: given.source,
              factsJson: JSON.stringify(facts),
              createdAt: given.at,
              createdBy: given.by,
            })
            .returningAll()
            .executeTakeFirstOrThrow()
        }),
      )
      return read(row)
    },
    async finish(
      release: { app: string; release: ReleaseId },
      end: { state: ReleaseRecord['state']; digest?: string; facts?: ReleaseFacts },
    ): Promise<void> {
      await store.write(() =>
        db
          .updateTable('releases')
          .set({
            state: end.state,
            ...(end.digest === undefined ? {} : { digest: end.digest }),
            ...(end.facts === undefined ? {} : { factsJson: JSON.stringify(end.facts) }),
          })
          .where('app', '=', release.app)
          .where('number', '=', numberOf(release.release))
          .execute(),
      )
    },
    async find(app: string, release: ReleaseId): Promise<ReleaseRecord | null> {
      const row = await db
        .selectFrom('releases')
        .selectAll()
        .where('app', '=', app)
        .where('number', '=', numberOf(release))
        .executeTakeFirst()
      return row === undefined ? null : read(row)
    },
    /** Newest first. */
    async list(app: string): Promise<ReleaseRecord[]> {
      const rows = await db
        .selectFrom('releases')
        .selectAll()
        .where('app', '=', app)
        .orderBy('number', 'desc')
        .execute()
      return rows.map(read)
    },
    /** Those that were being built when the agent ended: what there is of them is worthless. */
    async failUnfinished(): Promise<void> {
      await store.write(() =>
        db.updateTable('releases').set({ state: 'failed' }).where('state', '=', 'building').execute(),
      )
    },
  }
}

function numberOf(release: ReleaseId): number {
  return Number(release.slice(1))
}
