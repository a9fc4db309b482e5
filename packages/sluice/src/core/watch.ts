import { stepWakeAt } from './advance.ts'
import { shortfallMs } from './judge.ts'
import { isOver, type Rollout } from './rollout.ts'
import { isRouted } from './steer.ts'
import { ask, type Turn } from './turn.ts'
import { shareOf } from './weights.ts'

/** Counters are read this often while the candidate has traffic, and otherwise. */
const measureMs = 250
const idleMeasureMs = 1_000
/** An observation that finds nothing changed answers after this long. */
const observeMs = 1_000
/** While a switch or a drain is waited for, which is a matter of moments; later it is no longer worth the hurry. */
const hurriedObserveMs = 50
const hurryMs = 5_000

/** Keeps one observation, one measurement and one alarm awaited, so that nothing can happen unseen. */
export function watch(turn: Turn): void {
  if (isOver(turn.rollout)) return
  keepObserving(turn)
  keepMeasuring(turn)
  keepAlarm(turn)
}

function keepObserving(turn: Turn): void {
  const withinMs = patience(turn.rollout)
  const { observe } = turn.rollout.awaiting
  const isSoonEnough = observe !== null && observe.withinMs <= withinMs
  if (!isSoonEnough && !isPausing(turn.rollout)) ask(turn, { kind: 'observe', withinMs })
}

function patience(rollout: Rollout): number {
  if (rollout.seen === null) return 0
  const kind = rollout.steps[rollout.at]?.kind
  if (kind !== 'verify' && kind !== 'drain') return observeMs
  if (!isRouted(rollout)) return observeMs
  if (!rollout.seen.isFresh) return 0
  return rollout.now - rollout.stepSince < hurryMs ? hurriedObserveMs : observeMs
}

function keepMeasuring(turn: Turn): void {
  const { rollout } = turn
  if (isPausing(rollout)) return
  const hasTraffic =
    rollout.kind === 'drill' || shareOf(rollout.asked?.weights ?? {}, rollout.candidate.release) > 0
  const pauseMs = rollout.guard.measuredAt !== null ? (hasTraffic ? measureMs : idleMeasureMs) : 0
  const { measure } = rollout.awaiting
  const atMs = rollout.now + pauseMs
  // One that was asked for before the candidate had traffic would come too late.
  if (measure === null || measure.atMs > atMs)
    ask(turn, { kind: 'measure', atMs, isFull: isTickDue(rollout, atMs) })
}

function isTickDue({ trial, status }: Rollout, atMs: number): boolean {
  if (trial === null || status !== 'running') return false
  return trial.tally.at === null || atMs >= trial.tally.at + trial.spec.tickMs
}

function isPausing(rollout: Rollout): boolean {
  const { watch: refusal } = rollout.refusals
  return refusal !== null && refusal.againAt > rollout.now
}

function keepAlarm(turn: Turn): void {
  const untilMs = nextWakeAt(turn)
  if (untilMs === null) return
  const { wait } = turn.rollout.awaiting
  if (wait === null || wait.untilMs > untilMs) ask(turn, { kind: 'wait', untilMs })
}

function nextWakeAt(turn: Turn): number | null {
  const { rollout } = turn
  const { refusals, shortSince } = rollout
  const times = [
    stepWakeAt(turn),
    refusals.act?.againAt,
    refusals.route?.againAt,
    refusals.watch?.againAt,
    shortSince === null ? null : shortSince + shortfallMs,
  ].filter((time) => typeof time === 'number' && Number.isFinite(time) && time > rollout.now) as number[]
  return times.length === 0 ? null : Math.min(...times)
}
