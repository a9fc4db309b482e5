import { SluiceError } from '../errors.ts'
import { Alarms } from './alarms.ts'
import type { Clock } from './clock.ts'
import { acquireLease, type Lease, leaseMs } from './lease.ts'
import type { Store } from './store.ts'

/** The lease of one environment while it is needed: taken, renewed in time, and given back. */
export class Tenure {
  readonly #given: {
    store: Store
    clock: Clock
    name: string
    holder: string
    onLost(error: unknown): void
  }
  readonly #alarms: Alarms
  #lease: Lease | null = null

  constructor(given: {
    store: Store
    clock: Clock
    name: string
    holder: string
    onLost(error: unknown): void
  }) {
    this.#given = given
    this.#alarms = new Alarms(given.clock)
  }

  /** Answers the token. Throws LEASE_LOST while somebody else holds it. */
  async hold(): Promise<number> {
    const { store, name, holder, clock } = this.#given
    const lease = await acquireLease(store, { name, holder, clock })
    if (lease === null) throw new SluiceError('LEASE_LOST', `another process drives ${name}`)
    this.#lease = lease
    this.#renewLater(lease)
    return lease.token
  }

  async letGo(): Promise<void> {
    const lease = this.#lease
    this.close()
    await lease?.release()
  }

  /** Renews no more; the lease runs out by itself, or the same holder takes it again. */
  close(): void {
    this.#lease = null
    this.#alarms.callOff()
  }

  #renewLater(lease: Lease): void {
    const { clock, onLost } = this.#given
    this.#alarms.callOff()
    this.#alarms.set(clock.now() + leaseMs / 3, () => {
      lease.renew().then(
        () => {
          if (this.#lease === lease) this.#renewLater(lease)
        },
        (error) => {
          if (this.#lease === lease) onLost(error)
        },
      )
    })
  }
}
