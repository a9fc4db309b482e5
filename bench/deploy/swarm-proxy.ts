import type { SwarmNode } from '../../test/lab/swarm.ts'
import { until } from '../../test/lab/until.ts'
import { haproxyImage } from './haproxy-image.ts'
import { APP_PORT, done } from './shop-images.ts'

/** HAProxy in front of the service `shop`: as its own blog tells users of Swarm to, or as somebody who lost requests by that. */
export type ProxyCare = 'recipe' | 'careful'

/** A service of Swarm with a port of the node's own. */
export interface SwarmProxy {
  url: string
  /** Waits until it knows the replicas that there are, and nobody else. */
  settled(): Promise<void>
}

interface Settings {
  port: number
  /** How long a replica that has left the DNS is kept, and all other times of its resolver. */
  hold: string
  connect: string
  more: string
}

/**
 * The recipe keeps a replica that is gone for ten seconds, and gives up after ten on one that does not answer. With care
 * it is forgotten after one, and what cannot reach it goes to another after one.
 */
const careful = 'option redispatch 1\n  default-server inter 1s fall 1'
const settings: Record<ProxyCare, Settings> = {
  recipe: { port: 8080, hold: '10s', connect: '10s', more: '' },
  careful: { port: 8081, hold: '1s', connect: '1s', more: careful },
}

const configuration = ({ port, hold, connect, more }: Settings) => `
resolvers docker
  nameserver dns1 127.0.0.11:53
  resolve_retries 3
  timeout resolve 1s
  timeout retry   1s
  hold other      ${hold}
  hold refused    ${hold}
  hold nx         ${hold}
  hold timeout    ${hold}
  hold valid      ${hold}
  hold obsolete   ${hold}

defaults
  mode http
  timeout connect ${connect}
  timeout client 30s
  timeout server 30s
  ${more}

frontend web
  bind *:${port}
  use_backend stat if { path_beg -i /my-stats }
  default_backend shop

backend shop
  balance roundrobin
  server-template shop- 6 tasks.shop:${APP_PORT} check resolvers docker init-addr libc,none

backend stat
  stats enable
  stats uri /my-stats
`

/** Starts it on the network `shop`. */
export async function openSwarmProxy(
  node: SwarmNode,
  { care, replicas }: { care: ProxyCare; replicas: number },
): Promise<SwarmProxy> {
  const { port } = settings[care]
  const image = await haproxyImage(node, configuration(settings[care]))
  const publish = ['--publish', `mode=host,published=${port},target=${port}`]
  const create = ['service', 'create', '--no-resolve-image', '--name', care, '--network', 'shop']
  await done(node, [...create, ...publish, image])
  const url = `http://${node.address}:${port}/`

  async function hasSettled(): Promise<true | null> {
    const known = (await serversOf(url)).filter((status) => !status.startsWith('MAINT'))
    return known.length === replicas && known.every((status) => status === 'UP') ? true : null
  }

  return { url, settled: async () => void (await until('HAProxy knows the replicas', hasSettled, 60_000)) }
}

/** What its statistics say of each server: `UP`, `UP 1/3`, `DOWN`, `MAINT (resolution)`. */
async function serversOf(url: string): Promise<string[]> {
  const answer = await fetch(`${url}my-stats;csv`).catch(() => null)
  const [head, ...rows] = ((await answer?.text()) ?? '').split('\n').map((row) => row.split(','))
  const status = head!.indexOf('status')
  return rows.filter(([proxy, server]) => proxy === 'shop' && server !== 'BACKEND').map((row) => row[status]!)
}
