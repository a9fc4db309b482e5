import { type Answer, type Check, type Evidence, fail, unknown } from '../check.ts'
import { healthPaths } from '../look/health-paths.ts'
import { type Look, once } from '../look/look.ts'
import { manifestContainers } from '../look/manifests.ts'
import { answerOf, type Weighed } from '../look/weighed.ts'
import { field } from '../look/yaml-documents.ts'
import { type Outages, outages } from '../running/outage.ts'

/** APP-07. */
export const livenessReadiness: Check = {
  id: 'APP-07',
  title: 'liveness ignores dependencies, and readiness reflects them',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['probe']],
  fix: 'Answer /livez with 200 as long as the process works, and /readyz with 503 while a dependency that it cannot do without is gone: @sluice/health has both. Name the two paths in sluice.yaml and in the manifests.',
  tags: ['pod-probes-identical'],
  concerns: ({ app }) =>
    app.stack === 'static' ? 'files are served as they are, without dependencies' : null,
  static: (look) => answerOf(written(look), 'the two probes ask different things'),
  async probe(look, trial) {
    const dependencies = await dependenciesOf(look)
    return judged(look, await outages(trial, healthPaths(look).all), dependencies)
  },
}

function written(look: Look): Weighed {
  const weighed: Weighed = { bad: [], weak: [], open: [], good: [] }
  const { readiness, liveness } = look.config?.health ?? {}
  if (readiness?.path !== undefined && liveness?.path !== undefined) {
    const evidence = {
      says: `readiness ${readiness.path}, liveness ${liveness.path}`,
      file: look.files.at('sluice.yaml'),
    }
    if (readiness.path === liveness.path)
      weighed.bad.push({ ...evidence, says: `both probes ask ${readiness.path}` })
    else weighed.good.push(evidence)
  }
  for (const { manifest, container, at, isInit } of manifestContainers(look)) {
    const [ready, live] = [field(container, 'readinessProbe'), field(container, 'livenessProbe')]
    if (isInit || ready === null || live === null) continue
    const place = { file: manifest.file, line: manifest.lineOf([...at, 'livenessProbe']) }
    if (askedBy(ready) === askedBy(live))
      weighed.bad.push({ says: `both probes of ${manifest.name} ask the same`, ...place })
    else weighed.good.push({ says: `the probes of ${manifest.name} differ`, ...place })
  }
  if (weighed.good.length + weighed.bad.length === 0)
    weighed.open.push({ says: 'neither sluice.yaml nor a manifest names a path for each of the two probes' })
  return weighed
}

// What it asks, without how often; a connection to the same port is the same question.
function askedBy(probe: unknown): string {
  return JSON.stringify(['httpGet', 'tcpSocket', 'exec', 'grpc'].map((kind) => field(probe, kind)))
}

function judged(look: Look, { before, absent, during }: Outages, dependencies: string[]): Answer {
  const { readiness, liveness } = healthPaths(look)
  const statusOf = (path: string) => before.find((one) => one.path === path)?.status ?? null
  const shown = (path: string) =>
    absent.some((one) => one.path === path) ? 'as any other path' : (statusOf(path) ?? 'no answer')
  const evidence: Evidence[] = [readiness, liveness].map((path) => ({
    says: `GET ${path}: ${shown(path)}`,
  }))
  if (readiness === liveness) return fail(`${readiness} is both readiness and liveness`, evidence)
  const missing = [readiness, liveness].filter((path) => !isGood(statusOf(path)))
  if (missing.length > 0)
    return fail(`${missing.join(' and ')} has no answer of its own that is 200`, evidence)
  if (during.length === 0 && dependencies.length > 0)
    return unknown(
      `it could not be tried without ${dependencies.join(', ')}: none of them stands behind a relay here`,
      evidence,
    )
  const weighed: Weighed = { bad: [], weak: [], open: [], good: evidence }
  let isReflected = false
  for (const { kind, variable, seen, isRunning, hasRecovered } of during) {
    const without = `without ${kind} (${variable})`
    const now = (path: string) => seen.find((one) => one.path === path)?.status ?? null
    const says = `${without}: ${liveness} ${now(liveness) ?? 'no answer'}, ${readiness} ${now(readiness) ?? 'no answer'}`
    if (!isRunning) weighed.bad.push({ says: `${without} it ended` })
    else if (!isGood(now(liveness)))
      weighed.bad.push({ says: `${says}: it would be started anew, which helps nobody` })
    else if (!hasRecovered)
      weighed.bad.push({ says: `${says}, and it was not ready again when ${kind} was back` })
    else if (isGood(now(readiness)) && tellsOfIt(seen, readiness)) {
      isReflected = true
      weighed.weak.push({ says: `${says}: it takes requests without it, and says so` })
    } else if (isGood(now(readiness))) weighed.weak.push({ says: `${says}: it still takes requests` })
    else {
      isReflected = true
      weighed.good.push({ says })
    }
  }
  // What it can do without need not take it out of traffic; that nothing does is another matter.
  if (during.length > 0 && !isReflected) weighed.bad.push(...weighed.weak.splice(0))
  const passed =
    during.length === 0
      ? 'two paths answer, and nothing is known that it depends on'
      : 'readiness falls with a dependency, and liveness does not'
  return answerOf(weighed, passed)
}

/** Whether readiness says that something is amiss with which it can go on. */
function tellsOfIt(seen: { path: string; body: string }[], readiness: string): boolean {
  const body = seen.find(({ path }) => path === readiness)?.body ?? ''
  return /"status"\s*:\s*"(?:degraded|warn(?:ing)?|partial)"/i.test(body)
}

function isGood(status: number | null): boolean {
  return status !== null && status >= 200 && status < 400
}

const address =
  /^(?:\w+_)?(?:DATABASE|DB|POSTGRES\w*|PG|MYSQL|MARIADB|MONGO\w*|REDIS|VALKEY|CACHE|RABBITMQ|AMQP|BROKER|CELERY_BROKER|KAFKA|NATS|ELASTICSEARCH|OPENSEARCH)_?(?:URL|URI|DSN|HOST|HOSTS|ADDR|ADDRESS|BROKERS|SERVERS)$/

const dependenciesOf = once(async (look): Promise<string[]> => {
  const { variables } = await look.variables()
  const named = variables.map(({ name }) => name).filter((name) => address.test(name))
  return named.length > 0 ? named : look.app.services.map(({ value }) => value)
})
