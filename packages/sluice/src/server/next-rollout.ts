import { randomBytes } from 'node:crypto'
import { type NewRollout, newRollout } from '../core/new-rollout.ts'
import type { Rollout } from '../core/rollout.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { Control } from './control.ts'

/** What a deploy or a rollback says of its rollout; the rest follows from where the environment stands. */
type Move = Pick<
  NewRollout,
  | 'kind'
  | 'drill'
  | 'strategy'
  | 'candidate'
  | 'steps'
  | 'isExclusive'
  | 'keepWarmMs'
  | 'drainMs'
  | 'hasOnFailure'
  | 'isWarm'
  | 'trial'
>

/** A rollout from what the environment serves now, not begun yet. */
export function nextRollout(control: Control, { id: environment, state }: Keeper, move: Move): Rollout {
  return newRollout({
    ...move,
    id: newRolloutId(),
    environment,
    stable: state.stable,
    at: control.clock.now(),
    weights: state.routing?.weights ?? {},
    weightEpoch: state.weightEpoch,
    nextEffect: state.nextEffect,
  })
}

/** Eight hex digits; `explain` takes any beginning of them that is unique. */
function newRolloutId(): string {
  return randomBytes(4).toString('hex')
}
