import type { Step } from '../plan.ts'
import { WHOLE } from '../weights.ts'
import { endOf, endWarm, moveTo, startUp } from './pieces.ts'
import type { PlanRequest } from './strategy.ts'

/**
 * The fast plan of a rollback: a routing flip where the earlier release is warm with all its instances ready,
 * otherwise it is started first. Then the release that is left behind ends; before that where the two cannot run at once.
 */
export function rollbackSteps(
  request: PlanRequest,
  options: { isWarm: boolean; isExclusive: boolean; progressDeadlineMs: number },
): Step[] {
  const { stable, candidate } = request
  const start = options.isWarm ? [] : startUp(candidate.release, candidate.count, options.progressDeadlineMs)
  const move = moveTo({ [candidate.release]: WHOLE })
  const leave = stable === null ? [] : endOf(stable.release, request.drainMs)
  if (!options.isExclusive) return [...endWarm(request), ...start, ...move, ...leave]
  return [...endWarm(request), { kind: 'shift', weights: {}, hold: true }, ...leave, ...start, ...move]
}
