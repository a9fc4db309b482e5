import { join } from 'node:path'
import { openBridge } from './bridge.ts'
import { commanded } from './command.ts'
import { type Daemon, daemonAt } from './daemon.ts'
import { type Lot, openLot } from './lot.ts'
import { until } from './until.ts'

/** One machine of a swarm: an engine with a host name, a network namespace and an address of its own. */
export interface SwarmNode extends Daemon {
  name: string
  /** Reached from here; ports that tasks publish in host mode answer there, and not on 127.0.0.1. */
  address: string
  namespace: string
  /** Its id in the swarm. */
  id: string
  cutNetwork(): Promise<void>
  healNetwork(): Promise<void>
}

/** A swarm of managers on this one machine. */
export interface Swarm {
  nodes: SwarmNode[]
  /** This machine's own address as the nodes see it: for a registry or a router. */
  address: string
  /** Who leads, according to any node that knows; waits for an election. */
  leader(): Promise<SwarmNode>
  /** Waits until every node is ready and every manager reachable. */
  settled(limitMs?: number): Promise<void>
  /** Copies an image of the first node to all others. */
  load(tag: string): Promise<void>
  close(): Promise<void>
}

/** Starts as many engines as there are to be nodes, each in a namespace of its own, and makes them one swarm. */
export async function openSwarm(options: { nodes?: number; flags?: string[] } = {}): Promise<Swarm> {
  const lot = await openLot()
  try {
    await openBridge(lot)
    const count = options.nodes ?? 3
    const machines = await Promise.all(
      Array.from({ length: count }, (_, index) => openMachine(lot, index + 1, options.flags ?? [])),
    )
    const nodes = await joined(machines)
    const swarm = swarmOf(lot, nodes)
    await swarm.settled()
    return swarm
  } catch (error) {
    await lot.clear()
    throw error
  }
}

type Machine = Omit<SwarmNode, 'id'>

async function openMachine(lot: Lot, number: number, flags: string[]): Promise<Machine> {
  const namespace = `${lot.name}-${number}`
  const address = `${lot.network}.0.${10 + number}`
  await openNamespace(lot, namespace, address)
  const name = `node-${number}`
  const registries = ['--insecure-registry', `${lot.network}.0.0/16`]
  const daemon = daemonAt({
    lot: lot.name,
    folder: join(lot.folder, name),
    machine: { hostname: name, namespace },
    flags: ['--userland-proxy=false', ...registries, ...flags],
  })
  await daemon.start()
  const link = (state: string) => commanded('ip', ['link', 'set', namespace, state])
  return {
    ...daemon,
    name,
    address,
    namespace,
    cutNetwork: async () => void (await link('down')),
    healNetwork: async () => void (await link('up')),
  }
}

/** The outer end of its cable has the namespace's name. */
async function openNamespace(lot: Lot, namespace: string, address: string): Promise<void> {
  const inside = (...words: string[]) => commanded('ip', ['-n', namespace, ...words])
  await commanded('ip', ['netns', 'add', namespace])
  const inner = ['peer', 'name', 'eth0', 'netns', namespace]
  await commanded('ip', ['link', 'add', namespace, 'type', 'veth', ...inner])
  await commanded('ip', ['link', 'set', namespace, 'master', lot.name, 'up'])
  await inside('link', 'set', 'lo', 'up')
  await inside('address', 'add', `${address}/24`, 'dev', 'eth0')
  await inside('link', 'set', 'eth0', 'up')
  await inside('route', 'add', 'default', 'via', `${lot.network}.0.1`)
}

/** The first one founds the swarm; the others join one after another, as each changes the number of voters. */
async function joined([first, ...others]: Machine[]): Promise<SwarmNode[]> {
  await asked(first!, ['swarm', 'init', '--advertise-addr', first!.address])
  const token = await asked(first!, ['swarm', 'join-token', '--quiet', 'manager'])
  for (const other of others) {
    const self = ['--advertise-addr', other.address, '--listen-addr', `${other.address}:2377`]
    await asked(other, ['swarm', 'join', '--token', token, ...self, `${first!.address}:2377`])
  }
  const withId = async (machine: Machine) => ({ ...machine, id: await idOf(machine) })
  return Promise.all([first!, ...others].map(withId))
}

async function idOf(machine: Machine): Promise<string> {
  return asked(machine, ['info', '--format', '{{.Swarm.NodeID}}'])
}

function swarmOf(lot: Lot, nodes: SwarmNode[]): Swarm {
  /** What any node says of all; null when there is no leader. */
  async function members(): Promise<Member[] | null> {
    const answers = nodes.map(async (node) => {
      const { status, body } = await node.ask('/nodes', { limitMs: 2000 })
      if (status !== 200) throw new Error(`${node.name} knows no leader`)
      return body as Member[]
    })
    const all = (await Promise.allSettled(answers)).filter((answer) => answer.status === 'fulfilled')
    // One that was cut off still believes what it last knew: whoever sees the most of the others is right.
    return all.map(({ value }) => value).sort((a, b) => reachable(b) - reachable(a))[0] ?? null
  }

  return {
    nodes,
    address: `${lot.network}.0.1`,

    leader: () =>
      until(
        'a node leads the swarm',
        async () => {
          const known = (await members())?.find(({ ManagerStatus }) => ManagerStatus?.Leader === true)
          return nodes.find(({ id }) => id === known?.ID) ?? null
        },
        60_000,
      ),

    async settled(limitMs = 90_000) {
      const isWell = ({ Status, ManagerStatus }: Member) =>
        Status.State === 'ready' && ManagerStatus?.Reachability === 'reachable'
      await until(
        'all nodes are ready',
        async () => ((await members())?.filter(isWell).length === nodes.length ? true : null),
        limitMs,
      )
    },

    async load(tag) {
      const [first, ...others] = nodes
      const archive = join(lot.folder, 'image.tar')
      await asked(first!, ['save', '--output', archive, tag])
      await Promise.all(others.map((node) => asked(node, ['load', '--input', archive])))
    },

    close: lot.clear,
  }
}

/** What the API says of a node. */
interface Member {
  ID: string
  Status: { State: string }
  ManagerStatus?: { Leader?: boolean; Reachability: string }
}

function reachable(members: Member[]): number {
  return members.filter(({ ManagerStatus }) => ManagerStatus?.Reachability === 'reachable').length
}

async function asked(node: Pick<Daemon, 'docker'>, args: string[]): Promise<string> {
  const { code, out, err } = await node.docker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${err}`)
  return out.trim()
}
