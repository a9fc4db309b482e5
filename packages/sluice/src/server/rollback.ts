import type { ReleaseId } from '../core/release.ts'
import { rollbackSteps } from '../core/strategies/rollback.ts'
import { SluiceError } from '../errors.ts'
import type { Drive } from '../runtime/drive.ts'
import type { EnvironmentState } from '../runtime/environment-state.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { Control } from './control.ts'
import { endDrill } from './drill.ts'
import { nextRollout } from './next-rollout.ts'
import { underWay } from './refusals.ts'
import { knownRelease } from './releases.ts'

const progressDeadlineMs = 10 * 60_000

/**
 * Begins the way back to an earlier release: a routing flip where it is warm and wholly ready, else it is started first.
 * Throws NOTHING_TO_ROLL_BACK_TO, UNKNOWN_RELEASE or ROLLOUT_UNDER_WAY.
 */
export async function rollback(
  control: Control,
  keeper: Keeper,
  request: { by: string; release?: ReleaseId },
): Promise<Drive> {
  if (keeper.rollout !== null && keeper.rollout.kind !== 'drill')
    throw await underWay(control, keeper.rollout, 'rollback')
  if (!keeper.state.isUp) await keeper.bringUp()
  const { state, settings } = keeper
  const release = request.release ?? lastGood(keeper)
  const spec = await specOf(control, keeper, release)
  // Nobody waits for a drill to be over before users are helped.
  await endDrill(control, keeper, request.by)
  const count = countOf(state, release)
  const isWarm = await isWarmAndReady(control, keeper, release, count)
  const ownsPort = spec.port !== undefined && !control.outside.can(settings).ownPorts
  const isExclusive = ownsPort || settings.strategy?.kind === 'recreate'
  const plan = {
    stable: state.stable,
    candidate: { release: spec.release, count },
    traffic: control.outside.can(settings).traffic,
    warm: state.warm,
    hooks: [],
    drainMs: settings.drainMs,
    keepWarmMs: 0,
    holdback: null,
  }
  const rollout = nextRollout(control, keeper, {
    kind: 'rollback',
    strategy: 'rollback',
    candidate: plan.candidate,
    steps: rollbackSteps(plan, { isWarm, isExclusive, progressDeadlineMs }),
    isExclusive,
    keepWarmMs: plan.keepWarmMs,
    drainMs: plan.drainMs,
    hasOnFailure: false,
    isWarm,
    trial: null,
  })
  const driven = await keeper.begin(rollout, {
    startedBy: request.by,
    note: { source: 'rollback', warnings: [] },
  })
  await control.records.audit({
    at: rollout.startedAt,
    by: request.by,
    environment: keeper.id,
    what: 'rollback',
    data: { from: state.stable?.release ?? null, to: release, rollout: rollout.id },
  })
  return driven
}

/** The last promoted release that has not been rolled back from, before the one that serves. */
function lastGood(keeper: Keeper): ReleaseId {
  const { promoted, stable } = keeper.state
  const earlier = promoted.filter((one) => one.release !== stable?.release && one.leftAt === null)
  const found = earlier.at(-1)
  if (found !== undefined) return found.release
  const what =
    stable === null
      ? 'nothing is deployed'
      : `${stable.release} is the only release that was ever promoted and not rolled back from`
  throw new SluiceError(
    'NOTHING_TO_ROLL_BACK_TO',
    `there is no release of ${keeper.id} to roll back to: ${what}`,
    {
      todo: 'name a release: sluice rollback rN (see sluice history)',
    },
  )
}

async function specOf(control: Control, keeper: Keeper, release: ReleaseId) {
  const spec = await control.records.environments.spec(keeper.id, release)
  if (spec === null) {
    const known = (await control.records.environments.deployed(keeper.id)).join(', ') || 'none'
    throw new SluiceError(
      'UNKNOWN_RELEASE',
      `${release} was never deployed to ${keeper.id}; known are: ${known}`,
    )
  }
  if (release === keeper.state.stable?.release) {
    throw new SluiceError('NOTHING_TO_ROLL_BACK_TO', `${release} is what serves ${keeper.id} already`)
  }
  await knownRelease(control, spec.app, release)
  return spec
}

function countOf(state: EnvironmentState, release: ReleaseId): number {
  return state.warm.find((one) => one.release === release)?.count ?? state.stable?.count ?? 1
}

async function isWarmAndReady(
  control: Control,
  keeper: Keeper,
  release: ReleaseId,
  count: number,
): Promise<boolean> {
  if (!keeper.state.warm.some((one) => one.release === release)) return false
  const { releases } = await control.target.observe(keeper.id)
  const ready = releases[release]?.instances.filter((instance) => instance.state === 'ready').length ?? 0
  return ready >= count
}
