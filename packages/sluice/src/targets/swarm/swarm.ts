import { join } from 'node:path'
import { homeIn } from '../docker/home.ts'
import { LABELS } from '../docker/labels.ts'
import { type Clock, systemClock } from '../fleet/clock.ts'
import { openFleetTarget } from '../fleet/fleet-target.ts'
import { environmentFolder } from '../fleet/layout.ts'
import type { Target } from '../target.ts'
import { swarmAbilities } from './abilities.ts'
import { type Managers, openManagers } from './managers.ts'
import { swarmOf } from './swarm-api.ts'
import { swarmGround } from './swarm-ground.ts'
import { swarmLogs } from './swarm-logs.ts'

export interface SwarmTargetOptions {
  /** Absolute; the fence, the ids that were given out, when instances were ready and what they printed last are kept in it. */
  root: string
  managers?: Managers
  clock?: Clock
}

/**
 * Runs releases as services of a Docker swarm, one for each instance. They belong to the swarm and go on when we end: Swarm
 * itself keeps them alive then, and the next run of ours finds them by their labels.
 */
export function openSwarmTarget({
  root,
  managers = openManagers(),
  clock = systemClock,
}: SwarmTargetOptions): Target {
  const closing = new AbortController()
  const home = homeIn(root)
  const swarm = swarmOf(managers)
  const ground = swarmGround({ managers, swarm, home, clock, closed: closing.signal })
  return openFleetTarget({
    can: swarmAbilities,
    root,
    site: { clock, ground, closed: closing.signal },
    async *logs(environment, options) {
      const labels = { [LABELS.home]: await home(), [LABELS.environment]: environment }
      const instancesFolder = join(environmentFolder(root, environment), 'instances')
      yield* swarmLogs({ swarm, labels, instancesFolder, clock }, options)
    },
    close: () => closing.abort(),
  })
}
