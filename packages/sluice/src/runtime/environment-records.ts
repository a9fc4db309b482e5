import type { Kysely } from 'kysely'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { EnvironmentSettings, EnvironmentState } from './environment-state.ts'
import type { Schema } from './schema.ts'
import type { Store } from './store.ts'

export interface EnvironmentRecord {
  settings: EnvironmentSettings
  state: EnvironmentState
}

/** Where an environment stands now; within a transaction together with what led there. */
export async function writeState(
  db: Kysely<Schema>,
  id: EnvironmentId,
  state: EnvironmentState,
): Promise<void> {
  await db
    .updateTable('environments')
    .set({ stateJson: JSON.stringify(state) })
    .where('id', '=', id)
    .execute()
}

/** Where environments stand, and with which configuration each release was deployed to them. */
export function environmentRecords(store: Store) {
  const { db } = store
  const read = (row: { settingsJson: string; stateJson: string }): EnvironmentRecord => ({
    // Written before there were metrics of the user's own, and previews.
    settings: { sources: [], keepMs: null, ...JSON.parse(row.settingsJson) },
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
      await store.write(() => writeState(db, id, state))
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
    /** Releases that were ever deployed to it, newest deploy first; not the copies that drills were made with. */
    async deployed(environment: EnvironmentId): Promise<ReleaseId[]> {
      const rows = await db
        .selectFrom('deployed')
        .select('release')
        .where('environment', '=', environment)
        .where('release', 'not like', 'drill-%')
        .orderBy('deployedAt', 'desc')
        .execute()
      return rows.map((row) => row.release)
    },
    async newestDeploy(environment: EnvironmentId): Promise<Ms | null> {
      const row = await db
        .selectFrom('deployed')
        .select(({ fn }) => fn.max('deployedAt').as('at'))
        .where('environment', '=', environment)
        .executeTakeFirst()
      return row?.at ?? null
    },
    /** All that is known of it, but for its lease: tokens go on growing, should the name be used again. */
    async forget(id: EnvironmentId): Promise<void> {
      await store.write(() =>
        db.transaction().execute(async (transaction) => {
          const rollouts = transaction.selectFrom('rollouts').select('id').where('environment', '=', id)
          await transaction.deleteFrom('journal').where('rollout', 'in', rollouts).execute()
          for (const table of ['rollouts', 'drills', 'deployed'] as const)
            await transaction.deleteFrom(table).where('environment', '=', id).execute()
          await transaction.deleteFrom('environments').where('id', '=', id).execute()
        }),
      )
    },
  }
}
