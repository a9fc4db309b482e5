import type { TargetAbilities } from '../core/capabilities.ts'
import type { Fence } from '../core/fence.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'

/** How a probe asks: GET `path` on the instance's port; any 2xx or 3xx is a success. */
export interface Probe {
  /** Absent: the port accepts a TCP connection. */
  path?: string
  /** Another one than the app's own. */
  port?: number
  periodMs: number
  timeoutMs: number
  /** Consecutive failures that make it fail. */
  failures: number
}

/** How a container of the release is made: what its image does not say. Plain data. */
export interface ContainerSpec {
  /** What it runs from, by content and never by a name that may move: `sha256:…`, or `registry/name@sha256:…`. */
  image: string
  /** In place of the image's command; null: the image's own. */
  command: string[] | null
  /** Whether its first process is a small init, which hands signals on and reaps what is left over. */
  init: boolean
  /** `uid`, `uid:gid` or names that the image knows; null: the image's own. */
  user: string | null
  memoryBytes: number | null
  /** Cores; 0.5 is half of one. */
  cpus: number | null
  /** Processes and threads that may exist in it at a time. */
  pids: number | null
  /** The root file system cannot be written to; `tmpfs` and `volumes` can. */
  readOnly: boolean
  /** Folders in memory, absolute. */
  tmpfs: string[]
  /** Named volumes, or absolute folders of the engine's machine. */
  volumes: { source: string; path: string; readOnly: boolean }[]
  /** Networks beside the engine's default one, which have to exist; the first is the one it is reached over. */
  networks: string[]
  /** `files`: a secret lies in `/run/secrets/NAME`, and `NAME_FILE` says so. */
  secrets: 'env' | 'files'
  /** When the engine begins a new file for its output, and how many it keeps. */
  log: { maxBytes: number; files: number }
  /** Over its own address, or a port of the engine's machine; null: the address wherever that can work. */
  reach: 'address' | 'port' | null
  /** Swarm only: where it may run, such as `node.labels.disk==ssd`. */
  constraints: string[]
}

/** Everything a target needs to run instances of one release in one environment. */
export interface ReleaseSpec {
  release: ReleaseId
  /** Which kind of target runs it; absent in what was recorded before there were several: `process`. */
  target?: string
  app: string
  environment: EnvironmentId
  /** The release's own files, never changed after it was built. */
  folder: string
  /** A shell command line of the user's own, or an argument vector that runs without a shell. */
  command: string | string[]
  /** Where it runs in containers. */
  container?: ContainerSpec
  /** Set where the app cannot be told its port. In containers: the port it listens on inside. */
  port?: number
  /** Values, and references to secrets (`{ file }`), which are read when an instance starts. */
  env: Record<string, string | { file: string }>
  startup: Probe
  readiness: Probe
  liveness: Probe
  /** From SIGTERM to SIGKILL. */
  graceMs: number
  /** Folders that the app keeps across releases, as [path in the release, absolute path outside]. */
  data: [inside: string, outside: string][]
}

export type InstanceState =
  /** Exists, not ready yet. */
  | 'starting'
  /** Passed its readiness twice in a row. */
  | 'ready'
  /** Was ready; its readiness now fails. */
  | 'unready'
  /** Told to end, not gone yet. */
  | 'stopping'
  /** Gone without having been told to; will be started again after a pause. */
  | 'exited'

/** One running copy of a release. */
export interface Instance {
  /** Never reused: `r7-0-3` is the third start of slot 0. */
  id: string
  release: ReleaseId
  /** 0-based place within the release; scaling down removes the highest slots first. */
  slot: number
  state: InstanceState
  /** An IP address, never a name; null until it is known. */
  address: { host: string; port: number } | null
  startedAt: Ms
  readyAt: Ms | null
  /** What an operator needs to find it: `pid 5120`, a container id. */
  handle: string
}

/** Why a release is not doing well: shown to a person with its evidence. */
export interface HealthFact {
  at: Ms
  instance: string
  kind: 'exited' | 'neverReady' | 'notReady' | 'notAlive' | 'startFailed' | 'outOfMemory'
  /** Whether the instance had been ready before. */
  wasReady: boolean
  /** Wanted and found, in a sentence or two. */
  message: string
  todo?: string
  /** Last log lines, ports that it really opened. */
  details: string[]
}

export interface ReleaseObservation {
  /** What `scale` last asked for. */
  wanted: number
  instances: Instance[]
  /** Unexpected exits before the instance was ready / after, since the release was first scaled up in this run. */
  exitsBeforeReady: number
  exitsAfterReady: number
  /** Newest last, at most 20. */
  facts: HealthFact[]
}

