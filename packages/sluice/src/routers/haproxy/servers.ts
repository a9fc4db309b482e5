import { isIPv6 } from 'node:net'
import type { RoutedState } from '../router.ts'
import { encodeName } from './name.ts'
import type { Table } from './table.ts'

/** An instance in its backend. */
export interface Server {
  /** `s3/r7-0-1`. */
  name: string
  /** `127.0.0.1:3000`, as HAProxy shows it. */
  address: string
  state: RoutedState
}

/** Keeps an idle connection no longer than it is likely to be of use: Node apps close theirs after 5 s. */
export const serverOptions = 'pool-purge-delay 1s'

/** The servers there should be. */
export function serversOf(table: Table): Server[] {
  return table.environments.flatMap(({ traffic, slotOf }) =>
    traffic.releases.flatMap(({ release, instances }) =>
      instances.map(({ id, host, port, state }) => ({
        name: `s${slotOf[release]}/${encodeName(id)}`,
        address: `${isIPv6(host) ? `[${host}]` : host}:${port}`,
        state,
      })),
    ),
  )
}
