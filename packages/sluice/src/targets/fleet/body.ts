import type { Fence } from '../../core/fence.ts'
import type { OpenedPort } from '../../host/listening-ports.ts'
import type { Probe, ReleaseSpec } from '../target.ts'
import type { InstanceRecord } from './instance-record.ts'
import type { ProbeAnswer } from './probe.ts'

/** How an instance ended. Code and signal null: it ended while nobody was looking, and nobody can know. */
export interface Exit {
  code: number | null
  signal: string | null
  /** Ended by the kernel because it had used up its memory, for certain. */
  isOutOfMemory?: boolean
  /** What the outside itself says of it: `task: non-zero exit (1) on node-2`. */
  said?: string
  /** Nothing is left of it that could say how it ended. */
  isRemoved?: boolean
}

/** An IP address, never a name. */
export interface Address {
  host: string
  port: number
}

/** What a person is shown of an instance that is not doing well. */
export interface Evidence {
  /** Where it really listens, as it sees itself. */
  opened: OpenedPort[]
  /** The newest lines of each stream that it has printed to. */
  printed: { stream: 'stdout' | 'stderr'; lines: string[] }[]
}

/** What can still be asked about an instance that may be gone. */
export interface Witness {
  /** Never rejects: a fact with less evidence is better than none. */
  evidence(): Promise<Evidence>
}

/** What the outside has of one start of an instance: a group of processes, or a container. */
export interface Body extends Witness {
  /** What an operator needs to find it: `pid 5120`, `container 3f2a91…`. */
  readonly handle: string
  /** Null: it cannot be reached, because it has ended already, or is not there yet. */
  readonly address: Address | null
  /** Why nothing of it runs, where that is for the outside to change: `Swarm has not placed it: …`. */
  readonly missing?: string | null
  /** $PORT, as the app sees itself; `address` may have another one. */
  readonly appPort: number
  /** Never rejects, and never resolves after the target was closed. */
  readonly exited: Promise<Exit>
  /** Never rejects, and never takes longer than the probe's timeout. */
  ask(probe: Probe): Promise<ProbeAnswer>
  /** Where the outside may give it another address or handle than it had at its start: tells when it does. */
  follow?(listener: BodyListener): void
  /** SIGTERM, grace, SIGKILL. Resolves when nothing of it runs; may be called again, also when it has thrown. */
  end(graceMs: number): Promise<void>
  /** SIGKILL, of which nobody is told before it is noticed. */
  crash(): void
}

/** Whom a body tells what the outside does with it. */
export interface BodyListener {
  /** Its address or handle is another one. */
  changed(): void
  /** It was started elsewhere without having ended by itself, and has to become ready anew. */
  moved(why: string): void
}

/** What an earlier run of ours has left of a release. */
export interface Remains {
  /** Instances that run, at most one for each slot. */
  running: { record: InstanceRecord; folder: string; body: Body }[]
  /** Instances that ended while nobody was looking, and are to be spoken of. */
  lost: { record: InstanceRecord; exit: Exit; witness: Witness }[]
}

/** Where bodies live: the processes of this machine, or an engine of containers. One per target. */
export interface Ground {
  readonly words: GroundWords
  /** Where the outside itself can tell an old writer from a new one. Throws FENCED where it has seen a newer fence. */
  accept?(environment: string, fence: Fence): Promise<void>
  /** Why so many instances of the release cannot run here at a time; throws START_FAILED then. */
  refuse(spec: ReleaseSpec, count: number): void
  /** True where a start has to wait until whoever had the slot before has gone. */
  waitsForPredecessor(spec: ReleaseSpec): boolean
  /** Where the instance will be reached, held for it; null where only its body can tell. Throws PORT_TAKEN. */
  reserve(spec: ReleaseSpec, instance: string): Promise<Address | null>
  /** Takes back what was reserved for it. */
  letGo(record: InstanceRecord): void
  /** Starts it. Throws START_FAILED, SECRET_UNREADABLE and the like, and then nothing of it runs. */
  start(start: { spec: ReleaseSpec; record: InstanceRecord; folder: string }): Promise<Body>
  /** What runs of this release, or ended unseen; leftovers that nobody needs are ended. */
  find(spec: ReleaseSpec, instancesFolder: string): Promise<Remains>
  /** Removes what is left of starts that have ended, beside their folders. */
  forget(environment: string, instances: string[]): Promise<void>
}

/** How a person is told about instances that live here. */
export interface GroundWords {
  /** `the process`, `the container`. */
  body: string
  /** Where an app has to listen to be reached, as it sees itself; `$HOST` says so. */
  listenHost: string
  /** What is started: `"node main.js"`. */
  started(spec: ReleaseSpec): string
  /** What may help after such an end, where this ground knows something that others do not. */
  todoAfterExit(exit: Exit, spec: ReleaseSpec): string | undefined
  /** What may help where nothing of it runs yet; `missing` says why. */
  todoWhileMissing?(missing: string, spec: ReleaseSpec): string
}
