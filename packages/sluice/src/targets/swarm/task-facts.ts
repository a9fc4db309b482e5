/** How one task of a service is doing, of what the Engine API says (`GET /tasks`). */
export interface TaskFacts {
  id: string
  service: string
  createdAt: number
  /** Swarm's own word: `pending`, `preparing`, `running`, `failed`. */
  state: string
  /** Nothing of it runs, nor will. */
  isOver: boolean
  /** It ended without Swarm having wanted that. */
  hasFailed: boolean
  /** Swarm wants it to run, now or after a pause. */
  isWanted: boolean
  /** Where it was placed. */
  node: string | null
  container: string | null
  pid: number
  exitCode: number
  /** What Swarm says of its state: `no suitable node (…)`, `task: non-zero exit (1)`. */
  said: string
  /** Of its node, where one was published. */
  publishedPort: number | null
  /** By the id of the network. */
  addresses: Record<string, string>
}

/** One machine of a swarm. */
export interface NodeFacts {
  id: string
  name: string
  /** Where its published ports answer, as it says itself. */
  address: string
  /** What it has does not run any more, or nobody can tell. */
  isDown: boolean
  isDrained: boolean
}

/** The parts of the Engine API's Task that are read. */
export interface ApiTask {
  ID: string
  ServiceID: string
  CreatedAt: string
  NodeID?: string
  DesiredState: string
  Status: {
    State: string
    Message?: string
    Err?: string
    ContainerStatus?: { ContainerID?: string; PID?: number; ExitCode?: number }
    PortStatus?: { Ports?: { Protocol: string; PublishedPort?: number }[] }
  }
  NetworksAttachments?: { Network: { ID: string; Spec: { Name: string } }; Addresses?: string[] }[]
}

/** The parts of its Node. */
export interface ApiNode {
  ID: string
  Spec: { Availability: string }
  Description?: { Hostname?: string }
  Status: { State: string; Addr?: string }
  ManagerStatus?: { Addr?: string }
}

const OVER = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']
const BY_ITSELF = ['complete', 'failed', 'rejected']
/** An address that only says "here". */
const NOWHERE = /^(?:0\.0\.0\.0|127\.|::1?$|$)/

export function taskFacts(task: ApiTask): TaskFacts {
  const { Status } = task
  const container = Status.ContainerStatus
  const port = Status.PortStatus?.Ports?.find(
    ({ Protocol, PublishedPort }) => Protocol === 'tcp' && PublishedPort,
  )
  const addresses = (task.NetworksAttachments ?? []).flatMap(({ Network, Addresses }) => {
    const host = Addresses?.[0]?.split('/')[0]
    return host === undefined ? [] : [[Network.Spec.Name, host] as const]
  })
  return {
    id: task.ID,
    service: task.ServiceID,
    createdAt: Date.parse(task.CreatedAt),
    state: Status.State,
    isOver: OVER.includes(Status.State),
    hasFailed: BY_ITSELF.includes(Status.State),
    isWanted: !OVER.includes(task.DesiredState),
    node: task.NodeID || null,
    container: container?.ContainerID || null,
    pid: container?.PID ?? 0,
    exitCode: container?.ExitCode ?? 0,
    said: Status.Err || Status.Message || Status.State,
    publishedPort: port?.PublishedPort ?? null,
    addresses: Object.fromEntries(addresses),
  }
}

/** A manager that was told no address of its own knows the one that others reach it at. */
export function nodeFacts({ ID, Spec, Description, Status, ManagerStatus }: ApiNode): NodeFacts {
  const own = Status.Addr ?? ''
  const asManager = (ManagerStatus?.Addr ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  const better = NOWHERE.test(own) && !NOWHERE.test(asManager) ? asManager : own
  return {
    id: ID,
    name: Description?.Hostname || ID,
    address: better === '' || better === '0.0.0.0' || better === '::' ? '127.0.0.1' : better,
    // `unknown` is what all nodes are after an election, until they have found the new leader.
    isDown: Status.State === 'down' || Status.State === 'disconnected',
    isDrained: Spec.Availability === 'drain',
  }
}
