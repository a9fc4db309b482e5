import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { processOf } from '../../packages/sluice/src/host/process-table.ts'
import { command } from './command.ts'
import { until } from './until.ts'

/** Ends and removes everything that bears a lot's name, whoever started it: what a fixture does at its end, and the next one after a crash. */
export async function removeRemains(name: string, folder: string): Promise<void> {
  const sockets = shimSockets(folder)
  await endProcesses(name, folder)
  await unmount(folder)
  await removeNamespaces(name)
  await removeInterfaces(name, folder)
  await removeRules(name)
  removeCgroups(name)
  for (const socket of sockets) rmSync(socket, { force: true })
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

/** Programs that belong to a lot when its name is in their command line; a person's `tail` on a log in it is spared. */
const programs = ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'docker-registry']

/** The engines first: they would start again what was ended before them. */
async function endProcesses(name: string, folder: string): Promise<void> {
  for (const kind of [...programs, null]) {
    await until(`the processes of ${name} end`, () => {
      const pids = processesOf(name, folder).filter(
        (found) => kind === null || found.program.startsWith(kind),
      )
      for (const { pid } of pids) kill(pid)
      return pids.length === 0 ? true : null
    })
  }
}

/** The living processes below a cgroup of a lot, and the engine's own that are named like it; a lot's name stands for all of it. */
export function processesOf(name: string, folder: string, cgroup = name): { pid: number; program: string }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .flatMap((pid) => {
      if (processOf(pid)?.isZombie !== false) return []
      const words = textOf(`/proc/${pid}/cmdline`).split('\0')
      const program = basename(words[0] ?? '')
      const isNamed = words.some(
        (word) => bears(word, cgroup.replaceAll('/', '-')) || word.includes(`${folder}/`),
      )
      const isOurs = (programs.includes(program) && isNamed) || isInCgroup(pid, cgroup)
      return isOurs ? [{ pid, program }] : []
    })
}

/** `sl-130` itself, or something of its own: `sl-130-engine`. */
function bears(word: string, name: string): boolean {
  return word === name || word.startsWith(`${name}-`)
}

function isInCgroup(pid: number, cgroup: string): boolean {
  return textOf(`/proc/${pid}/cgroup`).includes(`/${cgroup}/`)
}

/** SIGKILL, which nobody refuses; no matter when it was gone already. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended in between.
  }
}

async function unmount(folder: string): Promise<void> {
  const mounts = textOf('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
  for (const path of mounts.reverse()) await command('umount', ['--lazy', path])
}

async function removeNamespaces(name: string): Promise<void> {
  const { out } = await command('ip', ['netns', 'list'])
  for (const line of out.split('\n')) {
    const namespace = line.split(' ')[0] ?? ''
    if (namespace.startsWith(`${name}-`)) await command('ip', ['netns', 'delete', namespace])
  }
}

/** Interfaces by their names and addresses, and the bridges of networks that an engine's own records speak of. */
async function removeInterfaces(name: string, folder: string): Promise<void> {
  const records = foldersIn(folder).map((engine) => textOf(join(engine, 'data/network/files/local-kv.db')))
  const { out } = await command('ip', ['-json', 'address'])
  const all: { ifname: string; addr_info: { local?: string }[] }[] = JSON.parse(out)
  const ours = all.filter(
    ({ ifname, addr_info }) =>
      ifname === name ||
      ifname.startsWith(`${name}-`) ||
      addr_info.some(({ local }) => local?.startsWith(`${networkOf(name)}.`)) ||
      (/^br-[0-9a-f]{12}$/.test(ifname) && records.some((record) => record.includes(ifname.slice(3)))),
  )
  for (const { ifname } of ours) await command('ip', ['link', 'delete', ifname])
}

/** The first two numbers of all addresses in a lot: `sl-130` has 10.130.0.0/16 to itself. */
export function networkOf(name: string): string {
  return `10.${name.slice('sl-'.length)}`
}

async function removeRules(name: string): Promise<void> {
  for (const table of ['nat', 'filter']) {
    const { out } = await command('iptables', ['--wait', '-t', table, '-S'])
    for (const rule of out.split('\n')) {
      const words = rule.split(' ')
      if (words.includes(name) && words[0] === '-A')
        await command('iptables', ['--wait', '-t', table, '-D', ...words.slice(1)])
    }
  }
}

/** A group per controller in cgroup v1, and one in all in v2. */
function removeCgroups(name: string): void {
  const root = '/sys/fs/cgroup'
  for (const path of [join(root, name), ...foldersIn(root).map((controller) => join(controller, name))])
    removeCgroup(path)
}

function removeCgroup(path: string): void {
  for (const child of foldersIn(path)) removeCgroup(child)
  try {
    rmdirSync(path)
  } catch {
    // It was never there, or the kernel has not quite let go of it: an empty group harms nobody.
  }
}

function foldersIn(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name))
  } catch {
    return []
  }
}

/** Where the shims of the containers listen: beside all others of the machine, and known only from files in the lot. */
function shimSockets(folder: string): string[] {
  return foldersIn(folder)
    .flatMap((engine) => foldersIn(join(engine, 'exec/containerd/daemon/io.containerd.runtime.v2.task')))
    .flatMap(foldersIn)
    .map((task) => textOf(join(task, 'address')).replace(/^unix:\/\//, ''))
    .filter((socket) => socket.startsWith('/run/containerd/s/'))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
