import { suspectMs } from './analysis/incident.ts'
import type { Trial } from './analysis/trial.ts'
import { isHeldTooLong, isInnocent, lookAtDeadline } from './analysis/verdict.ts'
import type { Step, StepKind } from './plan.ts'
import { type Reason, type Rollout, stepTime } from './rollout.ts'
import { isLeaving, isRouted, isServed, steer } from './steer.ts'
import { ask, change, type Turn } from './turn.ts'
import { beginUndo, isIntact } from './undo.ts'
import { shareOf, WHOLE } from './weights.ts'

/** After a cut, connections get this long to be gone before the step goes on without them. */
const cutGraceMs = 5_000
/** An analysis is over only when the candidate has been looked at within so long. */
const blindMs = 3_000

type Of<K extends StepKind> = Extract<Step, { kind: K }>

type Progress =
  | { is: 'done' }
  /** `wakeAt`: the clock alone may bring it on from then. */
  | { is: 'waiting'; wakeAt?: number }
  /** `kind`: of the reason; the candidate's health where nothing else is said. */
  | { is: 'failed'; message: string; kind?: Reason['kind'] }

const done: Progress = { is: 'done' }
const waiting: Progress = { is: 'waiting' }

interface Handler<S> {
  /** What becomes wanted when the step is entered. */
  enter?(turn: Turn, step: S): void
  /** How far it is; asks for its action where that has not been done. */
  progress(turn: Turn, step: S): Progress
}

const handlers: { [K in StepKind]: Handler<Of<K>> } = {
  provision: {
    enter: (turn, step) => count(turn, step.release, step.count),
    progress: (turn, step) => act(turn, { kind: 'scale', release: step.release, count: step.count }),
  },
  settle: { progress: settle },
  shift: { enter: enterShift, progress: routed },
  verify: { progress: verify },
  analyze: { progress: analyze },
  gate: { progress: ({ rollout }) => (rollout.passed || rollout.passAll ? done : waiting) },
  hook: { progress: (turn, step) => act(turn, { kind: 'run', hook: step.hook }) },
  drain: { enter: enterDrain, progress: drain },
  retire: {
    enter: (turn, step) => count(turn, step.release, step.keep),
    progress: (turn, step) =>
      act(
        turn,
        step.keep === 0
          ? { kind: 'retire', release: step.release }
          : { kind: 'scale', release: step.release, count: step.keep },
      ),
  },
}

/** Goes through the plan as far as what is known allows. */
export function advance(turn: Turn): void {
  if (turn.rollout.seen === null) return
  if (turn.rollout.at === -1) enterNext(turn)
  while (turn.rollout.endedAt === null) {
    const progress = progressOf(turn)
    if (progress.is === 'waiting') return
    if (progress.is === 'failed') {
      beginUndo(turn, { ...reasonOf(turn.rollout, progress.kind), message: progress.message })
      enterNext(turn)
    } else if (turn.rollout.paused !== null) {
      return
    } else {
      enterNext(turn)
    }
  }
}

/** When the current step could go on although nothing happens. */
export function stepWakeAt(turn: Turn): number | null {
  if (turn.rollout.endedAt !== null || turn.rollout.at === -1) return null
  const progress = progressOf(turn)
  return progress.is === 'waiting' ? (progress.wakeAt ?? null) : null
}

function progressOf(turn: Turn): Progress {
  const step = turn.rollout.steps[turn.rollout.at]
  if (step === undefined) return waiting
  return handlerOf(step).progress(turn, step)
}

function handlerOf<S extends Step>(step: S): Handler<S> {
  return handlers[step.kind] as unknown as Handler<S>
}

function enterNext(turn: Turn): void {
  const at = turn.rollout.at + 1
  const step = turn.rollout.steps[at]
  if (step === undefined) {
    finish(turn)
    return
  }
  change(turn, {
    at,
    stepSince: turn.rollout.now,
    heldSince: null,
    passed: false,
    inconclusiveSince: null,
    steppedBackFrom: null,
    acted: 'no',
    hookFailure: null,
    refusals: { ...turn.rollout.refusals, act: null },
  })
  handlerOf(step).enter?.(turn, step)
}

