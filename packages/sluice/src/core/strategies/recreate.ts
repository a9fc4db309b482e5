import { WHOLE } from '../weights.ts'
import { endOf, endWarm, firstRelease, hook, moveTo, startMs, startUp } from './pieces.ts'
import type { Strategy } from './strategy.ts'

export interface RecreateSpec {
  kind: 'recreate'
  progressDeadlineMs: number
}

/** Stable ends before the candidate starts; requests wait meanwhile. For apps that cannot run twice. */
export const recreate: Strategy<RecreateSpec> = {
  summary: 'ends the old release before it starts the new one; requests wait meanwhile',
  isExclusive: true,

  refusal() {
    return null
  },

  steps(spec, request) {
    const { stable, candidate } = request
    if (stable === null) return firstRelease(request, spec.progressDeadlineMs, { smoke: false })
    return [
      ...endWarm(request),
      { kind: 'shift', weights: {}, hold: true },
      ...endOf(stable.release, request.drainMs),
      ...startUp(candidate.release, candidate.count, spec.progressDeadlineMs),
      ...hook(request, 'beforeTraffic'),
      ...moveTo({ [candidate.release]: WHOLE }),
      ...hook(request, 'after'),
    ]
  },

  price() {
    return {
      extraInstances: 0,
      expectedMs: 2 * startMs,
      exposedBasisPoints: WHOLE,
      serveTogether: false,
      interrupts: true,
    }
  },
}
