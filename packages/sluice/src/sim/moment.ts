import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import type { Rollout } from '../core/rollout.ts'
import type { Scenario } from './scenario.ts'
import type { World } from './world.ts'

/** One call of `step`, and the world in which it was made, before the effects were carried out. */
export interface Moment {
  before: Rollout
  event: Event
  after: Rollout
  effects: Effect[]
  world: World
  scenario: Scenario
}
