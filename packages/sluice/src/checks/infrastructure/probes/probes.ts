import type { Config } from '../../../config/config.ts'
import { type Answer, type Check, fail, pass, unknown, warn } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { together } from '../../look/together.ts'
import { inSluiceYaml, nowhere } from '../../look/where-it-runs.ts'
import { unreadManifests, workloads } from '../../look/workloads.ts'
import { ofHealthCheck } from './health-check.ts'
import { budgetsOf, ofWorkload } from './manifest-probes.ts'

/**
 * INF-09. Sluice probes what it runs by itself, so an image needs no HEALTHCHECK there; it does where nothing else says how
 * the app is asked.
 */
export const probes: Check = {
  id: 'INF-09',
  title: 'startup, readiness and liveness are probed, at times that fit',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static', 'probe']],
  warns: [['static']],
  fix: 'Give health.readiness a path in sluice.yaml (or write the three probes in the manifests), each with a timeout shorter than its period, and a startup budget, period × failures, above the time that a start takes.',
  fixedBy: ['sluice-yaml', 'kubernetes', 'dockerfile'],
  tags: ['CIS-DI-0006', 'DL3057', 'readinessProbeMissing', 'livenessProbeMissing'],
  static(look) {
    const unread = unreadManifests(look)
    const places = [
      look.config === null ? null : ofConfig(look, look.config),
      ...workloads(look).map((workload) => ofWorkload(workload)),
      unread === null ? null : unknown(unread),
    ]
    const others = places.every((place) => place === null) ? ofHealthCheck(look) : null
    return together([...places, others], nowhere(look))
  },
  async probe(look, trial) {
    const { readyAfterMs } = await trial.app()
    const took = `it was ready after ${Math.round(readyAfterMs)} ms`
    const budgets = [
      ...(look.config === null ? [] : [budgetOfConfig(look, look.config)]),
      ...workloads(look).flatMap(budgetsOf),
    ]
    if (budgets.length === 0) return unknown(`${took}, and nothing says how long it may take to start`)
    const short = budgets.find(({ budgetMs }) => budgetMs < readyAfterMs)
    if (short !== undefined)
      return fail(`${took}, and ${short.budgetMs} ms are all that it is given`, [short.evidence])
    return pass(`${took}, within what it is given`, [
      { says: took },
      ...budgets.map(({ evidence }) => evidence),
    ])
  },
}

function ofConfig(look: Look, { health }: Config): Answer {
  const broken = (['startup', 'readiness', 'liveness'] as const).filter(
    (name) => health[name].timeoutMs >= health[name].periodMs,
  )
  if (broken.length > 0) {
    const evidence = broken.map((name) => {
      const { timeoutMs, periodMs } = health[name]
      return inSluiceYaml(look, `${name}: timeout ${timeoutMs} ms, period ${periodMs} ms`, ['health', name])
    })
    return fail(`the timeout of ${broken.join(' and ')} is no shorter than its period`, evidence)
  }
  const { path } = health.readiness
  if (path === undefined) {
    const says = 'no path is asked whether it is ready: a port that is open has to do'
    return warn(says, [inSluiceYaml(look, 'health.readiness has no path', ['health', 'readiness'])])
  }
  return pass('Sluice probes startup, readiness and liveness', [
    inSluiceYaml(look, `readiness by ${path}`, ['health', 'readiness']),
    budgetOfConfig(look, { health }).evidence,
  ])
}

function budgetOfConfig(look: Look, { health: { startup } }: Pick<Config, 'health'>) {
  const budgetMs = startup.periodMs * startup.failures
  return { budgetMs, evidence: inSluiceYaml(look, `${budgetMs} ms to start`, ['health', 'startup']) }
}
