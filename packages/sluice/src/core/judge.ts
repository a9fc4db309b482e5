import { describeRegression } from './analysis/describe-evidence.ts'
import { evidenceOf } from './analysis/evidence.ts'
import { guardFinding } from './analysis/guard.ts'
import type { ReleaseSeen } from './event.ts'
import { keep } from './keep.ts'
import type { Reason, Rollout } from './rollout.ts'
import { change, type Turn } from './turn.ts'
import { beginUndo } from './undo.ts'
import { shareOf, WHOLE } from './weights.ts'

/** How long a settled candidate may lack some of its instances. */
export const shortfallMs = 10_000
/** How often the outside may refuse the same thing before a rollout turns back. */
export const refusalLimit = 5

/** Turns the rollout back where the candidate is failing, a person says so, or the outside does not let it go on. */
export function judge(turn: Turn): void {
  noteShortfall(turn)
  const { rollout } = turn
  if (rollout.status === 'undoing' && rollout.isKept) keep(turn)
  if (rollout.status !== 'running' || rollout.isKept) return
  const reason = reasonToTurnBack(rollout)
  if (reason !== null) beginUndo(turn, reason)
}

function reasonToTurnBack(rollout: Rollout): Reason | null {
  return (
    personal(rollout) ??
    unhealthy(rollout) ??
    failing(rollout) ??
    worse(rollout) ??
    hooked(rollout) ??
    refused(rollout)
  )
}

function personal(rollout: Rollout): Reason | null {
  if (rollout.abort === null) return null
  const { by, why } = rollout.abort
  const kind = why === 'superseded' ? 'superseded' : 'person'
  const message =
    kind === 'superseded'
      ? `superseded by a newer deploy of ${by}`
      : `aborted by ${by}${why === '' ? '' : `: ${why}`}`
  return { kind, message, details: [] }
}

function unhealthy(rollout: Rollout): Reason | null {
  const name = rollout.candidate.release
  const seen = rollout.seen?.releases[name]
  // At the end of a drill its candidate leaves, and is not to blame for being gone.
  if (seen === undefined || rollout.planned.keep[name] === 0) return null
  const { before } = rollout
  if (since(seen.exitsBeforeReady, before.exitsBeforeReady) > 0)
    return health(seen, `${name} ended before it was ready`)
  if (seen.neverReady > before.neverReady) return health(seen, `${name} never became ready`)
  if (since(seen.exitsAfterReady, before.exitsAfterReady) >= 2)
    return health(seen, `${name} keeps ending after it was ready`)
  if (rollout.hasSettled && seen.ready === 0) return health(seen, `${name} has no ready instance left`)
  if (rollout.shortSince !== null && rollout.now - rollout.shortSince >= shortfallMs) {
    return health(
      seen,
      `${name} has lacked ready instances for ${shortfallMs / 1000} s: ${seen.ready} of ${wantedOf(rollout)}`,
    )
  }
  return null
}

// A target counts anew when a release is started from nothing, so less than before means that all of it is new.
function since(now: number, before: number): number {
  return now < before ? now : now - before
}

function health(seen: ReleaseSeen, message: string): Reason {
  const { trouble } = seen
  if (trouble === null) return { kind: 'health', message, details: [] }
  return {
    kind: 'health',
    message: `${message}. ${trouble.message}`,
    ...(trouble.todo === undefined ? {} : { todo: trouble.todo }),
    details: trouble.details,
  }
}

function failing(rollout: Rollout): Reason | null {
  const finding = guardFinding(rollout.guard)
  if (finding === null) return null
  const { window } = finding
  const share = (part: number) => `${Number((part * 100).toFixed(1))} %`
  const beside =
    rollout.stable === null ? '' : `; ${rollout.stable.release} fails ${share(finding.stableShare)}`
  return {
    kind: 'evidence',
    message: `${rollout.candidate.release} fails ${share(finding.candidateShare)} of its requests (${window.xC} of ${window.nC} in the last 30 s)${beside}`,
    details: [],
  }
}

function worse(rollout: Rollout): Reason | null {
  const { trial, verdict, candidate, stable, now } = rollout
  if (trial === null || verdict?.state !== 'regress' || stable === null) return null
  const evidence = evidenceOf(trial, verdict, now)
  const arms = { candidate: candidate.release, stable: stable.release }
  return { kind: 'evidence', message: describeRegression(evidence, arms), details: [] }
}

function hooked(rollout: Rollout): Reason | null {
  const current = rollout.steps[rollout.at]
  if (rollout.hookFailure === null || current?.kind !== 'hook' || current.hook === 'after') return null
  return { kind: 'hook', message: rollout.hookFailure.message, details: rollout.hookFailure.details }
}

function refused(rollout: Rollout): Reason | null {
  if (isTidyingUp(rollout)) return null
  const { act, route } = rollout.refusals
  const refusal = [act, route].find((one) => one !== null && one.times >= refusalLimit)
  if (refusal === null || refusal === undefined) return null
  return { kind: 'outside', message: `refused ${refusal.times} times: ${refusal.message}`, details: [] }
}

// With all users on the candidate, an old release that cannot be ended is no reason to send them back to it.
function isTidyingUp(rollout: Rollout): boolean {
  const step = rollout.steps[rollout.at]
  const isLast =
    step?.kind === 'drain' || step?.kind === 'retire' || (step?.kind === 'hook' && step.hook === 'after')
  return isLast && shareOf(rollout.planned.weights, rollout.candidate.release) === WHOLE
}

// From the first settle on, the candidate owes the instances that were asked for.
function noteShortfall(turn: Turn): void {
  const { rollout } = turn
  const seen = rollout.seen?.releases[rollout.candidate.release]
  const isShort =
    rollout.hasSettled &&
    rollout.status === 'running' &&
    isSteady(rollout) &&
    (seen?.ready ?? 0) < wantedOf(rollout)
  if (!isShort) {
    if (rollout.shortSince !== null) change(turn, { shortSince: null })
  } else if (rollout.shortSince === null) {
    change(turn, { shortSince: rollout.now })
  }
}

// While instances are being added the settle step watches them, with a deadline of its own. It may come after the end of
// old ones.
function isSteady({ steps, at }: Rollout): boolean {
  const kinds = [steps[at]?.kind, steps[at]?.kind === 'retire' ? steps[at + 1]?.kind : undefined]
  return !kinds.some((kind) => kind === 'provision' || kind === 'settle')
}

function wantedOf(rollout: Rollout): number {
  return rollout.counts[rollout.candidate.release] ?? rollout.candidate.count
}
