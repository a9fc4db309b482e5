import type { Step } from '../plan.ts'
import { split, WHOLE } from '../weights.ts'
import {
  endWarm,
  firstRelease,
  hook,
  moveAll,
  moveTo,
  partWith,
  shareHere,
  startMs,
  startUp,
} from './pieces.ts'
import type { PlanRequest, Strategy } from './strategy.ts'

export interface CanarySpec {
  kind: 'canary'
  /** Rising; the move to all traffic follows by itself. */
  steps: CanaryStep[]
  /** `full`: all instances at the start. `match-weight`: as many as the weight needs, before each shift. */
  scale: 'full' | 'match-weight'
  /** Whether a person has to approve the move to all traffic. */
  approve: boolean
  progressDeadlineMs: number
}

export interface CanaryStep {
  weightBasisPoints: number
  analyzeMs: number
  /** Whether a person has to approve going on from this step. */
  gate: boolean
}

/** A small share first, watched beside stable, then more. */
export const canary: Strategy<CanarySpec> = {
  summary: 'gives a growing share of the traffic while the new release is judged beside the old one',
  isExclusive: false,

  refusal(can) {
    if (!can.parallelReleases) return 'canary runs two releases at once'
    return can.traffic === 'replace'
      ? 'canary gives a share of the traffic, and the router here gives all of it to one release'
      : null
  },

  steps(spec, request) {
    const { stable, candidate } = request
    if (stable === null) return firstRelease(request, spec.progressDeadlineMs, { smoke: false })
    return [
      ...endWarm(request),
      ...startUp(candidate.release, instancesAt(spec, request, 0), spec.progressDeadlineMs),
      ...hook(request, 'beforeTraffic'),
      ...spec.steps.flatMap((step, index) => [
        ...(index > 0 && spec.scale === 'match-weight'
          ? startUp(candidate.release, instancesAt(spec, request, index), spec.progressDeadlineMs)
          : []),
        ...weightStep(
          { ...step, weightBasisPoints: canaryShare(spec, request, index) },
          { stable: stable.release, candidate: candidate.release },
          index === spec.steps.length - 1,
        ),
      ]),
      ...(spec.scale === 'match-weight'
        ? startUp(candidate.release, candidate.count, spec.progressDeadlineMs)
        : []),
      ...(spec.approve ? [{ kind: 'gate' as const, name: `move all traffic to ${candidate.release}` }] : []),
      ...moveAll(request),
      ...partWith(request),
      ...hook(request, 'after'),
    ]
  },

  price(spec, request) {
    return {
      extraInstances: request.candidate.count,
      expectedMs: startMs + spec.steps.reduce((sum, step) => sum + step.analyzeMs, 0),
      exposedBasisPoints: spec.steps.length === 0 ? WHOLE : canaryShare(spec, request, 0),
      serveTogether: true,
      interrupts: false,
    }
  },
}

/** The share that the candidate really gets at this step. */
export function canaryShare(spec: CanarySpec, request: PlanRequest, index: number): number {
  return shareHere(request, spec.steps[index]!.weightBasisPoints, instancesAt(spec, request, index))
}

function weightStep(
  step: CanaryStep,
  { stable, candidate }: { stable: string; candidate: string },
  isLast: boolean,
): Step[] {
  const purpose = isLast ? 'decide' : 'pace'
  const weights = split(stable, candidate, step.weightBasisPoints)
  return [
    ...moveTo(weights),
    ...(step.analyzeMs > 0 ? [{ kind: 'analyze' as const, forMs: step.analyzeMs, purpose } as const] : []),
    ...(step.gate ? [{ kind: 'gate' as const, name: `go on from ${step.weightBasisPoints / 100} %` }] : []),
  ]
}

function instancesAt(spec: CanarySpec, request: PlanRequest, index: number): number {
  if (spec.scale === 'full') return request.candidate.count
  const weight = spec.steps[index]?.weightBasisPoints ?? WHOLE
  return Math.max(1, Math.ceil((request.candidate.count * weight) / WHOLE))
}
