import type { EnvironmentId } from '../../core/release.ts'
import type { RouterObservation } from '../router.ts'
import type { HaproxyHome } from './home.ts'
import { decodeName, encodeName } from './name.ts'
import { type FoundServer, readEndless, readRows, readServers } from './read-worker.ts'
import { readRow, relayed, rowsOf } from './rows.ts'
import { type Server, serversOf } from './servers.ts'
import { placedIn, type Table } from './table.ts'
import { askAll, type Worker, workersOf } from './workers.ts'

/** What HAProxy itself says that it serves of an environment, over all of its workers. */
export async function observeWorkers(
  home: HaproxyHome,
  table: Table,
  environment: EnvironmentId,
  withinMs: number,
): Promise<Omit<RouterObservation, 'cut'>> {
  const name = encodeName(environment)
  const placed = placedIn(table, environment)
  const own = { ...table, environments: placed === undefined ? [] : [placed] }
  const wantedRow = rowsOf(own).environments.get(name)
  const wantedServers = serversOf(own)
  const slots = new Set(Object.values(placed?.slotOf ?? {}).map((slot) => `s${slot}`))
  const isOurs = (server: { name: string }) => slots.has(server.name.split('/')[0]!)

  const look = async ({ talk, isLeaving }: Worker) => {
    // In this order: what is in flight is newer than the weights, and can only show less of what has been left.
    const { routes, environments } = await readRows(talk, home)
    const row =
      isLeaving && [...routes.values()].every((value) => value === relayed)
        ? wantedRow
        : environments.get(name)
    const servers = (await readServers(talk)).filter(isOurs)
    return { row, servers, endless: await readEndless(talk), isLeaving }
  }

  const seen = await askAll(await workersOf(home, withinMs), look)
  const others = seen.find(({ row }) => row !== wantedRow)
  const shown = (others ?? seen[0])?.row
  const haveServers = seen.every(({ servers, isLeaving }) => isLeaving || areAsWanted(wantedServers, servers))
  return {
    ...(shown === undefined ? { weightEpoch: 0, weights: {} } : readRow(shown)),
    reached: others === undefined && haveServers,
    inFlight: inFlightOf(seen),
  }
}

function areAsWanted(wanted: Server[], found: FoundServer[]): boolean {
  const known = new Map(found.map((server) => [server.name, server]))
  return wanted.every(({ name, state }) => (known.get(name)?.isReady ?? false) === (state === 'serving'))
}

function inFlightOf(
  seen: { servers: FoundServer[]; endless: Map<string, number> }[],
): NonNullable<RouterObservation['inFlight']> {
  const inFlight: NonNullable<RouterObservation['inFlight']> = {}
  for (const { servers, endless } of seen)
    for (const { name, current } of servers) {
      const tunnels = Math.min(current, endless.get(name) ?? 0)
      const id = decodeName(name.split('/')[1]!)
      const known = inFlight[id] ?? { requests: 0, tunnels: 0 }
      inFlight[id] = { requests: known.requests + current - tunnels, tunnels: known.tunnels + tunnels }
    }
  return inFlight
}
