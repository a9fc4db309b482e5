import type { Ground } from './body.ts'
import type { Clock } from './clock.ts'

/** What the instances of all environments of one target share. */
export interface Site {
  clock: Clock
  ground: Ground
  /** Aborted when the target is closed. */
  closed: AbortSignal
}
