import { isDeepStrictEqual } from 'node:util'
import type { EnvironmentId } from '../../core/release.ts'
import { SluiceError } from '../../errors.ts'
import type { ProxyClient } from '../../proxy/control-client.ts'
import type { EnvironmentRoute, Table } from '../../proxy/table.ts'
import { refuseConflict } from '../route-conflict.ts'

/** Makes the proxy's one table from all environments. There is one composer per proxy. */
export interface Composer {
  /**
   * What the environment should be from now on; null: not served. Resolves when every worker has acknowledged it.
   * Throws ROUTE_CONFLICT, and what the proxy throws; what was wanted stays wanted then, and goes with the next table.
   */
  place(environment: EnvironmentId, route: EnvironmentRoute | null): Promise<void>
  /** What a worker serves whose table has this epoch, and whether that is the newest that was wanted. */
  servedAt(environment: EnvironmentId, epoch: number): { route: EnvironmentRoute | null; isNewest: boolean }
}

/** One version of an environment, and the first table that has it. */
interface Placed {
  route: EnvironmentRoute | null
  /** Null until a table with it has been sent. */
  epoch: number | null
}

/** Starts from the proxy's own table, so that environments of which nobody has spoken yet are kept. */
export async function openComposer(client: ProxyClient, withinMs?: number): Promise<Composer> {
  const status = await client.call('status', { table: true }, withinMs)
  let last: Table = status.table ?? { schema: 1, epoch: status.epoch, environments: [] }
  const histories = new Map<EnvironmentId, Placed[]>(
    last.environments.map((route) => [route.name, [{ route, epoch: last.epoch }]]),
  )
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null

  async function place(environment: EnvironmentId, route: EnvironmentRoute | null): Promise<void> {
    if (route !== null) refuseConflict(route, newestRoutes(histories))
    const history = histories.get(environment) ?? []
    if (!isDeepStrictEqual(history.at(-1)?.route ?? null, route)) history.push({ route, epoch: null })
    if (history.length > 0) histories.set(environment, history)
    await applySoon()
  }

  // Whatever is placed while a table is on its way goes into the next one, together.
  function applySoon(): Promise<void> {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null
        running = apply()
        return running
      })
    return next
  }

  async function apply(): Promise<void> {
    try {
      await send()
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'FENCED')) throw error
      await overtake()
      await send()
    }
  }

  async function send(): Promise<void> {
    const pending = newestVersions(histories).filter((placed) => placed.epoch === null)
    if (pending.length > 0) {
      last = { schema: 1, epoch: last.epoch + 1, environments: newestRoutes(histories) }
      for (const placed of pending) placed.epoch = last.epoch
    }
    await client.call('apply', { table: last }, withinMs)
  }

  // The proxy has a table that is not ours, from a composer before us: ours goes on top of it.
  async function overtake(): Promise<void> {
    const { epoch } = await client.call('status', {}, withinMs)
    for (const placed of newestVersions(histories)) placed.epoch = null
    last = { ...last, epoch: Math.max(epoch, last.epoch) }
  }

  function servedAt(environment: EnvironmentId, epoch: number): ReturnType<Composer['servedAt']> {
    const history = histories.get(environment) ?? []
    const place = history.findLastIndex((placed) => placed.epoch !== null && placed.epoch <= epoch)
    const route = history[place]?.route ?? null
    const isNewest = place === history.length - 1
    history.splice(0, place) // No worker goes back to a table before this one.
    return { route, isNewest }
  }

  return { place, servedAt }
}

function newestVersions(histories: Map<EnvironmentId, Placed[]>): Placed[] {
  return [...histories.values()].flatMap((history) => history.at(-1) ?? [])
}

function newestRoutes(histories: Map<EnvironmentId, Placed[]>): EnvironmentRoute[] {
  return newestVersions(histories).flatMap(({ route }) => route ?? [])
}
