import { chmodSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SluiceError } from '../errors.ts'
import { longestSocketPath } from '../host/socket-path.ts'

/** Where everything of one proxy lies. One supervisor and its workers per home. */
export interface ProxyHome {
  folder: string
  /** The supervisor's control socket: the only door for others. */
  supervisorSocket: string
  /** Held by the living supervisor; the kernel lets go of it when that one dies. */
  supervisorLock: string
  /** Identity of the supervisor, for those who watch it. */
  supervisorPid: string
  table: string
  previousTable: string
  log: string
  workers: string
}

/** What one worker leaves in the home. */
export interface WorkerFiles {
  socket: string
  /** Its identity, from before it accepts until its end. */
  card: string
  /** Its final counters, from its end on. */
  lastWords: string
}

/** The paths of a home. Throws CONFIG_INVALID where a socket's path would be longer than the system takes. */
export function proxyHome(path: string): ProxyHome {
  const folder = resolve(path)
  const home: ProxyHome = {
    folder,
    supervisorSocket: join(folder, 'supervisor.sock'),
    supervisorLock: join(folder, 'supervisor.lock'),
    supervisorPid: join(folder, 'supervisor.pid'),
    table: join(folder, 'table.json'),
    previousTable: join(folder, 'table.previous.json'),
    log: join(folder, 'proxy.log'),
    workers: join(folder, 'workers'),
  }
  refuseLongPath(workerFiles(home, 'b'.repeat(bootLength)).socket, folder)
  return home
}

/** Length of every boot id, so that the longest path is known beforehand. */
export const bootLength = 17

export function workerFiles(home: ProxyHome, boot: string): WorkerFiles {
  return {
    socket: join(home.workers, `${boot}.sock`),
    card: join(home.workers, `${boot}.json`),
    lastWords: join(home.workers, `${boot}.last.json`),
  }
}

/** Makes the folders, readable by their owner alone: who can open the sockets commands the traffic. */
export function makeProxyHome(home: ProxyHome): void {
  mkdirSync(home.folder, { recursive: true })
  chmodSync(home.folder, 0o700)
  mkdirSync(home.workers, { recursive: true, mode: 0o700 })
}

function refuseLongPath(socket: string, folder: string): void {
  const bytes = Buffer.byteLength(socket)
  if (bytes <= longestSocketPath) return
  throw new SluiceError(
    'CONFIG_INVALID',
    `the proxy's sockets lie in ${folder}, and a socket's path may have ${longestSocketPath} bytes; ${socket} has ${bytes}`,
    {
      todo: `Set SLUICE_HOME to a folder whose path is at least ${bytes - longestSocketPath} bytes shorter.`,
    },
  )
}
