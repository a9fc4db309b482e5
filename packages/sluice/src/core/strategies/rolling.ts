import type { Step } from '../plan.ts'
import { split, WHOLE } from '../weights.ts'
import { amountOf, endWarm, firstRelease, hook, moveTo, startMs, startUp } from './pieces.ts'
import type { Amount, PlanRequest, Strategy } from './strategy.ts'

export interface RollingSpec {
  kind: 'rolling'
  batch: Amount
  surge: Amount
  maxUnavailable: Amount
  /** How long each batch is watched before the next. */
  analyzeMs: number
  progressDeadlineMs: number
}

interface Limits {
  batch: number
  surge: number
  unavailable: number
}

/** Instances are replaced batch by batch; the share of the traffic follows the instances. */
export const rolling: Strategy<RollingSpec> = {
  summary: 'replaces instances batch by batch; both releases serve meanwhile',
  isExclusive: false,

  refusal(can) {
    return can.parallelReleases ? null : 'rolling runs two releases at once'
  },

  steps(spec, request) {
    if (request.stable === null) return firstRelease(request, spec.progressDeadlineMs, { smoke: false })
    return [...endWarm(request), ...batches(spec, request, request.stable), ...hook(request, 'after')]
  },

  price(spec, request) {
    const { surge } = limitsOf(spec, request.candidate.count)
    const batchCount = Math.ceil(request.candidate.count / limitsOf(spec, request.candidate.count).batch)
    return {
      extraInstances: surge,
      expectedMs: batchCount * (startMs + spec.analyzeMs),
      exposedBasisPoints: Math.round(WHOLE / Math.max(1, batchCount)),
      serveTogether: true,
      interrupts: false,
    }
  },
}

function batches(
  spec: RollingSpec,
  request: PlanRequest,
  stable: { release: string; count: number },
): Step[] {
  const { candidate } = request
  const limits = limitsOf(spec, candidate.count)
  const steps: Step[] = []
  let fresh = 0
  let old = stable.count
  let isFirst = true
  // Old ones that have drained, and end while the next new ones start: they hold nothing up any more.
  let ending: Step[] = []
  while (fresh < candidate.count || old > 0) {
    const added = addable(fresh, old, candidate.count, limits)
    fresh += added
    const removed = removable(fresh, old, candidate.count, limits)
    old -= removed
    if (added === 0) steps.push(...ending)
    else {
      const [provision, ...settle] = startUp(candidate.release, fresh, spec.progressDeadlineMs)
      steps.push(provision!, ...ending, ...settle)
      if (isFirst) steps.push(...hook(request, 'beforeTraffic'))
      isFirst = false
    }
    ending = []
    // With no surge the first old ones leave before anything new is there to take their share.
    const share = fresh === 0 ? 0 : old === 0 ? WHOLE : Math.round((WHOLE * fresh) / (fresh + old))
    steps.push(...moveTo(split(stable.release, candidate.release, share)))
    if (added > 0 && spec.analyzeMs > 0)
      steps.push({ kind: 'analyze', forMs: spec.analyzeMs, purpose: 'pace' })
    if (removed > 0) {
      steps.push({ kind: 'drain', release: stable.release, keep: old, deadlineMs: request.drainMs })
      ending = [{ kind: 'retire', release: stable.release, keep: old }]
      // Without a surge there may be no room for both.
      if (limits.surge === 0) steps.push(...ending.splice(0))
    }
  }
  return [...steps, ...ending]
}

function limitsOf(spec: RollingSpec, count: number): Limits {
  const surge = amountOf(spec.surge, count, 'up')
  // One instance always serves, whatever was asked for: nobody means an outage by "rolling".
  const unavailable = Math.min(count - 1, amountOf(spec.maxUnavailable, count, 'down'))
  return {
    batch: Math.max(1, amountOf(spec.batch, count, 'down')),
    // With nothing on both sides no plan would end.
    surge: surge === 0 && unavailable === 0 ? 1 : surge,
    unavailable,
  }
}

function addable(fresh: number, old: number, wanted: number, limits: Limits): number {
  const room = wanted + limits.surge - fresh - old
  return Math.max(0, Math.min(limits.batch, wanted - fresh, room))
}

function removable(fresh: number, old: number, wanted: number, limits: Limits): number {
  const spare = fresh + old - Math.max(1, wanted - limits.unavailable)
  const batch = fresh === wanted ? old : Math.max(limits.batch, limits.unavailable)
  return Math.max(0, Math.min(old, spare, batch))
}