function finish(turn: Turn): void {
  const { rollout } = turn
  const nobody = { act: null, route: null, observe: null, measure: null, wait: null }
  const status = rollout.status === 'undoing' ? 'rolled-back' : 'succeeded'
  change(turn, {
    status,
    endedAt: rollout.now,
    awaiting: nobody,
    warm: status === 'succeeded' && rollout.kind !== 'drill' ? leftWarm(rollout) : [],
  })
}

function leftWarm(rollout: Rollout): Rollout['warm'] {
  const { stable } = rollout
  if (stable === null) return []
  const left = rollout.counts[stable.release] ?? stable.count
  return left === 0 ? [] : [{ ...stable, count: left, retireAt: rollout.now + rollout.keepWarmMs }]
}

function reasonOf(rollout: Rollout, kind: Reason['kind'] = 'health'): Omit<Reason, 'message'> {
  if (kind !== 'health') return { kind, details: [] }
  const known = rollout.seen?.releases[rollout.candidate.release]?.trouble
  if (known === null || known === undefined) return { kind: 'health', details: [] }
  const details = [known.message, ...known.details]
  return known.todo === undefined
    ? { kind: 'health', details }
    : { kind: 'health', todo: known.todo, details }
}

function count(turn: Turn, release: string, wanted: number): void {
  change(turn, { counts: { ...turn.rollout.counts, [release]: wanted } })
}

type Action =
  | { kind: 'scale'; release: string; count: number }
  | { kind: 'retire'; release: string }
  | { kind: 'run'; hook: Of<'hook'>['hook'] }

// Asked once; asked again, after a pause, only when it was refused.
function act(turn: Turn, action: Action): Progress {
  const { acted, refusals, now } = turn.rollout
  if (acted === 'done') return done
  if (acted === 'asked') return waiting
  if (refusals.act !== null && refusals.act.againAt > now)
    return { is: 'waiting', wakeAt: refusals.act.againAt }
  change(turn, { acted: 'asked' })
  ask(turn, action)
  return waiting
}

function settle(turn: Turn, step: Of<'settle'>): Progress {
  const { rollout } = turn
  const { now, stepSince } = rollout
  const ready = readyOf(rollout, step.release)
  const isLate = spentMs(rollout) >= step.patienceMs
  const enough = isLate || isUrgent(rollout, step) ? step.atLeast : step.count
  if (ready < enough) {
    if (rollout.heldSince !== null) change(turn, { heldSince: null })
    if (step.deadlineMs !== null && spentMs(rollout) >= step.deadlineMs) {
      // There is nothing further back to turn to.
      if (rollout.status === 'undoing') return done
      return {
        is: 'failed',
        message: `${step.release} had ${ready} of ${step.count} instances ready after ${step.deadlineMs / 1000} s`,
      }
    }
    return {
      is: 'waiting',
      wakeAt: soonest(now, stepSince + step.patienceMs, stepSince + (step.deadlineMs ?? Infinity)),
    }
  }
  const since = rollout.heldSince ?? now
  if (now - since < step.forMs) {
    if (rollout.heldSince === null) change(turn, { heldSince: now })
    return { is: 'waiting', wakeAt: since + step.forMs }
  }
  if (step.release === rollout.candidate.release) change(turn, { hasSettled: true })
  return done
}

// On the way back, a candidate with nothing ready serves nobody: any ready instance of stable is better.
function isUrgent(rollout: Rollout, step: Of<'settle'>): boolean {
  return (
    rollout.status === 'undoing' &&
    step.release === rollout.stable?.release &&
    shareOf(rollout.planned.weights, step.release) < WHOLE &&
    readyOf(rollout, rollout.candidate.release) === 0
  )
}

