import { resolve } from 'node:path'
import { type AnalysisSpec, defaultAnalysis } from '../core/analysis/spec.ts'
import type { StrategyName } from '../core/strategies/index.ts'
import type { Holdback } from '../core/strategies/strategy.ts'
import type { SourceName } from '../metrics/index.ts'
import type { ReadAnalysis } from './analysis-schema.ts'
import type { ReadCheck } from './check-schema.ts'
import type {
  CheckConfig,
  Command,
  Config,
  ContainerConfig,
  EnvironmentConfig,
  EnvValues,
  HookCommand,
  PreviewConfig,
  Probe,
  SourceConfig,
  StrategyConfig,
} from './config.ts'
import type { ReadContainer } from './container-schema.ts'
import { defaultHost } from './environment-schema.ts'
import { queriesOf, resolveAnalysis } from './resolve-analysis.ts'
import type { ReadConfig } from './schema.ts'
import { type ReadStrategy, strategySchema } from './strategy-schema.ts'

type ReadEnvironment = ReadConfig['environments'][string]
type ReadProbe = ReadConfig['health']['startup']

/** What was read, with defaults that depend on other keys filled in and the top level merged into each environment. */
export function resolveConfig(read: ReadConfig, written: Record<string, unknown>, folder: string): Config {
  const { schema, ...shared } = read.env
  const environments = Object.entries(read.environments).map(
    ([name, environment]) =>
      [name, resolveEnvironment(read.app, name, environment, shared as EnvValues, folder)] as const,
  )
  return {
    app: read.app,
    build: {
      command: read.build.command ?? null,
      context: plainPath(read.build.context ?? '') || '.',
      dockerfile: plainPath(read.build.dockerfile),
      stage: read.build.stage ?? null,
      args: read.build.args,
    },
    image: read.image ?? null,
    run: { command: read.run.command ?? null, port: read.run.port ?? null, graceMs: read.run.grace },
    health: {
      startup: resolveProbe({
        ...read.health.startup,
        path: read.health.startup.path ?? read.health.readiness.path,
      }),
      readiness: resolveProbe(read.health.readiness),
      liveness: resolveProbe(read.health.liveness),
    },
    envSchema: schema ?? null,
    environments: Object.fromEntries(environments),
    preview: resolvePreview(read, shared as EnvValues, folder),
    check: resolveCheck(read.check),
    keepReleases: read.keepReleases,
    data: read.data.map(plainPath),
    written,
  }
}

function resolvePreview(
  { preview, environments }: ReadConfig,
  shared: EnvValues,
  folder: string,
): PreviewConfig {
  const { like, host, instances, keep, limit, env } = preview
  const known = Object.keys(environments)
  const usual = ['staging', 'production'].find((name) => known.includes(name)) ?? known[0]!
  return {
    like: like ?? usual,
    host: host ?? null,
    instances,
    keepMs: keep,
    limit,
    env: resolveEnv({ ...shared, ...env }, folder),
  }
}

function resolveCheck({ coverage, stateful, attestations, ...same }: ReadCheck): CheckConfig {
  return {
    ...same,
    coveragePercent: coverage,
    stateful: stateful ?? null,
    attestations: plainPath(attestations),
  }
}

/** A strategy by its name alone, with its defaults, as `--strategy` asks for it. */
export function defaultStrategy(name: StrategyName): StrategyConfig {
  return strategyWritten(name)
}

/** What would hold if this stood at `strategy`. */
export function strategyWritten(written: unknown): StrategyConfig {
  return resolveStrategy(strategySchema.parse(written))
}

function resolveEnvironment(
  app: string,
  name: string,
  read: ReadEnvironment,
  shared: EnvValues,
  folder: string,
): EnvironmentConfig {
  return {
    name,
    id: `${app}/${name}`,
    target: read.target,
    router: read.router,
    container: resolveContainer(read.container),
    instances: read.instances,
    host: read.host ?? defaultHost(app, name),
    path: read.path,
    sticky: read.sticky === false ? null : read.sticky === true ? {} : read.sticky,
    maxBodyBytes: read.maxBody ?? null,
    firstByteTimeoutMs: read.firstByteTimeout,
    drainMs: read.drain,
    strategy: read.strategy === undefined ? null : resolveStrategy(read.strategy),
    analysis: read.strategy === undefined ? defaultAnalysis : analysisOf(read.strategy),
    sources: sourcesOf(read, folder),
    holdback: read.after.holdback === undefined ? null : resolveHoldback(read.after.holdback),
    keepWarmMs: read.after.keepWarm,
    hooks: {
      smoke: (read.strategy?.['blue-green']?.smoke ?? []).map(resolveCommand),
      beforeTraffic: read.hooks.beforeTraffic.map(resolveCommand),
      after: read.hooks.after.map(resolveCommand),
      onFailure: read.hooks.onFailure.map(resolveCommand),
    },
    env: resolveEnv({ ...shared, ...read.env }, folder),
    keepMs: null,
  }
}

