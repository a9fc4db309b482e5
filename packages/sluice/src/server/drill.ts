import type { Party } from '../core/plan.ts'
import { SluiceError } from '../errors.ts'
import type { DrillRecord, DrillResult, DrillUsers } from '../runtime/drill-records.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { ReleaseSpec } from '../targets/target.ts'
import type { DrillNews, DrillRequest } from './contract.ts'
import type { Control } from './control.ts'
import { drillFault, rollbackWanted } from './drill-fault.ts'
import { copyName } from './drill-rollout.ts'
import type { Preparation } from './preparations.ts'
import { refuseFullDisk, underWay } from './refusals.ts'
import type { StartLoad } from './synthetic-load.ts'

interface DrillWays {
  startLoad: StartLoad
  tell(news: DrillNews): void
}

/**
 * Proves the way back in an environment: breaks one copy of what is stable after another and sees each noticed and undone,
 * while stable serves everybody. What came of it is written down, unless a person ended it.
 * Throws NOTHING_DEPLOYED, UNHEALTHY, STRATEGY_UNSUPPORTED or ROLLOUT_UNDER_WAY.
 */
export async function drill(
  control: Control,
  keeper: Keeper,
  request: DrillRequest,
  ways: DrillWays,
): Promise<void> {
  await refuseFullDisk(control)
  if (keeper.rollout !== null) throw await underWay(control, keeper.rollout, 'drill')
  const stable = stableOf(keeper)
  const spec = await control.records.environments.spec(keeper.id, stable.release)
  if (spec === null)
    throw new SluiceError('NOTHING_DEPLOYED', `${stable.release} of ${keeper.id} is not known`)
  refuseOneAtATime(control, keeper, spec)
  await refuseUnhealthy(control, keeper, stable)
  const preparation = control.preparations.take(keeper.id, request.by, false, 'drill')
  try {
    await drillAll(control, keeper, request, { ...ways, stable, spec, preparation })
  } finally {
    preparation.end()
  }
}

async function drillAll(
  control: Control,
  keeper: Keeper,
  { faults, by, path }: DrillRequest,
  given: DrillWays & { stable: Party; spec: ReleaseSpec; preparation: Preparation },
): Promise<void> {
  const { stable, spec, startLoad, tell } = given
  const at = control.clock.now()
  const usersBefore = await usersOf(control, keeper, stable)
  const asked = path ?? pathOf(keeper, spec)
  await control.records.audit({
    at,
    by,
    environment: keeper.id,
    what: 'drill',
    data: { faults, path: asked },
  })
  tell({
    kind: 'drill',
    environment: keeper.id,
    release: stable.release,
    copy: copyName(stable.release),
    faults,
  })
  const results: DrillResult[] = []
  for (const fault of faults) {
    given.preparation.check()
    refuseChanged(keeper, stable)
    const result = await drillFault(control, keeper, {
      ...{ fault, by, stable, spec, path: asked, startLoad, preparation: given.preparation },
      onNews: ({ facts }) => {
        for (const fact of facts) tell({ kind: 'fact', fault, fact })
      },
    })
    results.push(result)
    tell({ kind: 'result', result })
    if (result.outcome === 'aborted') break
  }
  const users = difference(usersBefore, await usersOf(control, keeper, stable))
  const endedAt = control.clock.now()
  const record: DrillRecord = {
    environment: keeper.id,
    at,
    endedAt,
    by,
    release: stable.release,
    results,
    users,
  }
  // A person's word says nothing about the way back.
  if (results.every(({ outcome }) => outcome !== 'aborted')) await control.records.drills.save(record)
  tell({ kind: 'done', record })
}

/** Ends a drill that is in the way of a rollback, and with it the faults that it has not come to yet. */
export async function endDrill(control: Control, keeper: Keeper, by: string): Promise<void> {
  const over = control.preparations.supersede(keeper.id, 'drill', { by, what: 'rollback' })
  if (keeper.rollout?.kind === 'drill') await keeper.tell(rollbackWanted(control, by))
  await over
  await keeper.idle()
}

function stableOf({ id, state }: Keeper): Party {
  if (state.stable !== null && state.isUp) return state.stable
  const what = state.stable === null ? 'nothing is deployed' : 'it is down'
  throw new SluiceError('NOTHING_DEPLOYED', `a drill breaks a copy of what serves ${id}, and ${what}`, {
    todo: state.stable === null ? 'sluice deploy' : 'sluice up',
  })
}

function refuseOneAtATime(control: Control, keeper: Keeper, spec: ReleaseSpec): void {
  const why = whyNotTwice(control, keeper, spec)
  if (why === null) return
  const { app } = keeper.settings
  throw new SluiceError(
    'STRATEGY_UNSUPPORTED',
    `a drill runs a copy of the app beside it and breaks it, and that cannot be done with ${app}: ${why}`,
    { todo: 'Try the way back with a real one: sluice deploy, then sluice rollback.' },
  )
}

function whyNotTwice({ outside }: Control, { settings }: Keeper, { port }: ReleaseSpec): string | null {
  const can = outside.can(settings)
  if (port !== undefined && !can.ownPorts) return `it always listens on port ${port} (run.port)`
  if (settings.strategy?.kind === 'recreate') return 'its strategy is recreate'
  if (!can.parallelReleases) return `the target ${settings.target} runs one release at a time`
  if (!can.preview || settings.route.preview === null)
    return `the router ${settings.router} has no preview address for the copy`
  return can.drill ? null : `the router ${settings.router} cannot put faults into requests`
}

// Whose instances fail by themselves is no ground to try anything on.
async function refuseUnhealthy(control: Control, { id }: Keeper, { release, count }: Party): Promise<void> {
  const { releases } = await control.target.observe(id)
  const ready = releases[release]?.instances.filter(({ state }) => state === 'ready').length ?? 0
  if (ready >= count) return
  throw new SluiceError('UNHEALTHY', `only ${ready} of ${count} instances of ${release} are ready in ${id}`, {
    todo: 'sluice status says why; drill when it is well',
  })
}

// A rollback that came in between.
function refuseChanged({ id, state }: Keeper, { release }: Party): void {
  if (state.stable?.release === release && state.isUp) return
  throw new SluiceError('ROLLOUT_UNDER_WAY', `${release} does not serve ${id} any more; the drill ends here`)
}

// What an instance is asked for its readiness, where the router would give it to this environment.
function pathOf({ settings }: Keeper, { readiness }: ReleaseSpec): string {
  const { pathPrefix } = settings.route
  const path = readiness.path ?? '/'
  return pathPrefix === '/' || path === pathPrefix || path.startsWith(`${pathPrefix}/`) ? path : pathPrefix
}

async function usersOf(control: Control, { id }: Keeper, { release }: Party): Promise<DrillUsers> {
  const { totals, boots } = await control.router.counts(id, 'users')
  const copy = `${copyName(release)}@`
  const ofCopy = boots.flatMap(({ arms }) => Object.entries(arms)).filter(([arm]) => arm.startsWith(copy))
  const { requests, failed, retried } = totals
  return { requests, failed, retried, toCopy: ofCopy.reduce((sum, [, arm]) => sum + arm.requests, 0) }
}

function difference(before: DrillUsers, after: DrillUsers): DrillUsers {
  return {
    requests: after.requests - before.requests,
    failed: after.failed - before.failed,
    retried: after.retried - before.retried,
    toCopy: after.toCopy - before.toCopy,
  }
}