function enterShift(turn: Turn, step: Of<'shift'>): void {
  const { planned } = turn.rollout
  const keep = Object.fromEntries(
    Object.entries(planned.keep).filter(
      ([release]) => shareOf(step.weights, release) === 0 || staysDrained(turn, release),
    ),
  )
  const cut = planned.cut.filter((release) => shareOf(step.weights, release) === 0)
  change(turn, { planned: { weights: step.weights, hold: step.hold, keep, cut } })
}

// Going forward in batches, what has been drained stays drained; on the way back all of stable serves again.
function staysDrained(turn: Turn, release: string): boolean {
  return turn.rollout.status === 'running' && release === turn.rollout.stable?.release
}

function routed(turn: Turn): Progress {
  steer(turn)
  if (isRouted(turn.rollout)) return done
  const { route } = turn.rollout.refusals
  return route === null ? waiting : { is: 'waiting', wakeAt: route.againAt }
}

function verify(turn: Turn, step: Of<'verify'>): Progress {
  const arrived = routed(turn)
  const { rollout } = turn
  if (arrived.is === 'done' && isServed(rollout)) return done
  if (step.deadlineMs !== null && spentMs(rollout) >= step.deadlineMs) {
    return {
      is: 'failed',
      message: `the router was not seen to serve the new weights within ${step.deadlineMs / 1000} s`,
    }
  }
  const deadline = step.deadlineMs === null ? Infinity : rollout.stepSince + step.deadlineMs
  const again = arrived.is === 'waiting' ? (arrived.wakeAt ?? Infinity) : Infinity
  return { is: 'waiting', wakeAt: Math.min(deadline, again) }
}

function analyze(turn: Turn, step: Of<'analyze'>): Progress {
  stepBack(turn, step)
  const progress = analyzed(turn, step)
  if (progress.is !== 'done') return progress
  // A share that was taken back is given again before anything follows from the analysis.
  giveAgain(turn)
  return routed(turn)
}

function analyzed(turn: Turn, step: Of<'analyze'>): Progress {
  const { rollout } = turn
  const { trial, verdict } = rollout
  if (rollout.passed || rollout.passAll) return done
  if (verdict?.state === 'nonInferior' && step.purpose !== 'hold back') return done
  if (spentMs(rollout) < step.forMs) return { is: 'waiting', wakeAt: rollout.stepSince + step.forMs }
  if (!isInSight(rollout)) return waiting
  if (trial === null || step.purpose === 'hold back') return done
  const isFrozen = verdict !== null && verdict.freeze !== null
  if (step.purpose === 'pace' && !isFrozen) return done
  const overAt = (trial.begunAt ?? rollout.stepSince) + trial.spec.deadlineMs
  if (isFrozen && rollout.now < overAt && !isHeldTooLong(trial, rollout.now))
    return { is: 'waiting', wakeAt: overAt }
  return atDeadline(turn, trial)
}

// An incident of both that began just after the candidate's share had grown may be its doing, through a database that
// they share. Its share is what it was before until that is over.
function stepBack(turn: Turn, { purpose }: Of<'analyze'>): void {
  const { planned, steppedBackFrom, lastIncrease, trial, candidate, passed, passAll } = turn.rollout
  const since = trial?.incidents.since ?? null
  if (since === null) giveAgain(turn)
  if (since === null || steppedBackFrom !== null || lastIncrease === null || passed || passAll) return
  const isBeside = purpose !== 'hold back' && shareOf(planned.weights, candidate.release) < WHOLE
  if (!isBeside || !isIntact(turn.rollout)) return
  if (since < lastIncrease.at || since - lastIncrease.at > suspectMs) return
  change(turn, { planned: { ...planned, weights: lastIncrease.from }, steppedBackFrom: planned.weights })
}

function giveAgain(turn: Turn): void {
  const { planned, steppedBackFrom } = turn.rollout
  if (steppedBackFrom === null) return
  change(turn, { planned: { ...planned, weights: steppedBackFrom }, steppedBackFrom: null })
}

