import { nearestShare } from '../instance-shares.ts'
import type { HookName, Step } from '../plan.ts'
import type { ReleaseId } from '../release.ts'
import { split, WHOLE } from '../weights.ts'
import type { Amount, PlanRequest } from './strategy.ts'

/** How long the router may take until it is seen to serve what it was told. */
const verifyMs = 30_000
/** Rough time of a start, for estimates only. */
export const startMs = 1_500

/** `count` instances of the release, all of them ready. */
export function startUp(release: ReleaseId, count: number, progressDeadlineMs: number): Step[] {
  return [
    { kind: 'provision', release, count },
    {
      kind: 'settle',
      release,
      count,
      atLeast: count,
      forMs: 0,
      patienceMs: progressDeadlineMs,
      deadlineMs: progressDeadlineMs,
    },
  ]
}

/** Weights told, and seen to be served. */
export function moveTo(weights: Record<ReleaseId, number>): Step[] {
  return [
    { kind: 'shift', weights, hold: false },
    { kind: 'verify', deadlineMs: verifyMs },
  ]
}

/**
 * All traffic to the candidate. With a holdback stable keeps a small share for a while, so that a regression which
 * starts late is still compared with something; `bake` is what is watched in either case.
 */
export function moveAll(request: PlanRequest, bake: Step[] = []): Step[] {
  const { stable, candidate, holdback } = request
  const all = moveTo({ [candidate.release]: WHOLE })
  if (stable === null || holdback === null) return [...all, ...bake]
  const share = shareHere(request, WHOLE - holdback.basisPoints, candidate.count)
  return [
    ...moveTo(split(stable.release, candidate.release, share)),
    ...bake,
    { kind: 'analyze', forMs: holdback.forMs, purpose: 'hold back' },
    ...all,
  ]
}

/** The candidate's share that this router can give it beside stable, while so many of its instances are there. */
export function shareHere(
  { traffic, stable }: PlanRequest,
  basisPoints: number,
  candidateCount: number,
): number {
  if (traffic !== 'instances' || stable === null) return basisPoints
  return nearestShare(basisPoints, { stable: stable.count, candidate: candidateCount })
}

/** Ends a release: nothing in flight, then nothing left. */
export function endOf(release: ReleaseId, drainMs: number): Step[] {
  return [
    { kind: 'drain', release, keep: 0, deadlineMs: drainMs },
    { kind: 'retire', release, keep: 0 },
  ]
}

/** A step for a hook that is configured, or none. */
export function hook(request: PlanRequest, name: HookName): Step[] {
  return request.hooks.includes(name) ? [{ kind: 'hook', hook: name }] : []
}

/** Warm releases end first, so that there are never three fleets. The two parties themselves are left alone. */
export function endWarm(request: PlanRequest): Step[] {
  const parties = [request.stable?.release, request.candidate.release]
  return request.warm
    .filter((warm) => !parties.includes(warm.release))
    .flatMap((warm) => endOf(warm.release, request.drainMs))
}

/** Stable stays warm, or ends. */
export function partWith(request: PlanRequest): Step[] {
  if (request.stable === null || request.keepWarmMs > 0) return []
  return endOf(request.stable.release, request.drainMs)
}

/** The first release has nothing to be compared with and nobody to disturb. */
export function firstRelease(
  request: PlanRequest,
  progressDeadlineMs: number,
  options: { smoke: boolean },
): Step[] {
  const { candidate } = request
  return [
    ...endWarm(request),
    ...startUp(candidate.release, candidate.count, progressDeadlineMs),
    ...(options.smoke ? hook(request, 'smoke') : []),
    ...hook(request, 'beforeTraffic'),
    ...moveTo({ [candidate.release]: WHOLE }),
    ...hook(request, 'after'),
  ]
}

/** An amount of `whole`; a share is rounded as asked, and no amount exceeds `whole` times 10. */
export function amountOf(amount: Amount, whole: number, round: 'up' | 'down'): number {
  if ('count' in amount) return amount.count
  const exact = (whole * amount.basisPoints) / WHOLE
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
