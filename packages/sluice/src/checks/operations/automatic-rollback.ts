import type { EnvironmentConfig } from '../../config/config.ts'
import { type Answer, type Check, fail, pass, unknown, warn } from '../check.ts'
import { DAY_MS, dayText } from '../look/day.ts'
import type { Look } from '../look/look.ts'
import { ownManifests } from '../look/own-manifests.ts'
import { productionOf } from '../look/production.ts'

const MOST_DAYS = 90

/**
 * OPS-07. The strategy of production in sluice.yaml watches a release before it has all traffic: canary with steps, rolling with
 * `analyze.for`, blue-green with `bake`; or Argo Rollouts or Flagger with an analysis. Seen to work: a green drill in what
 * Sluice's agent has recorded, or a release that was undone by itself; 90 days old at most.
 */
export const automaticRollback: Check = {
  id: 'OPS-07',
  title: 'a release with more errors is taken back by itself',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static', 'platform']],
  fix: 'Give production the strategy canary in sluice.yaml, and see that it works: sluice drill --env staging --yes.',
  fixedBy: ['sluice-yaml'],
  static: (look) => watchedBy(look),
  platform: (look) => seenToWork(look),
}

function watchedBy(look: Look): Answer {
  const production = productionOf(look.config)
  if (production === null) return inManifests(look)
  const file = look.files.at('sluice.yaml')
  const gap = gapIn(production, look.config!.run.port !== null)
  const name = production.strategy?.kind ?? 'the strategy that sluice plan recommends'
  const evidence = [{ says: `strategy of ${production.name}: ${name}`, file }]
  if (gap !== null) return fail(`${production.name}: ${gap}`, evidence)
  if (!production.analysis.metrics.some(({ kind }) => kind.is === 'errors'))
    return warn(`${production.name}: errors are left out of what a release is judged by`, evidence)
  return pass(`${name} watches a release of ${production.name}, and goes back by itself`, evidence)
}

/** Why nobody watches a new release; null where it is watched. */
function gapIn({ strategy, instances }: EnvironmentConfig, hasOnePort: boolean): string | null {
  if (strategy === null)
    return hasOnePort && instances === 1
      ? 'two releases cannot run at once, so that none is watched beside the other'
      : null
  switch (strategy.kind) {
    case 'recreate':
      return 'recreate ends the old release before anything is known of the new one'
    case 'canary':
      return strategy.steps.some(({ analyzeMs }) => analyzeMs > 0) ? null : 'no step of the canary is watched'
    case 'rolling':
      return strategy.analyzeMs > 0 ? null : 'rolling with analyze.for 0s watches no batch'
    case 'blue-green':
      return strategy.bakeMs > 0 ? null : 'blue-green with bake 0s watches nothing after the switch'
  }
}

function inManifests(look: Look): Answer {
  for (const { kind, name, file, value, lineOf } of ownManifests(look)) {
    const isRollout = kind === 'Rollout' || kind === 'Canary'
    if (!isRollout || !/"(?:analysis|analysisTemplate|templates)":/i.test(JSON.stringify(value))) continue
    return pass(`${kind} ${name} has an analysis`, [
      { says: `${kind} ${name}`, file, line: lineOf(['spec']) },
    ])
  }
  return unknown(
    `how production is released is not written down: ${look.configProblem ?? 'sluice.yaml names no production'}`,
  )
}

function seenToWork({ operations, now }: Look): Answer {
  const [drill] = operations?.drills ?? []
  const undone = operations?.rollouts.find(
    ({ kind, turnedBackFor }) =>
      kind === 'deploy' && (turnedBackFor === 'evidence' || turnedBackFor === 'health'),
  )
  const newest = [drill, undone].filter((one) => one !== undefined).toSorted((a, b) => b.at - a.at)[0]
  if (newest === undefined)
    return unknown('a bad release was never seen to be taken back: sluice drill --env staging --yes')
  const says = `${newest.environment} on ${dayText(newest.at)}: ${newest.says}`
  if (newest === drill && !drill.isGreen) return fail(`a drill failed: ${says}`, [{ says }])
  if (now - newest.at > MOST_DAYS * DAY_MS)
    return unknown(`that a bad release is taken back was last seen more than ${MOST_DAYS} days ago`, [
      { says },
    ])
  return pass(`a bad release was taken back: ${says}`, [{ says }])
}
