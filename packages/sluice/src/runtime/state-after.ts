import type { ReleaseId } from '../core/release.ts'
import type { Rollout } from '../core/rollout.ts'
import type { EnvironmentState } from './environment-state.ts'

/** So many promotions are remembered. */
const mostPromotions = 50

/** Where the environment stands when this rollout is over. */
export function stateAfter(state: EnvironmentState, rollout: Rollout): EnvironmentState {
  const common = {
    ...state,
    rollout: null,
    weightEpoch: rollout.weightEpoch,
    nextEffect: rollout.nextEffect,
  }
  const isAsBefore = rollout.status === 'rolled-back' || rollout.kind === 'drill'
  if (isAsBefore) return { ...common, warm: stillWarm(state, rollout) }
  return {
    ...common,
    stable: rollout.candidate,
    warm: rollout.warm,
    promoted: [
      ...left(state.promoted, rollout),
      { release: rollout.candidate.release, at: rollout.now, leftAt: null },
    ].slice(-mostPromotions),
  }
}

// A rollout that turned back before it had ended them leaves them to be retired at their time.
function stillWarm({ warm }: EnvironmentState, { candidate, seen }: Rollout): EnvironmentState['warm'] {
  const runs = (release: ReleaseId) => (seen?.releases[release]?.instances ?? 1) > 0
  return warm.filter(({ release }) => release !== candidate.release && runs(release))
}

function left(promoted: EnvironmentState['promoted'], rollout: Rollout): EnvironmentState['promoted'] {
  if (rollout.kind !== 'rollback') return promoted
  const isLeft = (one: EnvironmentState['promoted'][number]) =>
    one.release === rollout.stable?.release && one.leftAt === null
  return promoted.map((one) => (isLeft(one) ? { ...one, leftAt: rollout.now } : one))
}
