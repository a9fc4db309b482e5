import type { Party, Step } from './plan.ts'
import type { Reason, Rollout } from './rollout.ts'
import { change, type Turn } from './turn.ts'
import { shareOf, split, WHOLE } from './weights.ts'

/** Stable may come back with fewer instances than promised once this long has passed. */
const patienceMs = 15_000
/** A stable that was started again and has nothing ready after this long is taken as it is, so that a next deploy can help. */
const lastResortMs = 300_000
/** A stable that has to be started again takes its traffic back in this many portions. */
const portions = 4

/** Turns back for this reason. What is still awaited is forgotten; its fence is older than all that follows. */
export function beginUndo(turn: Turn, reason: Reason): void {
  const { rollout } = turn
  change(turn, {
    status: 'undoing',
    reason,
    steps: undoPlan(rollout),
    at: -1,
    paused: null,
    shortSince: null,
    hookFailure: null,
    // A route whose answer is not known is told again, under a newer number.
    asked: rollout.awaiting.route === null ? rollout.asked : null,
    planned: { ...rollout.planned, cut: [] },
    awaiting: { ...rollout.awaiting, act: null, route: null },
    acted: 'no',
    refusals: { ...rollout.refusals, act: null, route: null },
  })
}

/** The way back from any state: stable's capacity first, then its traffic, then the candidate's end. */
export function undoPlan(rollout: Rollout): Step[] {
  const { stable, candidate } = rollout
  const farewell: Step[] = [
    { kind: 'drain', release: candidate.release, keep: 0, deadlineMs: rollout.drainMs },
    { kind: 'retire', release: candidate.release, keep: 0 },
  ]
  // Users were moved back with as little as could serve them; it is over when all of stable can.
  const wholeMs = rollout.isExclusive ? patienceMs : lastResortMs
  const whole = isIntact(rollout) || stable === null ? [] : [settled(stable, stable.count, wholeMs)]
  const word: Step[] = rollout.hasOnFailure ? [{ kind: 'hook', hook: 'onFailure' }] : []
  if (stable === null) return [{ kind: 'shift', weights: {}, hold: false }, ...farewell, ...word]
  if (rollout.isExclusive && !isIntact(rollout)) {
    const held: Step = { kind: 'shift', weights: {}, hold: true }
    return [held, ...farewell, ...back(rollout, stable), ...whole, ...word]
  }
  return [...back(rollout, stable), ...farewell, ...whole, ...word]
}

function back(rollout: Rollout, stable: Party): Step[] {
  const move: Step[] = [
    { kind: 'shift', weights: { [stable.release]: WHOLE }, hold: false },
    { kind: 'verify', deadlineMs: null },
  ]
  if (isIntact(rollout)) return [settled(stable, stable.count, patienceMs), ...move]
  return [
    { kind: 'provision', release: stable.release, count: stable.count },
    ...gradually(rollout, stable),
    // Held requests wait for stable; others are better off with whatever the router can find for them.
    settled(stable, stable.count, rollout.isExclusive ? lastResortMs : patienceMs),
    ...move,
  ]
}

// Traffic returns as the capacity for it becomes ready, so that a few early instances do not get all of it.
function gradually(rollout: Rollout, stable: Party): Step[] {
  const kept = rollout.counts[stable.release] ?? stable.count
  if (rollout.isExclusive || shareOf(rollout.planned.weights, rollout.candidate.release) === 0) return []
  const steps: Step[] = []
  const stride = Math.max(1, Math.ceil((stable.count - kept) / portions))
  for (let count = kept + stride; count < stable.count; count += stride) {
    const share = Math.round((WHOLE * (stable.count - count)) / stable.count)
    if (share >= shareOf(rollout.planned.weights, rollout.candidate.release)) continue
    steps.push(settled(stable, count, patienceMs), {
      kind: 'shift',
      weights: split(stable.release, rollout.candidate.release, share),
      hold: false,
    })
  }
  return steps
}

function settled({ release }: Party, count: number, deadlineMs: number): Step {
  return { kind: 'settle', release, count, atLeast: 1, forMs: 0, patienceMs, deadlineMs }
}

/** True while this rollout has not taken any instance from stable. */
export function isIntact(rollout: Rollout): boolean {
  const { stable } = rollout
  return stable === null || (rollout.counts[stable.release] ?? stable.count) >= stable.count
}
