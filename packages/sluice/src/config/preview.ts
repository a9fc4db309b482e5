import { defaultAnalysis } from '../core/analysis/spec.ts'
import { SluiceError } from '../errors.ts'
import { targets } from '../targets/index.ts'
import type { Config, EnvironmentConfig } from './config.ts'
import { defaultHost, hostProblem } from './environment-schema.ts'
import { longestPreviewName, previewNameIn } from './preview-name.ts'
import { namePlace } from './preview-schema.ts'
import { strategyWritten } from './resolve.ts'
import { NAME } from './values.ts'

/**
 * The environment of a preview: it runs where the one that it is like does, and knows nothing of what that one keeps or
 * must not tell. Nobody but those who look at it meets its releases, so that each takes over as soon as it is ready.
 * @throws USAGE for a name or a host that cannot be; STRATEGY_UNSUPPORTED where the app can run only once.
 */
export function previewOf(config: Config, name: string): EnvironmentConfig {
  const own = previewNameIn(name)
  if (!NAME.test(name)) throw badName(own)
  const { preview, app, run } = config
  const like = config.environments[preview.like]!
  if (run.port !== null && !targets[like.target].can.ownPorts) throw onlyOnce(run.port, like)
  const host = preview.host?.replace(namePlace, own) ?? defaultHost(app, name)
  const problem = hostProblem(host)
  if (problem !== null)
    throw new SluiceError('USAGE', problem, { todo: 'Set preview.host, or choose a shorter name.' })
  const { target, router, path, sticky, maxBodyBytes, firstByteTimeoutMs, drainMs } = like
  // Each by its name: what an environment comes to have is not handed on unasked.
  return {
    name,
    id: `${app}/${name}`,
    ...{ target, router, path, sticky, maxBodyBytes, firstByteTimeoutMs, drainMs },
    container: { ...like.container, volumes: [] },
    instances: preview.instances,
    host,
    strategy: strategyWritten({ 'blue-green': { bake: '0s' } }),
    analysis: defaultAnalysis,
    sources: [],
    holdback: null,
    keepWarmMs: 0,
    hooks: { smoke: [], beforeTraffic: [], after: [], onFailure: [] },
    env: preview.env,
    keepMs: preview.keepMs,
  }
}

function badName(name: string): SluiceError {
  return new SluiceError(
    'USAGE',
    `a preview is named by 1 to ${longestPreviewName} lower-case letters, digits and single hyphens; found "${name}"`,
    { todo: 'Choose another name, such as pr-12.' },
  )
}

function onlyOnce(port: number, { name }: EnvironmentConfig): SluiceError {
  return new SluiceError(
    'STRATEGY_UNSUPPORTED',
    `the app always listens on port ${port}, so that it can run only once on this machine, in ${name}`,
    {
      todo: 'Let it listen on PORT and leave run.port out, or let preview.like name an environment of containers.',
    },
  )
}
