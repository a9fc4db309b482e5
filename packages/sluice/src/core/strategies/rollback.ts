import type { Step } from '../plan.ts'
import { WHOLE } from '../weights.ts'
import { endOf, endWarm, moveTo, startUp } from './pieces.ts'
import type { PlanRequest } from './strategy.ts'

/**
 * The fast plan of a rollback: a routing flip where the earlier release is warm with all its instances ready,
 * otherwise it is started first. Then the release that is left behind ends.
 */
export function rollbackSteps(
  request: PlanRequest,
  options: { isWarm: boolean; progressDeadlineMs: number },
): Step[] {
  const { stable, candidate } = request
  return [
    ...endWarm(request),
    ...(options.isWarm ? [] : startUp(candidate.release, candidate.count, options.progressDeadlineMs)),
    ...moveTo({ [candidate.release]: WHOLE }),
    ...(stable === null ? [] : endOf(stable.release, request.drainMs)),
  ]
}
