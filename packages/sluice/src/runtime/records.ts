import type { EnvironmentId, Ms } from '../core/release.ts'
import { drillRecords } from './drill-records.ts'
import { environmentRecords } from './environment-records.ts'
import { releaseRecords } from './release-records.ts'
import { rolloutRecords } from './rollout-records.ts'
import type { Store } from './store.ts'

/** Everything that is written down, by what it is about. */
export type Records = ReturnType<typeof openRecords>

export function openRecords(store: Store) {
  const { db } = store
  return {
    environments: environmentRecords(store),
    rollouts: rolloutRecords(store),
    releases: releaseRecords(store),
    drills: drillRecords(store),

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
