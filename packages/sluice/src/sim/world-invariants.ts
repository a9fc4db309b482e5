import type { Rollout } from '../core/rollout.ts'
import { isDisturbed, type Scenario } from './scenario.ts'
import type { World } from './world.ts'

/** The longest that users may meet a release with nothing ready while another could serve, when nothing else is wrong. */
const longestMisroutingMs = 3_000
/** The longest that a router may serve a table it was not told. */
const longestLostMs = 5_000

/** What may not be so at any moment between events. Where calls go astray it is not the engine's to promise. */
export function worldWrongs(world: World, scenario: Scenario, rollout: Rollout): string[] {
  if (scenario.faults.untilMs === 0 && isLeftLost(world))
    return ['the router was left with a table it had lost']
  if (isDisturbed(scenario)) return []
  const { misroutedSince } = world.workers
  const isMisrouted = misroutedSince !== null && world.clock.now - misroutedSince > longestMisroutingMs
  const promised = promisedCapacity(scenario, rollout)
  const serving = world.workers.servingCount()
  return [
    ...(isMisrouted ? ['users kept being sent to a release with nothing ready'] : []),
    ...(serving < promised ? [`ready capacity fell to ${serving} of ${promised} promised`] : []),
  ]
}

function isLeftLost({ workers, clock }: World): boolean {
  return workers.lostSince !== null && clock.now - workers.lostSince > longestLostMs
}

function promisedCapacity(scenario: Scenario, rollout: Rollout): number {
  const { kind, spec, stable, stableIs, candidate, candidateIs } = scenario
  const isSound = stableIs.kind === 'good' && (candidateIs.kind === 'good' || candidateIs.kind === 'fails')
  if (stable === null || !isSound || rollout.asked === null) return 0
  const fewest = Math.min(stable.count, candidate.count)
  if (kind === 'rollback') return spec.kind === 'recreate' ? 0 : fewest
  switch (spec.kind) {
    case 'recreate':
      return 0
    case 'blue-green':
      return fewest
    case 'canary':
      return spec.scale === 'match-weight' && rollout.status !== 'running' ? 0 : fewest
    case 'rolling': {
      const unavailable = 'count' in spec.maxUnavailable ? spec.maxUnavailable.count : 0
      const canSurge = 'count' in spec.surge && spec.surge.count === 0 ? 0 : 1
      return Math.max(0, fewest - Math.max(unavailable, 1 - canSurge))
    }
  }
}
