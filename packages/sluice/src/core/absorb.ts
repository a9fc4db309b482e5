import { absorbCounts } from './analysis/guard.ts'
import { measure } from './analysis/trial.ts'
import { fairShareBasisPoints, verdictOf } from './analysis/verdict.ts'
import type { Event } from './event.ts'
import type { Refused, Rollout } from './rollout.ts'
import { slotAwaiting } from './turn.ts'
import { shareOf, type Weights, WHOLE } from './weights.ts'

const firstPauseMs = 250
const longestPauseMs = 10_000

/** Takes an event's facts into the state and decides nothing. */
export function absorb(rollout: Rollout, event: Event): Rollout {
  const now = Math.max(rollout.now, event.at)
  return facts({ ...rollout, now }, event)
}

function facts(rollout: Rollout, event: Event): Rollout {
  switch (event.kind) {
    case 'started':
      return rollout
    case 'scaled':
    case 'retired':
      return { ...rollout, acted: 'done', awaiting: { ...rollout.awaiting, act: null } }
    case 'ran':
      return ran(rollout, event)
    case 'routed':
      return routed(rollout)
    case 'observed':
      return observed(rollout, event)
    case 'measured':
      return measured(rollout, event)
    case 'woke':
      return { ...rollout, awaiting: { ...rollout.awaiting, wait: null } }
    case 'failed':
      return failed(rollout, event)
    case 'promoted':
      if (rollout.status === 'undoing') return event.full ? { ...rollout, isKept: true } : rollout
      return { ...resumed(rollout), passed: true, passAll: rollout.passAll || event.full }
    case 'paused':
      if (rollout.status !== 'running' || rollout.paused !== null) return rollout
      return { ...rollout, paused: { at: rollout.now, by: event.by } }
    case 'resumed':
      return resumed(rollout)
    case 'aborted':
      return { ...rollout, abort: { by: event.by, why: event.why } }
  }
}

function ran(rollout: Rollout, event: Extract<Event, { kind: 'ran' }>): Rollout {
  const hookFailure = event.ok ? null : { message: event.message, details: event.output }
  return { ...rollout, acted: 'done', hookFailure, awaiting: { ...rollout.awaiting, act: null } }
}

// What was observed before the router answered says nothing about after: that observation is asked for anew.
function routed(rollout: Rollout): Rollout {
  return {
    ...rollout,
    confirmed: true,
    highestShare: Math.max(rollout.highestShare, shareBesideStable(rollout)),
    routedWeights: rollout.asked?.weights ?? rollout.routedWeights,
    lastIncrease: increase(rollout) ?? rollout.lastIncrease,
    seen: rollout.seen === null ? null : { ...rollout.seen, isFresh: false },
    refusals: { ...rollout.refusals, route: null },
    awaiting: { ...rollout.awaiting, route: null, observe: null },
  }
}

function increase({ asked, routedWeights, candidate, now }: Rollout): Rollout['lastIncrease'] {
  if (asked === null) return null
  const share = (weights: Weights) => shareOf(weights, candidate.release)
  return share(asked.weights) > share(routedWeights) ? { at: now, from: routedWeights } : null
}

function shareBesideStable({ asked, candidate }: Rollout): number {
  const share = shareOf(asked?.weights ?? {}, candidate.release)
  return share < WHOLE ? share : 0
}

function observed(rollout: Rollout, event: Extract<Event, { kind: 'observed' }>): Rollout {
  const candidate = event.releases[rollout.candidate.release]
  const isFirst = rollout.seen === null
  return {
    ...rollout,
    seen: {
      at: rollout.now,
      releases: event.releases,
      router: event.router,
      isFresh: rollout.confirmed,
    },
    before: isFirst && candidate !== undefined ? candidate : rollout.before,
    refusals: { ...rollout.refusals, watch: null },
    awaiting: { ...rollout.awaiting, observe: null },
  }
}

function measured(rollout: Rollout, event: Extract<Event, { kind: 'measured' }>): Rollout {
  const guard = absorbCounts(rollout.guard, {
    at: rollout.now,
    boots: event.boots,
    candidate: rollout.candidate.release,
    stable: rollout.stable?.release ?? null,
  })
  return {
    ...rollout,
    guard,
    ...weighed(rollout, event),
    refusals: { ...rollout.refusals, watch: null },
    awaiting: { ...rollout.awaiting, measure: null },
  }
}

// On the way back nothing is weighed any more: the evidence stays what it was when it was decided upon.
function weighed(
  rollout: Rollout,
  { isFull, boots, ratios }: Extract<Event, { kind: 'measured' }>,
): Pick<Rollout, 'trial' | 'verdict'> {
  const { trial, verdict, stable, candidate, now } = rollout
  if (trial === null || stable === null || !isFull || rollout.status !== 'running') return { trial, verdict }
  const measurement = { at: now, boots, ratios, candidate: candidate.release, stable: stable.release }
  const after = measure(trial, measurement)
  const hadFairShare = rollout.highestShare >= Math.min(fairShareBasisPoints, highestPlanned(rollout))
  const servesSince = rollout.lastIncrease?.at ?? null
  return { trial: after, verdict: verdictOf(after, { now, hadFairShare, servesSince }) }
}

/** Of the shares that the plan gives the candidate while stable serves too. */
function highestPlanned({ steps, candidate }: Rollout): number {
  const shares = steps.map((step) => (step.kind === 'shift' ? shareOf(step.weights, candidate.release) : 0))
  return Math.max(...shares.filter((share) => share < WHOLE))
}

function failed(rollout: Rollout, event: Extract<Event, { kind: 'failed' }>): Rollout {
  const slot = slotAwaiting(rollout, event.effect)
  if (slot === null) return rollout
  const awaiting = { ...rollout.awaiting, [slot]: null }
  const again = (before: Refused | null) => refusedAgain(before, rollout.now, event.message)
  const { refusals } = rollout
  switch (slot) {
    case 'act':
      return { ...rollout, awaiting, acted: 'no', refusals: { ...refusals, act: again(refusals.act) } }
    case 'route':
      return { ...rollout, awaiting, asked: null, refusals: { ...refusals, route: again(refusals.route) } }
    case 'observe':
    case 'measure':
    case 'wait':
      return { ...rollout, awaiting, refusals: { ...refusals, watch: again(refusals.watch) } }
  }
}

function refusedAgain(before: Refused | null, now: number, message: string): Refused {
  const times = (before?.times ?? 0) + 1
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(times - 1, 10))
  return { times, againAt: now + pauseMs, message }
}

// The step goes on with the time it had when it was paused.
function resumed(rollout: Rollout): Rollout {
  if (rollout.paused === null) return rollout
  return { ...rollout, paused: null, stepSince: rollout.stepSince + (rollout.now - rollout.paused.at) }
}
