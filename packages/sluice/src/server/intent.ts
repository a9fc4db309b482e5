import { resolve } from 'node:path'
import { checkEnv } from '../config/check-env.ts'
import type { Config, EnvironmentConfig } from '../config/config.ts'
import { environmentOf } from '../config/environment.ts'
import { loadConfig } from '../config/load.ts'
import { defaultStrategy } from '../config/resolve.ts'
import type { Capabilities } from '../core/capabilities.ts'
import type { HookName } from '../core/plan.ts'
import type { ReleaseId } from '../core/release.ts'
import { refusalOf, type StrategyName, type StrategySpec } from '../core/strategies/index.ts'
import type { PlanRequest } from '../core/strategies/strategy.ts'
import { SluiceError } from '../errors.ts'
import type { EnvironmentSettings, EnvironmentState } from '../runtime/environment-state.ts'
import { targets } from '../targets/index.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { DeployRequest } from './contract.ts'

/** What a deploy means to do, read from the app's folder; nothing has been done yet. */
export interface Intent {
  folder: string
  config: Config
  environment: EnvironmentConfig
}

/** Variables that Sluice gives every instance. */
const givenVariables = [
  'PORT',
  'HOST',
  'NODE_ENV',
  'SLUICE_APP',
  'SLUICE_ENVIRONMENT',
  'SLUICE_RELEASE',
  'SLUICE_INSTANCE',
]

/** What a deploy is asked for beside the folder. */
export type Asked = Partial<Pick<DeployRequest, 'environment' | 'image' | 'release'>>

/** Reads and checks everything that can be checked before anything moves. Throws config and usage errors. */
export async function readIntent(
  folder: string,
  { environment: name, image, release }: Asked,
): Promise<Intent> {
  const { config } = await loadConfig(folder)
  const environment = environmentOf(config, name)
  if (image === undefined) return { folder: resolve(folder), config, environment }
  if (release !== undefined) {
    const todo = 'Say one of them.'
    throw new SluiceError('USAGE', `${release} has an image of its own, and ${image} was asked for`, { todo })
  }
  if (!targets[environment.target].can.runsImages) throw withoutImages(environment, image)
  return { folder: resolve(folder), config: { ...config, image }, environment }
}

function withoutImages({ name, target }: EnvironmentConfig, image: string): SluiceError {
  return new SluiceError(
    'USAGE',
    `${name} runs on ${target}, which runs no images, and ${image} was asked for`,
    {
      todo: `Leave --image out, or set environments.${name}.target to docker or swarm.`,
    },
  )
}

/** The environment's variables with the schema's defaults filled in. Throws ENV_INVALID with every problem. */
export async function checkedEnv({ folder, config, environment }: Intent): Promise<ReleaseSpec['env']> {
  if (config.envSchema === null) return environment.env
  return checkEnv({
    schemaFile: resolve(folder, config.envSchema),
    values: environment.env,
    phase: 'runtime',
    given: givenVariables,
  })
}

/**
 * What `sluice.yaml` says of the environment, as the keeper wants it. The preview token stays the same for ever. Users
 * who still come to the router of before are served there until the next deploy.
 */
export function settingsOf(
  { config, environment }: Intent,
  previewToken: string,
  before?: EnvironmentSettings,
): EnvironmentSettings {
  const { host } = environment
  const isMoved = before !== undefined && before.router !== environment.router
  return {
    id: environment.id,
    app: config.app,
    name: environment.name,
    target: environment.target,
    router: environment.router,
    ...(isMoved ? { formerRouter: before.router } : {}),
    route: {
      hosts: [host],
      pathPrefix: environment.path,
      preview: { hosts: [`preview--${host}`], token: previewToken },
      sticky: environment.sticky,
      maxBodyBytes: environment.maxBodyBytes,
      firstByteTimeoutMs: environment.firstByteTimeoutMs,
    },
    strategy: environment.strategy,
    sources: environment.sources,
    hooks: environment.hooks,
    keepReleases: config.keepReleases,
    keepWarmMs: environment.keepWarmMs,
    drainMs: environment.drainMs,
    keepMs: environment.keepMs,
  }
}

/** The release with this environment's configuration, kept with it for ever. */
export function specOf(
  { config, environment }: Intent,
  given: Pick<ReleaseSpec, 'release' | 'folder' | 'env' | 'data' | 'container'>,
): ReleaseSpec {
  return {
    ...given,
    app: config.app,
    environment: environment.id,
    target: environment.target,
    // What runs in a container is started by its image.
    command: config.run.command ?? [],
    ...(config.run.port === null ? {} : { port: config.run.port }),
    startup: config.health.startup,
    readiness: config.health.readiness,
    liveness: config.health.liveness,
    graceMs: config.run.graceMs,
  }
}

/** Where the plan starts from. */
export function planRequest(
  { environment }: Intent,
  state: EnvironmentState,
  candidate: ReleaseId,
  { traffic }: Pick<Capabilities, 'traffic'>,
): PlanRequest {
  const hooks = Object.entries(environment.hooks).filter(([, commands]) => commands.length > 0)
  return {
    stable: state.stable,
    candidate: { release: candidate, count: environment.instances },
    traffic,
    warm: state.warm,
    hooks: hooks.map(([name]) => name as HookName),
    drainMs: environment.drainMs,
    keepWarmMs: environment.keepWarmMs,
    holdback: environment.holdback,
  }
}

/** The strategy asked for, or the file's, or the recommended one; refused where this environment cannot run it. */
export function chooseStrategy(
  intent: Intent,
  asked: StrategyName | undefined,
  recommended: StrategyName,
  can: Capabilities,
): StrategySpec {
  const configured = intent.environment.strategy
  const name = asked ?? configured?.kind ?? recommended
  const spec = configured?.kind === name ? configured : defaultStrategy(name)
  const refusal = refusalHere(intent, spec, can)
  if (refusal === null) return spec
  throw new SluiceError('STRATEGY_UNSUPPORTED', `${name} cannot run here: ${refusal}`, {
    todo: `use the strategy "${recommended}"`,
  })
}

/** Why a strategy cannot run here, or null: the target's and router's abilities, and an app that owns a port of the machine. */
export function refusalHere(intent: Intent, spec: StrategySpec, can: Capabilities): string | null {
  const isFixedPort = intent.config.run.port !== null && !can.ownPorts
  return refusalOf(spec, { ...can, parallelReleases: can.parallelReleases && !isFixedPort })
}
