import type { Party, Step } from '../plan.ts'
import { WHOLE } from '../weights.ts'
import { endOf, moveTo, startUp } from './pieces.ts'

/**
 * The plan of a drill: a copy of stable is started and watched while it is broken, and stable serves everybody all the
 * time. A drill is meant to turn back on the way; one that comes to the end of its plan was not caught.
 */
export function drillSteps(
  { stable, candidate, drainMs }: { stable: Party; candidate: Party; drainMs: number },
  { progressDeadlineMs, watchMs }: { progressDeadlineMs: number; watchMs: number },
): Step[] {
  return [
    ...startUp(candidate.release, candidate.count, progressDeadlineMs),
    ...moveTo({ [stable.release]: WHOLE }),
    { kind: 'analyze', forMs: watchMs, purpose: 'decide' },
    ...endOf(candidate.release, drainMs),
  ]
}
