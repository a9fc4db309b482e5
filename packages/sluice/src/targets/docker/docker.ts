import { type Clock, systemClock } from '../fleet/clock.ts'
import { openFleetTarget } from '../fleet/fleet-target.ts'
import type { Target } from '../target.ts'
import { dockerAbilities } from './abilities.ts'
import { dockerGround } from './docker-ground.ts'
import { dockerLogs } from './docker-logs.ts'
import { type Engine, openEngine } from './engine.ts'
import { homeOn } from './engine-home.ts'
import { LABELS } from './labels.ts'

export interface DockerTargetOptions {
  /** Absolute; the fence, the ids that were given out and when instances were ready are kept in it. */
  root: string
  engine?: Engine
  clock?: Clock
}

/**
 * Runs releases as containers of one Docker Engine. They belong to the engine and go on when we end; the next run of
 * ours finds them by their labels.
 */
export function openDockerTarget({
  root,
  engine = openEngine(),
  clock = systemClock,
}: DockerTargetOptions): Target {
  const closing = new AbortController()
  const home = homeOn(root, engine)
  const ground = dockerGround({ engine, home, clock, closed: closing.signal })
  return openFleetTarget({
    can: dockerAbilities,
    root,
    site: { clock, ground, closed: closing.signal },
    async *logs(environment, options) {
      const labels = { [LABELS.home]: await home(), [LABELS.environment]: environment }
      yield* dockerLogs(engine, labels, options, clock)
    },
    close: () => closing.abort(),
  })
}