// The time is over and the evidence speaks neither way: one last look, and then what the user wants in that case.
function atDeadline(turn: Turn, trial: Trial): Progress {
  const { rollout } = turn
  const { candidate, stable, inconclusiveSince } = rollout
  if (inconclusiveSince !== null) return waiting
  const worse = trial.incidents.since === null ? lookAtDeadline(trial) : null
  const beside = `${candidate.release} beside ${stable?.release}`
  if (worse !== null) return failedOn(`${beside}: ${worse.id} is worse by the look at the deadline`)
  // Nobody has to decide about a copy of stable: what was not found by now was not caught.
  if (rollout.kind === 'drill') return done
  const { onInconclusive } = trial.spec
  if (onInconclusive === 'rollback')
    return failedOn(`${beside}: the evidence is inconclusive, and onInconclusive is rollback`)
  if (onInconclusive === 'promote' && isInnocent(trial)) return done
  change(turn, { inconclusiveSince: rollout.now })
  return waiting
}

function failedOn(message: string): Progress {
  return { is: 'failed', kind: 'evidence', message }
}

// A candidate that nobody could look at has not been judged: after a crash, or while its counters cannot be read.
function isInSight(rollout: Rollout): boolean {
  const lookedAt = Math.min(rollout.seen?.at ?? -Infinity, rollout.guard.measuredAt ?? -Infinity)
  return rollout.now - lookedAt <= blindMs
}

function enterDrain(turn: Turn, step: Of<'drain'>): void {
  const { planned } = turn.rollout
  change(turn, { planned: { ...planned, keep: { ...planned.keep, [step.release]: step.keep } } })
}

// The deadline runs from when the router has confirmed that they leave, and once more from the cut.
function drain(turn: Turn, step: Of<'drain'>): Progress {
  const arrived = routed(turn)
  if (!isLeaving(turn.rollout, step.release, step.keep)) return stayOn(turn, step)
  const isBlind = turn.rollout.seen?.router?.leaving === null
  // Who does not know what is in flight has only the time to go by, so that begins when nobody is sent there any more.
  if (arrived.is === 'waiting' || (isBlind && !isServed(turn.rollout))) {
    change(turn, { stepSince: stepTime(turn.rollout) })
    return waiting
  }
  const { rollout } = turn
  const { planned, stepSince } = rollout
  const isCut = planned.cut.includes(step.release)
  const patienceMs = isCut ? cutGraceMs : step.deadlineMs
  if (isGone(rollout, step) || (isCut && spentMs(rollout) >= patienceMs)) return done
  if (spentMs(rollout) < patienceMs) return { is: 'waiting', wakeAt: stepSince + patienceMs }
  // Nor can it cut what it does not know of.
  if (isBlind) return done
  change(turn, { planned: { ...planned, cut: [...planned.cut, step.release] } })
  return drain(turn, step)
}

// A release that must serve in another's place for now is not leaving, whatever this step wants.
function stayOn(turn: Turn, step: Of<'drain'>): Progress {
  const { planned } = turn.rollout
  const cut = planned.cut.filter((release) => release !== step.release)
  change(turn, { planned: { ...planned, cut }, stepSince: stepTime(turn.rollout) })
  return waiting
}

function isGone(rollout: Rollout, step: Of<'drain'>): boolean {
  if (!isServed(rollout)) return false
  const all = rollout.seen?.router?.leaving
  if (all === null) return false
  const leaving = all?.[step.release]
  return leaving === undefined || leaving.requests + leaving.tunnels === 0
}

function spentMs(rollout: Rollout): number {
  return stepTime(rollout) - rollout.stepSince
}

function readyOf(rollout: Rollout, release: string): number {
  return rollout.seen?.releases[release]?.ready ?? 0
}

function soonest(now: number, ...times: number[]): number {
  return Math.min(...times.filter((time) => time > now))
}
