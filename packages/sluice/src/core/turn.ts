import type { Effect } from './effect.ts'
import type { Rollout } from './rollout.ts'

/** One call of `step` while it is being worked out: the state so far and the effects it asks for. */
export interface Turn {
  rollout: Rollout
  effects: Effect[]
}

type Numbered<E> = E extends Effect ? Omit<E, 'id'> : never

/** Replaces fields of the state. The old state is never touched. */
export function change(turn: Turn, fields: Partial<Rollout>): void {
  turn.rollout = { ...turn.rollout, ...fields }
}

/** Asks for an effect under the next number and waits for its answer in its slot; what that slot waited for is forgotten. */
export function ask(turn: Turn, effect: Numbered<Effect>): void {
  const id = turn.rollout.nextEffect
  const numbered = { ...effect, id } as Effect
  turn.effects.push(numbered)
  change(turn, {
    nextEffect: id + 1,
    awaiting: { ...turn.rollout.awaiting, [slotOf(numbered)]: numbered },
  })
}

type Slot = keyof Rollout['awaiting']

const slots: { [K in Effect['kind']]: Slot } = {
  scale: 'act',
  retire: 'act',
  run: 'act',
  route: 'route',
  observe: 'observe',
  measure: 'measure',
  wait: 'wait',
}

export function slotOf(effect: Effect): Slot {
  return slots[effect.kind]
}

/** The slot that waits for this effect's answer; null when nobody does. */
export function slotAwaiting(rollout: Rollout, effect: number): Slot | null {
  for (const [slot, awaited] of Object.entries(rollout.awaiting)) {
    if (awaited !== null && awaited.id === effect) return slot as Slot
  }
  return null
}

/** Every effect whose answer is still awaited, oldest first: what a restart performs again. */
export function awaitedEffects(rollout: Rollout): Effect[] {
  return Object.values(rollout.awaiting)
    .filter((effect) => effect !== null)
    .sort((a, b) => a.id - b.id)
}