/** The target's view of one environment at one moment. */
export interface TargetObservation {
  /** Grows whenever anything below has changed. */
  version: number
  releases: Record<ReleaseId, ReleaseObservation>
}

export interface LogLine {
  at: Ms
  instance: string
  release: ReleaseId
  stream: 'stdout' | 'stderr'
  line: string
}

/**
 * Where instances run. Every method may be called again with the same arguments and does nothing more then.
 * Errors are SluiceErrors of kind `outside`, or FENCED.
 */
export interface Target {
  readonly can: TargetAbilities
  /**
   * Makes exactly `count` instances of the release exist. Scaling up resolves once they are started (not ready);
   * scaling down ends the highest slots (SIGTERM, grace, SIGKILL) and resolves when they are gone.
   */
  scale(request: { spec: ReleaseSpec; count: number; fence: Fence }): Promise<void>
  /** Ends every instance of the release at once and unasked, as a crash would; for drills. What follows is up to it. */
  crash(environment: EnvironmentId, release: ReleaseId): Promise<void>
  /** The environment now. */
  observe(environment: EnvironmentId): Promise<TargetObservation>
  /** Resolves when the version is no longer `version`, or after `withinMs`. */
  changed(environment: EnvironmentId, version: number, withinMs: number): Promise<void>
  /** During a rollout instances are probed every second at most; otherwise at their own periods. */
  attend(environment: EnvironmentId, closely: boolean): void
  /** The last lines of a release's instances, then new ones while `follow`. */
  logs(
    environment: EnvironmentId,
    options: { release?: ReleaseId; lines: number; follow?: AbortSignal },
  ): AsyncIterable<LogLine>
  /** Finds what runs already: adopts the instances of these specs with their wanted counts after a restart of ours. */
  adopt(specs: { spec: ReleaseSpec; count: number }[]): Promise<void>
  /** Removes what is left of a release whose count is 0. */
  forget(environment: EnvironmentId, release: ReleaseId): Promise<void>
  /** Lets go of watchers and timers. Instances go on running. */
  close(): Promise<void>
}

/** What a release is to be made from. */
export interface ArtifactRequest {
  /** The user's folder. */
  from: string
  /** The release's own folder, absolute: `…/releases/r7`. */
  releaseFolder: string
  /** Not part of the app, beside what the ignore files say; `data` is left out by itself. */
  leaveOut?: string[]
  build: {
    command: string | string[]
    env: Record<string, string>
    timeoutMs: number
    signal?: AbortSignal
  } | null
  data: ReleaseSpec['data']
  /** What containers are to run from; absent where there are none. */
  image?: ImageRequest
}

/** An image that is there already, or one that is built from the release's own copy of the folder. */
export type ImageRequest = {
  /** Where it is pushed to, for nodes that have to get it from somewhere: `registry.example.com/team`. */
  registry?: string | null
} & (
  | {
      kind: 'named'
      name: string
      /** The name that it gets beside its own, so that nobody prunes it: `sluice/shop:r7`. */
      keepAs: string
    }
  | {
      kind: 'built'
      /** What the image is called beside its digest: `sluice/shop:r7`. */
      name: string
      /** Within the folder. */
      dockerfile: string
      /** Of a Dockerfile with several; null: the last. */
      stage: string | null
      args: Record<string, string>
    }
)

/** What the instances of a release run from. */
export interface Artifact {
  /** What `ReleaseSpec.folder` wants. */
  folder: string
  files: number
  bytes: number
  /** The same for the same content, wherever and whenever it was taken. */
  digest: string
  /** What `ContainerSpec.image` wants, where containers were asked for. */
  image?: string
  /** How long the build took, in milliseconds; null where there was nothing to build. */
  buildMs: number | null
}

/**
 * Makes what releases run from, before any target hears of them, and removes it. Every method may be called again with
 * the same arguments and does nothing more then.
 */
export interface Artifacts {
  /** Takes and builds what is in the user's folder. Throws SNAPSHOT_FAILED or BUILD_FAILED. */
  prepare(request: ArtifactRequest): Promise<Artifact>
  /**
   * The same once more, in a folder of its own, for an environment that keeps its data elsewhere. `built` is the
   * `releaseFolder` it was prepared in. Throws SNAPSHOT_FAILED where it is not complete.
   */
  copy(request: { built: string; releaseFolder: string; data: ReleaseSpec['data'] }): Promise<Artifact>
  /** Removes what was made in this folder, complete or not. What the app keeps in `data` stays. */
  remove(releaseFolder: string): Promise<void>
}