function analysisOf(read: ReadStrategy): AnalysisSpec {
  const analyze = analyzeOf(read)
  return analyze === undefined ? defaultAnalysis : resolveAnalysis(analyze)
}

/** None of a strategy that compares nothing. */
function analyzeOf(read: ReadStrategy | undefined): ReadAnalysis | undefined {
  return (read?.canary ?? read?.rolling ?? read?.['blue-green'])?.analyze
}

function sourcesOf({ metrics, strategy }: ReadEnvironment, folder: string): SourceConfig[] {
  const analyze = analyzeOf(strategy)
  if (analyze === undefined) return []
  const entries = Object.entries(queriesOf(analyze)) as [SourceName, SourceConfig['queries']][]
  return entries.flatMap(([name, queries]) => {
    const server = name === 'prometheus' ? metrics.prometheus : undefined
    if (server === undefined) return []
    const { url, tokenFile, timeout } = server
    const token = tokenFile === undefined ? null : resolve(folder, tokenFile)
    return [{ name, server: { url, tokenFile: token, timeoutMs: timeout }, queries }]
  })
}

function resolveHoldback({
  weight,
  for: forMs,
}: NonNullable<ReadEnvironment['after']['holdback']>): Holdback {
  return { basisPoints: weight, forMs }
}

/** A secret's path is made absolute, because the release that reads it lives in another folder. */
function resolveEnv(values: EnvValues, folder: string): EnvValues {
  const entries = Object.entries(values).map(
    ([name, value]) =>
      [name, typeof value === 'string' ? value : { file: resolve(folder, value.file) }] as const,
  )
  return Object.fromEntries(entries)
}

function resolveContainer(read: ReadContainer): ContainerConfig {
  const { command, log } = read
  return {
    // A command line is the user's own, and goes to the image's shell as one argument.
    command: typeof command === 'string' ? ['/bin/sh', '-c', command] : (command ?? null),
    init: read.init,
    user: read.user ?? null,
    memoryBytes: read.memory ?? null,
    cpus: read.cpus ?? null,
    pids: read.pids ?? null,
    readOnly: read.readOnly,
    tmpfs: read.tmpfs,
    volumes: read.volumes.map((volume) => {
      const [source, path, mode] = volume.split(':')
      return { source: source!, path: path!, readOnly: mode === 'ro' }
    }),
    networks: read.networks,
    secrets: read.secrets,
    log: { maxBytes: log.maxSize, files: log.maxFiles },
    reach: read.reach ?? null,
    registry: read.registry ?? null,
    constraints: read.constraints,
  }
}

function resolveProbe({ path, period, timeout, failures }: ReadProbe): Probe {
  return { ...(path === undefined ? {} : { path }), periodMs: period, timeoutMs: timeout, failures }
}

function resolveCommand({ command, timeout }: { command: Command; timeout: number }): HookCommand {
  return { command, timeoutMs: timeout }
}

function resolveStrategy(read: ReadStrategy): StrategyConfig {
  const { rolling, 'blue-green': blueGreen, canary, recreate } = read
  if (rolling !== undefined) {
    const { batch, surge = batch, maxUnavailable, analyze, progressDeadline } = rolling
    return {
      kind: 'rolling',
      batch,
      surge,
      maxUnavailable,
      analyzeMs: analyze.for,
      progressDeadlineMs: progressDeadline,
    }
  }
  if (blueGreen !== undefined) {
    const { bake, approve, progressDeadline } = blueGreen
    return {
      kind: 'blue-green',
      bakeMs: bake,
      approve,
      progressDeadlineMs: progressDeadline,
    }
  }
  if (canary !== undefined) {
    const { steps, analyze, scale, approve, progressDeadline } = canary
    const pauseMs = analyze.for ?? partOfDeadline(canary)
    return {
      kind: 'canary',
      steps: steps.map((step) => ({
        weightBasisPoints: step.weight,
        analyzeMs: step.for ?? pauseMs,
        gate: step.gate,
      })),
      scale,
      approve,
      progressDeadlineMs: progressDeadline,
    }
  }
  // The schema lets exactly one of the four through.
  return { kind: 'recreate', progressDeadlineMs: recreate!.progressDeadline }
}

// Steps without a time of their own share what the others leave of the deadline.
function partOfDeadline({ steps, analyze }: NonNullable<ReadStrategy['canary']>): number {
  const taken = steps.reduce((sum, step) => sum + (step.for ?? 0), 0)
  const without = steps.filter((step) => step.for === undefined).length
  return Math.floor((resolveAnalysis(analyze).deadlineMs - taken) / Math.max(1, without))
}

/** `./uploads/` is `uploads`. */
function plainPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}
