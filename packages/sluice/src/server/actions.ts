import type { Rollout } from '../core/rollout.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { Action, ActionAnswer, ActionRequest } from './contract.ts'
import type { Control } from './control.ts'
import { removePreview } from './previews.ts'
import { rollback } from './rollback.ts'
import { summaryOf } from './summaries.ts'

export const actions: readonly Action[] = [
  'promote',
  'pause',
  'resume',
  'abort',
  'rollback',
  'up',
  'down',
  'remove',
]

/** Does what a person asks of an environment. Throws NO_ROLLOUT where there is nothing to speak to. */
export async function act(
  control: Control,
  keeper: Keeper,
  action: Action,
  request: ActionRequest,
): Promise<ActionAnswer> {
  const { by } = request
  const at = control.clock.now()
  await control.records.audit({ at, by, environment: keeper.id, what: action, data: request })
  const answer = (rollout: Rollout | null): ActionAnswer => ({
    rollout: rollout === null ? null : summaryOf(rollout, by),
  })
  switch (action) {
    case 'promote':
      return answer(await keeper.tell({ kind: 'promoted', at, by, full: request.full ?? false }))
    case 'pause':
      return answer(await keeper.tell({ kind: 'paused', at, by }))
    case 'resume':
      return answer(await keeper.tell({ kind: 'resumed', at, by }))
    case 'abort':
      return answer(await keeper.tell({ kind: 'aborted', at, by, why: '' }))
    case 'rollback':
      return answer((await rollback(control, keeper, request)).rollout)
    case 'up':
      await keeper.bringUp()
      return answer(null)
    case 'down':
      await keeper.takeDown()
      return answer(null)
    case 'remove':
      await removePreview(control, keeper, by)
      return answer(null)
  }
}
