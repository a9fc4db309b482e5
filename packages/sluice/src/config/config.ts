import type { AnalysisSpec } from '../core/analysis/spec.ts'
import type { HookName } from '../core/plan.ts'
import type { EnvironmentId, Ms } from '../core/release.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import type { Holdback } from '../core/strategies/strategy.ts'
import type { SourceName } from '../metrics/index.ts'
import type { MetricServer, RatioQuery } from '../metrics/source.ts'
import type { RouterName } from '../routers/index.ts'
import type { TargetName } from '../targets/index.ts'
import type { ContainerSpec } from '../targets/target.ts'

/** sluice.yaml with every default filled in, durations in milliseconds and shares in basis points. Plain data. */
export interface Config {
  app: string
  build: {
    command: Command | null
    /** What is copied and built, relative to the folder: `.`, or one around it. */
    context: string
    /** Within the context. */
    dockerfile: string
    stage: string | null
    args: Record<string, string>
  }
  /** An image that is there already; null: containers run from one that is built. */
  image: string | null
  run: {
    /** Null where everything runs in containers, whose image knows. */
    command: Command | null
    /** Set where the app cannot be told its port. */
    port: number | null
    /** From SIGTERM to SIGKILL. */
    graceMs: Ms
  }
  health: { startup: Probe; readiness: Probe; liveness: Probe }
  /** Path of the env schema inside the folder; null: variables are not checked. */
  envSchema: string | null
  /** In the order of the file. */
  environments: Record<string, EnvironmentConfig>
  preview: PreviewConfig
  check: CheckConfig
  /** Releases that stay built for a quick rollback. */
  keepReleases: number
  /** Folders within the context that the app keeps across releases. */
  data: string[]
  /** The file as its author wrote it, so that `describeConfig` can tell a value from a default. */
  written: Record<string, unknown>
}

/** What previews are made of; `previewOf` makes one. */
export interface PreviewConfig {
  /** The environment that they are like. */
  like: string
  /** Lower case, with `{name}`; null: `<app>-preview-<name>.localhost`. */
  host: string | null
  instances: number
  /** How long one stays after its newest deploy. */
  keepMs: Ms
  /** Most of the app at a time. */
  limit: number
  /** With those of the top level. */
  env: EnvValues
}

/** How ready for production it has to be. */
export interface CheckConfig {
  /** By the availability that is promised: A above 99.9 %, B 99 to 99.9 %, C 95 to 99 %. */
  tier: 'A' | 'B' | 'C'
  /** Whether `deploy` refuses while something blocks. */
  gate: boolean
  /** Least share of lines that tests run, percent. */
  coveragePercent: number
  /** Whether it keeps what must not be lost; null: by its databases and `data`. */
  stateful: boolean | null
  /** Within the folder. */
  attestations: string
  /** By id: why a check does not concern the app. */
  notApplicable: Record<string, string>
  /** By id: a check that does not block, for a while. */
  lenient: Record<string, { reason: string; owner: string; expires: string }>
}

/** One environment, with what the top level gives to all of them merged in. */
export interface EnvironmentConfig {
  name: string
  id: EnvironmentId
  target: TargetName
  router: RouterName
  container: ContainerConfig
  instances: number
  /** Lower case, without port. */
  host: string
  /** `/` or `/api`. */
  path: string
  /** Null: every request is drawn anew. Without `header` a cookie tells users apart. */
  sticky: { header?: string } | null
  maxBodyBytes: number | null
  firstByteTimeoutMs: Ms
  /** How long requests in flight may take to finish before they are cut. */
  drainMs: Ms
  /** Null: the one that `plan` recommends. */
  strategy: StrategyConfig | null
  /** How a candidate is judged beside stable. */
  analysis: AnalysisSpec
  /** Where metrics of the user's own come from. */
  sources: SourceConfig[]
  /** Share that stable keeps for a while after the candidate has been promoted; null: none. */
  holdback: Holdback | null
  /** How long the old release stays warm after a rollout. */
  keepWarmMs: Ms
  /** `smoke` stands below blue-green in the file. */
  hooks: { [K in HookName]: HookCommand[] }
  env: EnvValues
  /** How long it stays after its newest deploy, of a preview; null: until somebody takes it down. */
  keepMs: Ms | null
}

/** How containers are made; the image comes with the release. */
export type ContainerConfig = Omit<ContainerSpec, 'image'> & {
  /** Where built images are pushed to; null: nowhere. */
  registry: string | null
}

/** A source of metrics, and what it is asked for. */
export interface SourceConfig {
  name: SourceName
  server: MetricServer
  queries: RatioQuery[]
}

/** A shell command line, or an argument vector that runs without a shell. */
export type Command = string | string[]

/** A command run in the release's folder. */
export interface HookCommand {
  command: Command
  timeoutMs: Ms
}

/** How an instance is asked whether it is well. */
export interface Probe {
  /** Absent: the port accepts a TCP connection. */
  path?: string
  periodMs: Ms
  timeoutMs: Ms
  /** Consecutive failures that make it fail. */
  failures: number
}

/** Values, and references to secrets, read from their file (an absolute path) when an instance starts. */
export type EnvValues = Record<string, string | { file: string }>

/** As `compile` in core takes it. */
export type StrategyConfig = StrategySpec
