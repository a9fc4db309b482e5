import { absorb } from './absorb.ts'
import { advance } from './advance.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'
import { judge } from './judge.ts'
import { isOver, type Rollout } from './rollout.ts'
import { steer } from './steer.ts'
import { slotAwaiting, type Turn } from './turn.ts'
import { watch } from './watch.ts'

/**
 * What a rollout is after an event, and what should be done about it. Pure and total, and the only place where
 * decisions are made: a driver carries out the effects and reports what came of them as further events.
 */
export function step(rollout: Rollout, event: Event): [Rollout, Effect[]] {
  if (isOver(rollout)) return [rollout, []]
  if ('effect' in event && slotAwaiting(rollout, event.effect) === null) return [rollout, []]

  const turn: Turn = { rollout: absorb(rollout, event), effects: [] }
  judge(turn)
  advance(turn)
  steer(turn)
  watch(turn)
  return [turn.rollout, turn.effects.filter((effect) => isStillAwaited(turn, effect))]
}

// Within one turn an effect may be asked for and superseded; nobody would wait for its answer.
function isStillAwaited(turn: Turn, effect: Effect): boolean {
  return slotAwaiting(turn.rollout, effect.id) !== null
}
