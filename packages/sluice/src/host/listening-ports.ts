import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { allProcesses, type ProcessRow } from './process-table.ts'

const run = promisify(execFile)

/** One TCP address that a process listens on. */
export interface OpenedPort {
  /** `127.0.0.1`, `::1`, or `*` for every address of the machine. */
  host: string
  port: number
}

/** Who has a port. */
export interface PortOwner {
  pid: number
  /** Its arguments with blanks between them, at most 120 characters. */
  command: string
}

/** Where the processes of this group, and whatever descends from its leader, really listen. Empty where it cannot be told. */
export async function openedPorts(leader: number): Promise<OpenedPort[]> {
  const pids = familyOf(leader, await allProcesses())
  const found = await (process.platform === 'linux' ? fromProc(pids) : fromLsof(pids))
  const unique = new Map(found.map(({ host, port }) => [showPort({ host, port }), { host, port }]))
  return [...unique.values()].sort((a, b) => a.port - b.port)
}

/** `127.0.0.1:3000`, `[::1]:3000`, `*:3000`. */
export function showPort({ host, port }: OpenedPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Who listens on a TCP port of this machine; null where /proc does not tell (another user's process, no Linux). */
export async function portOwner(port: number): Promise<PortOwner | null> {
  const sockets = (await listeningSockets(process.pid)).filter((socket) => socket.port === port)
  const inodes = new Set(sockets.map(({ inode }) => inode))
  if (inodes.size === 0) return null
  for (const { pid } of await allProcesses()) {
    const held = await socketsOf(pid)
    if (held.some((inode) => inodes.has(inode))) return { pid, command: await commandOf(pid) }
  }
  return null
}

/** Of the group, or a descendant: an app may start its server in a session of its own. */
function familyOf(leader: number, rows: ProcessRow[]): number[] {
  const family = new Set(rows.filter((row) => row.group === leader).map((row) => row.pid))
  for (let before = -1; before !== family.size; ) {
    before = family.size
    for (const row of rows) if (family.has(row.parent)) family.add(row.pid)
  }
  return [...family]
}

async function fromProc(pids: number[]): Promise<OpenedPort[]> {
  const inodes = new Set((await Promise.all(pids.map(socketsOf))).flat())
  const sockets = (await Promise.all(pids.map(listeningSockets))).flat()
  return sockets.filter(({ inode }) => inodes.has(inode))
}

/** The inodes of the sockets that a process has open; none where it is another user's. */
async function socketsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder).catch(() => [])
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')))
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
}

interface ListeningSocket extends OpenedPort {
  inode: string
}

/** Every listening socket that this process could see: it may live in a network namespace of its own. */
async function listeningSockets(pid: number): Promise<ListeningSocket[]> {
  const tables = [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`]
  const texts = await Promise.all(tables.map((file) => readFile(file, 'latin1').catch(() => '')))
  return texts.flatMap(parseSockets)
}

/** The listening sockets (state 0A) in the text of `/proc/<pid>/net/tcp` or `tcp6`; see proc_pid_net(5). */
export function parseSockets(table: string): ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
    if (state !== '0A' || !inode) return []
    const [address, port] = local!.split(':')
    return [{ host: hostOf(address!), port: Number.parseInt(port!, 16), inode }]
  })
}

/** Addresses stand there as 32-bit words in the machine's byte order, which is little-endian wherever Sluice runs. */
function hostOf(hex: string): string {
  const bytes = Buffer.concat(hex.match(/.{8}/g)!.map((word) => Buffer.from(word, 'hex').reverse()))
  if (bytes.every((byte) => byte === 0)) return '*'
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff) {
    return bytes.subarray(12).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

async function fromLsof(pids: number[]): Promise<OpenedPort[]> {
  const words = ['-nP', '-a', '-iTCP', '-sTCP:LISTEN', '-p', pids.join(','), '-Fn']
  const { stdout } = await run('/usr/sbin/lsof', words).catch(() => ({ stdout: '' }))
  return [...stdout.matchAll(/^n(.+):(\d+)$/gm)].map(([, host, port]) => ({
    host: host!.replace(/^\[|\]$/g, ''),
    port: Number(port),
  }))
}

async function commandOf(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const command = words.split('\0').join(' ').trim()
  return command.length > 120 ? `${command.slice(0, 119)}…` : command
}
