import type { Capabilities } from '../core/capabilities.ts'
import type { Fence } from '../core/fence.ts'
import type { EnvironmentId, Ms, ReleaseId } from '../core/release.ts'

/** How a probe asks: GET `path` on the instance's port; any 2xx or 3xx is a success. */
export interface Probe {
  /** Absent: the port accepts a TCP connection. */
  path?: string
  periodMs: number
  timeoutMs: number
  /** Consecutive failures that make it fail. */
  failures: number
}

/** Everything a target needs to run instances of one release in one environment. */
export interface ReleaseSpec {
  release: ReleaseId
  app: string
  environment: EnvironmentId
  /** The release's own files, never changed after it was built. */
  folder: string
  /** A shell command line of the user's own, or an argument vector that runs without a shell. */
  command: string | string[]
  /** Set where the app cannot be told its port. */
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
  readonly can: Capabilities
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
}

/** What the instances of a release run from. */
export interface Artifact {
  /** What `ReleaseSpec.folder` wants. */
  folder: string
  files: number
  bytes: number
  /** The same for the same content, wherever and whenever it was taken. */
  digest: string
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
