import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface PortOwner {
  pid: number
  command: string
}

/** Who listens on a TCP port of this machine; null where /proc does not tell (another user's process, no Linux). */
export function portOwner(port: number): PortOwner | null {
  const sockets = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)),
  )
  if (sockets.size === 0) return null
  const pid = entries('/proc').find((name) => /^\d+$/.test(name) && holdsOneOf(name, sockets))
  return pid === undefined ? null : { pid: Number(pid), command: commandOf(pid) }
}

const listenState = '0A'

// Columns: slot, local address:port in hex, remote, state, queues, timer, retransmits, uid, timeout, inode.
function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return text(table)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === listenState && local?.endsWith(wanted))
    .map((columns) => `socket:[${columns[9]}]`)
}

function holdsOneOf(pid: string, sockets: Set<string>): boolean {
  return entries(`/proc/${pid}/fd`).some((fd) => sockets.has(linkTarget(`/proc/${pid}/fd/${fd}`)))
}

function commandOf(pid: string): string {
  const command = text(`/proc/${pid}/cmdline`).split('\0').join(' ').trim()
  return command.length > 120 ? `${command.slice(0, 119)}…` : command
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
