import type { Step } from './plan.ts'
import type { Rollout } from './rollout.ts'
import { change, type Turn } from './turn.ts'
import { WHOLE } from './weights.ts'

/** So long all of its instances are waited for; then one that is ready is enough. */
const patienceMs = 60_000

/**
 * Keeps a candidate that was to be undone, because a person says so and stable has nothing left to go back to. Nothing
 * is judged any more: the person has. Without a stable to compare with, or with one that could serve, the word is not heard.
 */
export function keep(turn: Turn): void {
  const { stable, candidate, awaiting, refusals, planned } = turn.rollout
  if (stable === null || !isNothingElse(turn.rollout)) {
    change(turn, { isKept: false })
    return
  }
  const { release, count } = candidate
  const steps: Step[] = [
    { kind: 'shift', weights: { [release]: WHOLE }, hold: false },
    { kind: 'verify', deadlineMs: null },
    { kind: 'provision', release, count },
    { kind: 'settle', release, count, atLeast: 1, forMs: 0, patienceMs, deadlineMs: null },
    { kind: 'drain', release: stable.release, keep: 0, deadlineMs: turn.rollout.drainMs },
    { kind: 'retire', release: stable.release, keep: 0 },
  ]
  change(turn, {
    status: 'running',
    reason: null,
    steps,
    at: -1,
    paused: null,
    planned: { ...planned, keep: {}, cut: [] },
    awaiting: { ...awaiting, act: null, route: null },
    asked: awaiting.route === null ? turn.rollout.asked : null,
    acted: 'no',
    refusals: { ...refusals, act: null, route: null },
  })
}

function isNothingElse({ seen, stable, candidate }: Rollout): boolean {
  const readyOf = (release: string) => seen?.releases[release]?.ready ?? 0
  return stable !== null && readyOf(stable.release) === 0 && readyOf(candidate.release) > 0
}
