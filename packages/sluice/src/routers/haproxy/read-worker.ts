import { SluiceError } from '../../errors.ts'
import type { HaproxyHome } from './home.ts'
import type { Rows } from './rows.ts'
import type { Talk } from './talk.ts'

/** A server as a worker has it. */
export interface FoundServer {
  name: string
  address: string
  /** Takes new requests. */
  isReady: boolean
  /** Out of use, which it has to be before it can be deleted. */
  isOff: boolean
  /** Requests in flight and open tunnels together. */
  current: number
}

/** The maps of a worker. */
export async function readRows(talk: Talk, { maps }: HaproxyHome): Promise<Rows> {
  return {
    routes: readMap(await talk(`show map ${maps.routes}`)),
    environments: readMap(await talk(`show map ${maps.environments}`)),
    releases: readMap(await talk(`show map ${maps.releases}`)),
  }
}

// `0x5581f8c8f4b0 key value`
export function readMap(answer: string): Map<string, string> {
  const lines = answer.split('\n').filter((line) => line.startsWith('0x'))
  return new Map(lines.map((line) => line.split(' ').slice(1, 3) as [string, string]))
}

/** The servers of a worker, over all backends. */
export async function readServers(talk: Talk): Promise<FoundServer[]> {
  const [head = '', ...lines] = (await talk('show stat -1 4 -1')).split('\n')
  const names = head.replace(/^# /, '').split(',')
  const column = (name: string) => names.indexOf(name)
  if (column('scur') < 0) throw new SluiceError('PROXY_UNREACHABLE', `HAProxy shows no servers: ${head}`)
  const [backend, server, status, addr, scur] = ['pxname', 'svname', 'status', 'addr', 'scur'].map(column)
  return lines
    .map((line) => line.split(','))
    .filter((cells) => /^s\d+$/.test(cells[backend!]!))
    .map((cells) => ({
      name: `${cells[backend!]}/${cells[server!]}`,
      address: cells[addr!]!,
      isReady: /^(UP|no check)/.test(cells[status!]!),
      isOff: cells[status!]!.startsWith('MAINT'),
      current: Number(cells[scur!]),
    }))
}

/** Open tunnels and event streams by the name of their server. */
export async function readEndless(talk: Talk): Promise<Map<string, number>> {
  const lines = (await talk('show table endless')).matchAll(/ key=(\S+) .*conn_cur=(\d+)/g)
  return new Map([...lines].map(([, name, current]) => [name!, Number(current)]))
}

/** What is under way in a worker, and with which server. */
export async function readSessions(talk: Talk): Promise<{ id: string; server: string }[]> {
  const lines = (await talk('show sess')).matchAll(/^(0x[0-9a-f]+): .* be=(\S+) srv=(\S+) /gm)
  return [...lines].map(([, id, backend, server]) => ({ id: id!, server: `${backend}/${server}` }))
}
