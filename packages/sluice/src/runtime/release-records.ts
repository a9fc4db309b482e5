import type { Ms, ReleaseId } from '../core/release.ts'
import type { Store } from './store.ts'

/** What every release was made for, and ran on, that was recorded before there were several targets. */
export const firstTarget = 'process'

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
  /** The kind of target that it was made for; absent: `firstTarget`. */
  target?: string
  /** What containers run from. */
  image?: string
}

/** Releases of each app, numbered in the order in which they were begun. */
export function releaseRecords(store: Store) {
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
