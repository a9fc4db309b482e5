import { SluiceError } from '../errors.ts'
import type { Clock } from './clock.ts'
import type { Store } from './store.ts'

/** The right to drive one environment. */
export interface Lease {
  /** Grows with every new holder; the first half of every fence. */
  readonly token: number
  /** Throws LEASE_LOST when somebody else holds it now. */
  renew(): Promise<void>
  release(): Promise<void>
}

/** A holder that has not renewed for this long is taken to be gone. */
export const leaseMs = 15_000

/**
 * One writer per environment. The token grows with each change of holder, so that calls of an earlier holder that are
 * still under way are older than all of the new one's.
 */
export async function acquireLease(
  store: Store,
  request: { name: string; holder: string; clock: Clock },
): Promise<Lease | null> {
  const { name, holder, clock } = request
  const { db } = store
  const held = await db.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst()
  if (held !== undefined && held.holder !== holder && held.expiresAt > clock.now()) return null
  const row = { holder, token: (held?.token ?? 0) + 1, expiresAt: clock.now() + leaseMs }
  // Of two who found it free at once, the one that comes second finds another token and leaves it.
  const taken = await store.write(() =>
    db
      .insertInto('leases')
      .values({ name, ...row })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(row)
          .where('leases.token', '=', held?.token ?? 0),
      )
      .returning('token')
      .executeTakeFirst(),
  )
  if (taken === undefined) return null
  const { token } = taken
  return {
    token,
    async renew() {
      const result = await store.write(() =>
        store.db
          .updateTable('leases')
          .set({ expiresAt: clock.now() + leaseMs })
          .where('name', '=', name)
          .where('token', '=', token)
          .executeTakeFirst(),
      )
      if (result.numUpdatedRows === 0n)
        throw new SluiceError('LEASE_LOST', `another process drives ${name} now`)
    },
    async release() {
      await store.write(() =>
        store.db
          .updateTable('leases')
          .set({ expiresAt: 0 })
          .where('name', '=', name)
          .where('token', '=', token)
          .execute(),
      )
    },
  }
}
