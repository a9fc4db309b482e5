import type { Routing } from './effect.ts'
import type { ReleaseId } from './release.ts'
import { isOver, type Rollout, stepTime } from './rollout.ts'
import { ask, change, type Turn } from './turn.ts'
import { sameWeights, shareOf, type Weights, WHOLE } from './weights.ts'

/** Tells the router what it should do, whenever that differs from what it was told. */
export function steer(turn: Turn): void {
  const { rollout } = turn
  if (isOver(rollout) || rollout.seen === null) return
  if (hasLostIt(rollout)) beginAgain(turn)
  if (isTold(turn.rollout) || isWaitingToAskAgain(rollout)) return
  const routing = wantedRouting(rollout)
  const { weightEpoch, weights } = routing
  change(turn, { asked: routing, confirmed: false, weightEpoch, lastWeights: weights })
  ask(turn, { kind: 'route', routing })
}

/** True when the router has been told, and has confirmed, what the rollout wants of it now. */
export function isRouted(rollout: Rollout): boolean {
  return isTold(rollout) && rollout.confirmed
}

/** True when the router should let go of this release's instances beyond `keep`; false while they must serve in another's place. */
export function isLeaving(rollout: Rollout, release: ReleaseId, keep: number): boolean {
  return servingKeep(rollout.planned.keep, servableWeights(rollout))[release] === keep
}

/** True when the newest observation, made after the router had confirmed them, finds these weights on all of its workers. */
export function isServed(rollout: Rollout): boolean {
  return rollout.seen?.isFresh === true && rollout.seen.router?.reached === true && isSeenAsTold(rollout)
}

/**
 * The planned weights, except that a release with nothing ready gets no share while another one can serve.
 * With nothing ready anywhere they stay as planned: there is no better place.
 */
export function servableWeights(rollout: Rollout): Weights {
  const { weights } = rollout.planned
  const named = Object.keys(weights)
  if (named.length === 0) return weights
  const ready = named.filter((release) => canServe(rollout, release))
  if (ready.length === named.length) return weights
  if (ready.length > 0) return shared(weights, ready)
  const other = parties(rollout).find((release) => !named.includes(release) && canServe(rollout, release))
  return other === undefined ? weights : { [other]: WHOLE }
}

function shared(weights: Weights, among: ReleaseId[]): Weights {
  const sum = among.reduce((total, release) => total + shareOf(weights, release), 0)
  const result: Weights = {}
  let left = WHOLE
  among.forEach((release, index) => {
    const isLast = index === among.length - 1
    const share = isLast || sum === 0 ? left : Math.round((WHOLE * shareOf(weights, release)) / sum)
    result[release] = share
    left -= share
  })
  return result
}

function canServe(rollout: Rollout, release: ReleaseId): boolean {
  return !hasLeft(rollout, release) && (rollout.seen?.releases[release]?.ready ?? 0) > 0
}

/** True once a release has been told to end, until the target has confirmed that it is wanted again: the end may still be under way. */
export function hasLeft(rollout: Rollout, release: ReleaseId): boolean {
  const { planned, counts, steps, at, acted } = rollout
  if (planned.keep[release] !== 0) return false
  const step = steps[at]
  const isComingBack = step?.kind === 'provision' && step.release === release && acted !== 'done'
  return counts[release] === 0 || isComingBack
}

// A drill's copy is broken on purpose, so it is never a better place.
function parties(rollout: Rollout): ReleaseId[] {
  if (rollout.kind === 'drill') return []
  return [...(rollout.stable === null ? [] : [rollout.stable.release]), rollout.candidate.release]
}

function isTold(rollout: Rollout): boolean {
  const { asked } = rollout
  return asked !== null && sameRouting(asked, wantedRouting(rollout))
}

// All of its workers agree on something else, after a restart of theirs with an older table for example.
function hasLostIt(rollout: Rollout): boolean {
  const { confirmed, seen } = rollout
  const isAgreed = confirmed && seen?.isFresh === true && seen.router?.reached === true
  return isAgreed && !isSeenAsTold(rollout)
}

// The step starts over, for its time was spent on something else; but a switch that never shows must fail in the end.
function beginAgain(turn: Turn): void {
  const { rollout } = turn
  const isVerifying = rollout.steps[rollout.at]?.kind === 'verify'
  change(turn, { asked: null, stepSince: isVerifying ? rollout.stepSince : stepTime(rollout) })
}

function isSeenAsTold({ asked, seen }: Rollout): boolean {
  if (asked === null || seen === null || seen.router === null) return false
  return seen.router.weightEpoch === asked.weightEpoch && sameWeights(seen.router.weights, asked.weights)
}

function isWaitingToAskAgain(rollout: Rollout): boolean {
  const { route } = rollout.refusals
  return route !== null && route.againAt > rollout.now
}

function wantedRouting(rollout: Rollout): Routing {
  const { planned } = rollout
  const weights = servableWeights(rollout)
  const last = rollout.lastWeights
  return {
    weightEpoch: last !== null && sameWeights(last, weights) ? rollout.weightEpoch : rollout.weightEpoch + 1,
    weights,
    keep: servingKeep(planned.keep, weights),
    cut: planned.cut,
    hold: planned.hold,
    ...previewed(rollout),
  }
}

// The candidate can be tried while it may still succeed. What a drill made up for it is gone once the verdict has fallen,
// or once nobody looks any more.
function previewed({ drill, status, candidate, planned }: Rollout): Pick<Routing, 'preview' | 'drill'> {
  if (status !== 'running' || planned.keep[candidate.release] === 0)
    return { preview: drill?.previewBefore ?? null }
  const preview = candidate.release
  return drill === undefined || drill.injection === null ? { preview } : { preview, drill: drill.injection }
}

// A release that serves in another's place does so with all it has.
function servingKeep(keep: Record<ReleaseId, number>, weights: Weights): Record<ReleaseId, number> {
  return Object.fromEntries(
    Object.entries(keep).filter(([release, count]) => count > 0 || shareOf(weights, release) === 0),
  )
}

function sameRouting(a: Routing, b: Routing): boolean {
  return (
    a.weightEpoch === b.weightEpoch &&
    sameWeights(a.weights, b.weights) &&
    sameKeep(a.keep, b.keep) &&
    a.cut.join() === b.cut.join() &&
    a.hold === b.hold &&
    a.preview === b.preview &&
    a.drill?.token === b.drill?.token
  )
}

// Unlike a weight, a count that is missing is not 0: it means all.
function sameKeep(a: Routing['keep'], b: Routing['keep']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
