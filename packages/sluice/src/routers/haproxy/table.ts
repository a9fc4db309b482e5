import type { EnvironmentId, ReleaseId } from '../../core/release.ts'
import type { Traffic } from '../router.ts'

/** What HAProxy should serve: the whole of it. Kept on disk; its configuration and maps are made from it. */
export interface Table {
  schema: 1
  environments: Placed[]
  /** Backends there are to give releases a place in; grows in doubles, each of which costs a reload. */
  slots: number
  /** Where the search for a free one begins: one that was left is not used again soon. */
  nextSlot: number
}

export interface Placed {
  traffic: Traffic
  /** The backend of each of its releases. */
  slotOf: Record<ReleaseId, number>
  /** When each instance was first routed to, in milliseconds since the Unix epoch: it is cold at first. */
  since: Record<string, number>
}

export const emptyTable: Table = { schema: 1, environments: [], slots: 64, nextSlot: 0 }

/** The table with this traffic in it; releases that it no longer lists leave their slots. */
export function withTraffic(table: Table, traffic: Traffic, now: number): Table {
  const before = placedIn(table, traffic.environment)
  const others = table.environments.filter((placed) => placed !== before)
  const taken = new Set(
    [...others, ...(before ? [before] : [])].flatMap(({ slotOf }) => Object.values(slotOf)),
  )
  let { slots, nextSlot } = table
  const slotOf: Record<ReleaseId, number> = {}
  for (const { release } of traffic.releases) {
    const kept = before?.slotOf[release]
    if (kept === undefined) {
      // Half of them stay free, so that what was left has long been empty when it is taken again.
      if (2 * (taken.size + 1) > slots) slots *= 2
      while (taken.has(nextSlot)) nextSlot = (nextSlot + 1) % slots
      slotOf[release] = nextSlot
      taken.add(nextSlot)
      nextSlot = (nextSlot + 1) % slots
    } else slotOf[release] = kept
  }
  const ids = traffic.releases.flatMap(({ instances }) => instances.map(({ id }) => id))
  const since = Object.fromEntries(ids.map((id) => [id, before?.since[id] ?? now]))
  return { ...table, environments: [...others, { traffic, slotOf, since }], slots, nextSlot }
}

export function withoutEnvironment(table: Table, environment: EnvironmentId): Table {
  return {
    ...table,
    environments: table.environments.filter(({ traffic }) => traffic.environment !== environment),
  }
}

export function placedIn(table: Table, environment: EnvironmentId): Placed | undefined {
  return table.environments.find(({ traffic }) => traffic.environment === environment)
}
