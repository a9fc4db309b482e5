import { setTimeout as sleep } from 'node:timers/promises'
import type { HaproxyHome } from './home.ts'
import { type FoundServer, readRows, readServers, readSessions } from './read-worker.ts'
import { type Rows, relayed } from './rows.ts'
import { type Server, serverOptions } from './servers.ts'
import { command, type Talk } from './talk.ts'
import type { Worker } from './workers.ts'

/** What a worker should serve. */
export interface Wanted {
  rows: Rows
  servers: Server[]
}

const silence = /^$/
const spreadMs = 1_000
const longestGapMs = 20

/**
 * Makes a running worker serve exactly this, by as few commands as that takes, in the order in which no request can meet
 * a server that is not there yet, or not any more. Doing it again does nothing. Answers the servers of which something was
 * cut that will never be in the log, one for each cut.
 */
export async function settle(
  worker: Worker,
  home: HaproxyHome,
  { rows, servers }: Wanted,
): Promise<string[]> {
  const { talk } = worker
  if (worker.isLeaving) return settleLeaving(talk, home, servers)
  const found = new Map((await readServers(talk)).map((one) => [one.name, one]))
  for (const server of servers)
    if (server.state === 'serving') await serve(talk, server, found.get(server.name))
  if (await settleRows(talk, home, rows)) await allThreadsPass(talk)
  for (const server of servers)
    if (server.state !== 'serving') await leave(talk, server, found.get(server.name))
  const names = new Set(servers.map(({ name }) => name))
  for (const [name, server] of found) if (!names.has(name)) await dismiss(talk, server)
  return []
}

async function serve(talk: Talk, { name, address }: Server, found: FoundServer | undefined): Promise<void> {
  if (found === undefined) {
    await command(talk, `add server ${name} ${address} ${serverOptions}`, /^New server registered/)
  } else if (found.address !== address) {
    const [, host, port] = /^(.*):(\d+)$/.exec(address)!
    await command(
      talk,
      `set server ${name} addr ${host!.replace(/[[\]]/g, '')} port ${port}`,
      /changed|no need/,
    )
  }
  if (found === undefined || !found.isReady) await command(talk, `set server ${name} state ready`, silence)
}

async function leave(talk: Talk, { name, state }: Server, found: FoundServer | undefined): Promise<void> {
  if (found === undefined) return
  if (found.isReady) await command(talk, `set server ${name} state drain`, silence)
  if (state === 'closing' && found.current > 0) await cutSessions(talk, name)
}

// What is still busy or idle there keeps it from being deleted; it does no harm, and the next time will do.
async function dismiss(talk: Talk, { name, isOff, current }: FoundServer): Promise<void> {
  if (!isOff) await command(talk, `set server ${name} state maint`, silence)
  if (current > 0) await cutSessions(talk, name)
  await talk(`del server ${name}`)
}

/** Its servers cannot be changed any more, so that each new request it gets goes to the worker that accepts. */
async function settleLeaving(talk: Talk, home: HaproxyHome, servers: Server[]): Promise<string[]> {
  const { routes } = await readRows(talk, home)
  for (const [place, value] of routes)
    if (value !== relayed) await command(talk, `set map ${home.maps.routes} ${place} ${relayed}`, silence)
  const kept = new Set(servers.filter(({ state }) => state !== 'closing').map(({ name }) => name))
  const cut: string[] = []
  for (const { name, current } of await readServers(talk)) {
    if (current === 0 || kept.has(name)) continue
    const sessions = await cutSessions(talk, name)
    cut.push(...Array.from({ length: sessions }, () => name))
  }
  return cut
}

/** One by one, for clients that are cut together come back together. */
async function cutSessions(talk: Talk, server: string): Promise<number> {
  const sessions = (await readSessions(talk)).filter((one) => one.server === server)
  for (const { id } of sessions) {
    await talk(`shutdown session ${id}`)
    await sleep(Math.random() * Math.min(longestGapMs, spreadMs / sessions.length))
  }
  return sessions.length
}

/** Rows of new and changed places before those that lead there; those that are gone the other way round. */
async function settleRows(talk: Talk, home: HaproxyHome, wanted: Rows): Promise<boolean> {
  const found = await readRows(talk, home)
  const order = ['releases', 'environments', 'routes'] as const
  let hasChanged = false
  const say = async (text: string) => {
    hasChanged = true
    await command(talk, text, silence)
  }
  for (const map of order)
    for (const [key, value] of wanted[map]) {
      const old = found[map].get(key)
      if (old === undefined) await say(`add map ${home.maps[map]} ${key} ${value}`)
      else if (old !== value) await say(`set map ${home.maps[map]} ${key} ${value}`)
    }
  for (const map of order.toReversed())
    for (const key of found[map].keys())
      if (!wanted[map].has(key)) await say(`del map ${home.maps[map]} ${key}`)
  return hasChanged
}

/**
 * A request that read its row before the change may not have its server yet. Deleting any server makes HAProxy wait until
 * every thread is between two tasks, and by then it has.
 */
async function allThreadsPass(talk: Talk): Promise<void> {
  await command(talk, 'del server nobody/nobody', /^No such/)
}
