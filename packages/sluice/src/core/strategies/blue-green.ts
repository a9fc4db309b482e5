import type { Step } from '../plan.ts'
import { WHOLE } from '../weights.ts'
import { endWarm, firstRelease, hook, moveAll, partWith, startMs, startUp } from './pieces.ts'
import type { Strategy } from './strategy.ts'

export interface BlueGreenSpec {
  kind: 'blue-green'
  /** How long the candidate is watched with all traffic before the rollout has succeeded. */
  bakeMs: number
  /** Whether a person has to approve the switch. */
  approve: boolean
  progressDeadlineMs: number
}

/** Everything is started beside stable and tried at the preview address; then all traffic moves at once. */
export const blueGreen: Strategy<BlueGreenSpec> = {
  summary: 'starts everything beside the old release, then moves all traffic at once',
  isExclusive: false,

  refusal(can) {
    return can.parallelReleases ? null : 'blue-green runs two releases at once'
  },

  steps(spec, request) {
    const { stable, candidate } = request
    if (stable === null) return firstRelease(request, spec.progressDeadlineMs, { smoke: true })
    return [
      ...endWarm(request),
      ...startUp(candidate.release, candidate.count, spec.progressDeadlineMs),
      ...hook(request, 'smoke'),
      ...hook(request, 'beforeTraffic'),
      ...(spec.approve ? [{ kind: 'gate' as const, name: `move all traffic to ${candidate.release}` }] : []),
      ...moveAll(request, bake(spec)),
      ...partWith(request),
      ...hook(request, 'after'),
    ]
  },

  price(spec, request) {
    return {
      extraInstances: request.candidate.count,
      expectedMs: startMs + spec.bakeMs,
      exposedBasisPoints: WHOLE,
      serveTogether: false,
      interrupts: false,
    }
  },
}

function bake({ bakeMs }: BlueGreenSpec): Step[] {
  return bakeMs > 0 ? [{ kind: 'analyze', forMs: bakeMs, purpose: 'pace' }] : []
}
