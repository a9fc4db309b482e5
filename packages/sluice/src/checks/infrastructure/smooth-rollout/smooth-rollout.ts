import type { Config, EnvironmentConfig } from '../../../config/config.ts'
import { type Answer, type Check, fail, pass, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { placesOf } from '../../look/places.ts'
import { recordOf } from '../../look/record-file.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml, nowhere } from '../../look/where-it-runs.ts'
import { field } from '../../look/yaml-documents.ts'
import { ofWorkload } from './workload-rollout.ts'

const MOST_DAYS = 90

/**
 * INF-11. What files say is worth a warning at most: that nothing is lost shows only in a rollout under load. Whoever has made
 * one writes it into ops/records/INF-11.yaml, 90 days old at most: `when`, `result`, `requests` that were sent meanwhile,
 * `lost` of them, and `environment`.
 */
export const smoothRollout: Check = {
  id: 'INF-11',
  title: 'a new release takes over without a request being lost',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Choose rolling, blue-green or canary and give health.readiness a path; in manifests maxUnavailable: 0, a preStop that waits, and a longer grace. Then deploy while a load generator runs, and write ops/records/INF-11.yaml: { when: 2026-11-22, result: passed, requests: 20000, lost: 0, environment: staging }.',
  fixedBy: ['sluice-yaml', 'kubernetes'],
  tags: ['deployment-strategy', 'deploymentMissingStrategy'],
  static(look) {
    const written = placesOf(look, {
      environment: (environment) => ofEnvironment(look, environment, look.config!),
      workload: (workload) => ofWorkload(look, workload),
    })
    return withRecord(look, together(written, nowhere(look)))
  },
}

function ofEnvironment(look: Look, environment: EnvironmentConfig, { health, run }: Config): Answer {
  const { name, strategy, target, instances, drainMs, firstByteTimeoutMs } = environment
  const place = (says: string, key = 'strategy') => [inSluiceYaml(look, says, ['environments', name, key])]
  const isAlone = target === 'process' && run.port !== null
  if (strategy?.kind === 'recreate' || (strategy === null && isAlone))
    return fail(`${name} ends the old release before the new one has started: nothing serves in between`, [
      ...place(isAlone ? 'it listens on a port of its own, so two cannot run' : 'recreate'),
    ])
  if (strategy?.kind === 'rolling') {
    const { maxUnavailable: most } = strategy
    const away = 'count' in most ? most.count : Math.floor((instances * most.basisPoints) / 10_000)
    if (away >= instances)
      return fail(`all instances of ${name} may be away at a time`, place('maxUnavailable'))
    if (away > 0)
      return warn(`${away} of ${instances} instances may be away meanwhile`, place('maxUnavailable'))
  }
  if (health.readiness.path === undefined) {
    const says = 'no path says when the new release is ready: an open port has to do'
    return warn(says, [inSluiceYaml(look, 'health.readiness has no path', ['health', 'readiness'])])
  }
  if (drainMs < firstByteTimeoutMs)
    return warn(
      `a request may take ${firstByteTimeoutMs} ms to be answered, and is cut after ${drainMs} ms of draining`,
      place(`drain: ${drainMs} ms`, 'drain'),
    )
  const which = strategy?.kind ?? 'what sluice plan recommends'
  return pass(`${name} keeps the old release until the new one is ready`, place(which))
}

/** What is written, and what happened when it was tried. */
function withRecord(look: Look, written: Answer): Answer {
  const tried = recordOf(look, 'INF-11', MOST_DAYS)
  if ('answer' in tried) {
    if (tried.answer.status === 'fail') return tried.answer
    return written.status === 'pass'
      ? warn(`${written.says}; ${tried.answer.says} of a rollout under load`, written.evidence)
      : written
  }
  const { document, says } = tried.record
  const [requests, lost] = ['requests', 'lost'].map((key) => field(document.value, key))
  const at = { file: document.file, line: document.lineOf(['lost']) }
  if (typeof requests !== 'number' || typeof lost !== 'number' || requests < 1)
    return warn(`${says}, wants requests and lost as numbers`, [{ says: 'no numbers', ...at }])
  if (lost > 0)
    return fail(`${says}: ${lost} of ${requests} requests were lost`, [{ says: `lost: ${lost}`, ...at }])
  if (written.status !== 'pass') return written
  const evidence = [...written.evidence, { says: `0 of ${requests} requests lost`, ...at }]
  return pass(`${written.says}, and a rollout under load has lost nothing`, evidence)
}
