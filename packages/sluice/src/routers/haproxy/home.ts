import { chmodSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SluiceError } from '../../errors.ts'
import { longestSocketPath } from '../../host/socket-path.ts'

/** Where everything of one HAProxy lies. */
export interface HaproxyHome {
  folder: string
  /** What should be true, from which all the files below are made. */
  table: string
  configuration: string
  /** The last one that was in use before. */
  previousConfiguration: string
  script: string
  maps: { routes: string; environments: string; releases: string }
  /** Commands for the worker that accepts. */
  adminSocket: string
  /** Commands for the master, and through it for workers of earlier configurations. */
  masterSocket: string
  /** HAProxy connects here to say what became of each request. */
  logSocket: string
  /** A request here comes out at the end of the log, so that all before it have been read. */
  markSocket: string
  /** Where a worker that leaves sends requests to the one that accepts. */
  relay: { plain: string; secure: string }
  /** Identity of the master. */
  pid: string
  /** What HAProxy itself says. */
  log: string
  /** The port that was found free, where any would do. */
  port: string
  fences: string
  counts: string
  readerLock: string
}

/** The paths of a home. Throws CONFIG_INVALID where HAProxy could not be given one of them. */
export function haproxyHome(path: string): HaproxyHome {
  const folder = resolve(path)
  if (!/^[\w/.@+-]+$/.test(folder))
    throw new SluiceError(
      'CONFIG_INVALID',
      `HAProxy's files lie in ${JSON.stringify(folder)}, and such a path may have letters, digits and / . _ @ + - only`,
      { todo: 'Set SLUICE_HOME to such a folder.' },
    )
  const home: HaproxyHome = {
    folder,
    table: join(folder, 'table.json'),
    configuration: join(folder, 'haproxy.cfg'),
    previousConfiguration: join(folder, 'haproxy.previous.cfg'),
    script: join(folder, 'sluice.lua'),
    maps: {
      routes: join(folder, 'routes.map'),
      environments: join(folder, 'environments.map'),
      releases: join(folder, 'releases.map'),
    },
    adminSocket: join(folder, 'admin.sock'),
    masterSocket: join(folder, 'master.sock'),
    logSocket: join(folder, 'log.sock'),
    markSocket: join(folder, 'mark.sock'),
    relay: { plain: join(folder, 'relay.sock'), secure: join(folder, 'relays.sock') },
    pid: join(folder, 'haproxy.pid'),
    log: join(folder, 'haproxy.log'),
    port: join(folder, 'port.json'),
    fences: join(folder, 'fences.json'),
    counts: join(folder, 'counts'),
    readerLock: join(folder, 'reader.lock'),
  }
  // HAProxy binds a new socket beside the old one, under a longer name.
  refuseLongPath(`${home.masterSocket}.${'9'.repeat(10)}.tmp`, folder)
  return home
}

/** Makes the folders, readable by their owner alone: who can open the sockets commands the traffic. */
export function makeHaproxyHome(home: HaproxyHome): void {
  mkdirSync(home.folder, { recursive: true })
  chmodSync(home.folder, 0o700)
  mkdirSync(home.counts, { recursive: true, mode: 0o700 })
}

function refuseLongPath(socket: string, folder: string): void {
  const excess = Buffer.byteLength(socket) - longestSocketPath
  if (excess <= 0) return
  throw new SluiceError(
    'CONFIG_INVALID',
    `HAProxy's sockets lie in ${folder}, and a socket's path may have ${longestSocketPath} bytes, with what HAProxy adds`,
    { todo: `Set SLUICE_HOME to a folder whose path is at least ${excess} bytes shorter.` },
  )
}
