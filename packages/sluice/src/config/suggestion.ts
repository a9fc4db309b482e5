import { nearest } from '../std/nearest.ts'
import { allKeys, type JsonSchema, keysAt, pathText, wordsAt } from './keys.ts'
import type { Path } from './yaml-document.ts'

/** What other tools call the keys of sluice.yaml; too far from our words for a spelling suggestion. */
const otherWords: [ours: string, theirs: string[]][] = [
  ['app', ['name', 'service', 'project', 'application']],
  [
    'instances',
    ['replica', 'replicas', 'count', 'scale', 'num_instances', 'desiredCount', 'processes', 'workers'],
  ],
  ['command', ['cmd', 'script', 'entrypoint', 'exec', 'start', 'run', 'args']],
  ['run', ['start', 'process', 'web']],
  ['health', ['healthcheck', 'healthCheck', 'health_check', 'probes', 'checks']],
  ['readiness', ['ready', 'readinessProbe', 'readyz']],
  ['liveness', ['live', 'alive', 'livenessProbe', 'livez']],
  ['startup', ['boot', 'startupProbe']],
  ['period', ['interval', 'periodSeconds', 'every']],
  ['failures', ['failureThreshold', 'retries', 'threshold', 'attempts']],
  ['timeout', ['timeoutSeconds', 'limit']],
  ['path', ['url', 'endpoint', 'prefix', 'pathPrefix', 'route']],
  ['host', ['domain', 'hostname', 'hosts', 'url', 'domains']],
  [
    'grace',
    ['gracePeriod', 'stopTimeout', 'kill_timeout', 'terminationGracePeriodSeconds', 'stop_grace_period'],
  ],
  ['drain', ['drainTimeout', 'drain_timeout', 'connectionDraining']],
  ['env', ['environment', 'variables', 'vars', 'envs', 'secrets']],
  ['environments', ['stages', 'envs', 'targets']],
  ['target', ['provider', 'platform', 'runtime']],
  ['router', ['proxy', 'loadBalancer', 'ingress']],
  ['strategy', ['deploy', 'deployment', 'rollout', 'update_config']],
  ['blue-green', ['bluegreen', 'blueGreen', 'blue_green']],
  ['batch', ['parallelism', 'batchSize', 'max_parallel']],
  ['surge', ['maxSurge']],
  ['maxUnavailable', ['unavailable']],
  ['steps', ['weights', 'stages', 'percentages', 'shares']],
  ['weight', ['setWeight', 'percent', 'percentage', 'share']],
  ['for', ['pause', 'duration', 'wait']],
  ['approve', ['manual', 'gate', 'approval']],
  ['gate', ['approve', 'manual', 'approval']],
  ['bake', ['bakeTime', 'soak', 'monitor']],
  ['smoke', ['tests', 'test', 'smokeTest']],
  ['maxBody', ['bodyLimit', 'client_max_body_size', 'maxBodySize']],
  ['firstByteTimeout', ['timeout', 'responseTimeout', 'proxy_read_timeout', 'requestTimeout']],
  ['keepReleases', ['retain_containers', 'revisionHistoryLimit', 'history']],
  ['data', ['volumes', 'mounts', 'storage', 'persist']],
  ['beforeTraffic', ['before', 'pre', 'preDeploy', 'pre_deploy', 'release_command']],
  ['after', ['post', 'postDeploy', 'post_deploy', 'onSuccess']],
  ['onFailure', ['failure', 'onError', 'onRollback']],
  ['sticky', ['session', 'stickiness', 'sessionAffinity', 'affinity']],
]

/** What to say after `unknown key "…" in …`: the key most likely meant, where it belongs, or all that are known there. */
export function suggestion(schema: JsonSchema, path: Path, key: string): string {
  const known = keysAt(schema, path)
  const meant = otherWord(key, known) ?? nearest(key, known)
  if (meant !== null) return `Did you mean "${meant}"?`
  const home = onlyHome(schema, key)
  if (home !== null) return `It belongs ${home}.`
  return known.length === 0 ? 'No key is known here.' : `Known here: ${known.join(', ')}.`
}

/** What to add to a wrong value where one of a few words is wanted; nothing where none is near. */
export function spelling(schema: JsonSchema, path: Path, value: unknown): string {
  const meant = typeof value === 'string' ? nearest(value, wordsAt(schema, path)) : null
  return meant === null ? '' : `. Did you mean "${meant}"?`
}

function otherWord(key: string, known: string[]): string | null {
  const plain = key.toLowerCase()
  const means = ([ours, theirs]: [string, string[]]) =>
    known.includes(ours) && theirs.some((word) => word.toLowerCase() === plain)
  return otherWords.find(means)?.[0] ?? null
}

/** Where in the file the key is known, if that is one place only; what a preview repeats is meant for an environment. */
function onlyHome(schema: JsonSchema, key: string): string | null {
  const known = allKeys(schema).filter(({ path }) => path.at(-1) === key)
  const others = known.filter(({ path }) => path[0] !== 'preview')
  const homes = others.length === 0 ? known : others
  const [home] = homes
  if (home === undefined || homes.length > 1) return null
  return home.path.length === 1 ? 'at the top level' : `in ${pathText(home.path.slice(0, -1))}`
}
