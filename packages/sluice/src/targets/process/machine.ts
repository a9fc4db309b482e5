import type { Clock } from '../fleet/clock.ts'
import type { Ports } from './ports.ts'

/** This machine, as the instances of all environments share it. */
export interface Machine {
  clock: Clock
  ports: Ports
  /** The environment that Sluice itself was started in. */
  ours: NodeJS.ProcessEnv
  /** Aborted when the target is closed. */
  closed: AbortSignal
}
