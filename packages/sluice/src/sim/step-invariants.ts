import { logThreshold } from '../core/analysis/average.ts'
import { averageOf } from '../core/analysis/trial.ts'
import type { Effect } from '../core/effect.ts'
import type { Step } from '../core/plan.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { hasLeft } from '../core/steer.ts'
import { awaitedEffects } from '../core/turn.ts'
import { sameWeights, shareOf, WHOLE } from '../core/weights.ts'
import type { Moment } from './moment.ts'

/** What one call of `step` may not do. Sentences; empty when all is well. */
export function stepWrongs(moment: Moment): string[] {
  return [
    ...theEnd(moment),
    ...time(moment),
    ...numbers(moment),
    ...strangers(moment),
    ...forgotten(moment),
    ...direction(moment),
    ...weights(moment),
    ...shareBeforeCapacity(moment),
    ...leftSteps(moment),
    ...endOfStable(moment),
    ...endOfCandidate(moment),
    ...thirdFleet(moment),
    ...falseAlarm(moment),
    ...widened(moment),
    ...notHeldBack(moment),
    ...goodOnTrust(moment),
    ...overlooked(moment),
  ]
}

function theEnd({ before, after, effects }: Moment): string[] {
  const isUnchanged = after === before && effects.length === 0
  return isOver(before) && !isUnchanged ? ['something happened after the end'] : []
}

function time({ before, after }: Moment): string[] {
  return after.now < before.now ? ['time went back'] : []
}

function numbers({ before, effects }: Moment): string[] {
  const isGrowing = effects.every(
    (effect, index) => effect.id >= before.nextEffect && (index === 0 || effect.id > effects[index - 1]!.id),
  )
  return isGrowing ? [] : ['an effect has a number that was used before']
}

function strangers({ before, event, after, effects }: Moment): string[] {
  if (!('effect' in event)) return []
  const isAwaited = awaitedEffects(before).some(({ id }) => id === event.effect)
  const isUnchanged = after === before && effects.length === 0
  return isAwaited || isUnchanged ? [] : ['an answer nobody waited for changed something']
}

function forgotten({ after, effects }: Moment): string[] {
  const awaited = awaitedEffects(after)
  return effects.every((effect) => awaited.includes(effect))
    ? []
    : ['nobody waits for the answer of an effect']
}

function direction({ before, after, event }: Moment): string[] {
  if (event.kind === 'promoted' && event.full) return lostStable({ before, after })
  const isForward = after.status === 'running' || after.status === 'succeeded'
  return before.status === 'undoing' && isForward ? ['a rollout that turned back went forward again'] : []
}

// A person may keep the candidate, but only where there is nothing to go back to.
function lostStable({ before, after }: Pick<Moment, 'before' | 'after'>): string[] {
  const isTurned = before.status === 'undoing' && after.status === 'running'
  const ready = after.seen?.releases[after.stable?.release ?? '']?.ready ?? 0
  return isTurned && ready > 0 ? ['a candidate was kept although stable could serve'] : []
}

function weights(moment: Moment): string[] {
  return moment.effects.flatMap((effect) => (effect.kind === 'route' ? routeWrongs(moment, effect) : []))
}

function routeWrongs({ after }: Moment, effect: Extract<Effect, { kind: 'route' }>): string[] {
  const { weights, hold } = effect.routing
  const sum = Object.values(weights).reduce((total, share) => total + share, 0)
  const releases = after.seen?.releases ?? {}
  const readyOf = (release: string) => releases[release]?.ready ?? 0
  const isNothing = sum === 0 && (hold || after.stable === null)
  const parties = [after.stable?.release, after.candidate.release].filter((one) => one !== undefined)
  const anyReady = parties.some((release) => readyOf(release) > 0 && !hasLeft(after, release))
  const toNobody = Object.keys(weights).some(
    (release) => shareOf(weights, release) > 0 && readyOf(release) === 0,
  )
  return [
    ...(sum === WHOLE || isNothing ? [] : [`weights sum to ${sum}`]),
    ...(toNobody && anyReady ? ['a share was given to a release with nothing ready'] : []),
  ]
}

// A candidate that keeps its instances gets a larger share only once all that were asked for are ready.
function shareBeforeCapacity({ before, after, scenario }: Moment): string[] {
  const { candidate, candidateIs } = scenario
  const isSteady = candidateIs.kind === 'good' || candidateIs.kind === 'fails'
  if (!isSteady || after.status !== 'running') return []
  const { release } = candidate
  if (shareOf(after.planned.weights, release) <= shareOf(before.planned.weights, release)) return []
  const ready = after.seen?.releases[release]?.ready ?? 0
  const wanted = before.counts[release] ?? candidate.count
  return ready >= wanted
    ? []
    : [`the candidate got a larger share with ${ready} of ${wanted} instances ready`]
}

function leftSteps(moment: Moment): string[] {
  const { before, after } = moment
  if (after === before || after.steps !== before.steps || before.at === -1) return []
  return before.steps
    .slice(before.at, after.endedAt === null ? after.at : undefined)
    .flatMap((step, index) => leftWrongs(moment, step, index === 0))
}

// `wasEntered`: an earlier event brought it to this step, so that time has been spent in it.
function leftWrongs(moment: Moment, step: Step, wasEntered: boolean): string[] {
  const { before, event, after, world, scenario } = moment
  const spentMs = wasEntered ? after.now - before.stepSince : 0
  const isPassed = after.passAll || (wasEntered && (before.passed || event.kind === 'promoted'))
  const readyOf = (release: string) => after.seen?.releases[release]?.ready ?? 0
  switch (step.kind) {
    case 'analyze':
      return spentMs >= step.forMs || isPassed || isProven(moment, step)
        ? []
        : ['an analysis ended before its time']
    case 'gate':
      return isPassed ? [] : ['a gate was passed by nobody']
    case 'settle': {
      const isUndo = before.status === 'undoing'
      const isUrgent = isUndo && readyOf(scenario.candidate.release) === 0
      const isGivenUp = isUndo && spentMs >= (step.deadlineMs ?? Infinity)
      const enough = isUrgent || spentMs >= step.patienceMs ? step.atLeast : step.count
      return isGivenUp || readyOf(step.release) >= enough
        ? []
        : [`${step.release} went on before it had settled`]
    }
    case 'verify': {
      if (scenario.losesTableAtMs.length > 0) return []
      const seen = world.workers.seen()
      // What it was told in this very turn has not reached it yet.
      const told = wasEntered ? [before.asked] : [before.asked, after.asked]
      const isServed =
        seen?.reached === true && told.some((asked) => sameWeights(seen.weights, asked?.weights ?? {}))
      return isServed ? [] : ['the rollout went on before the router served its weights']
    }
    default:
      return []
  }
}

// Evidence shortens the time; what is held back is watched to its end.
function isProven({ after }: Moment, { purpose }: Extract<Step, { kind: 'analyze' }>): boolean {
  return purpose !== 'hold back' && after.verdict?.state === 'nonInferior'
}

// Stable's instances end only when the candidate has their traffic, or when there is no way to run both.
function endOfStable({ after, effects, world, scenario }: Moment): string[] {
  const { stable, candidate } = after
  if (after.status !== 'running' || after.isExclusive || stable === null) return []
  if (scenario.losesTableAtMs.length > 0) return []
  const { routing } = world.workers
  return effects.flatMap((effect) => {
    const left = countAfter(effect, stable.release)
    if (left === null || left >= stable.count) return []
    const keep = routing?.keep[stable.release]
    const wrongs: string[] = []
    if (keep === undefined || keep > left) wrongs.push('stable was reduced before it had drained')
    if (left === 0 && shareOf(routing?.weights ?? {}, candidate.release) !== WHOLE) {
      wrongs.push('stable was retired before the candidate had all traffic')
    }
    const isWatchedLater = after.steps.slice(after.at).some(({ kind }) => kind === 'analyze')
    if (isWatchedLater && scenario.kind === 'deploy' && scenario.spec.kind !== 'rolling') {
      wrongs.push('stable was retired before the bake was over')
    }
    return wrongs
  })
}

function endOfCandidate({ after, effects, world, scenario }: Moment): string[] {
  const { release } = after.candidate
  if (after.status !== 'undoing' || scenario.losesTableAtMs.length > 0) return []
  const isEnd = effects.some((effect) => countAfter(effect, release) === 0)
  const share = shareOf(world.workers.routing?.weights ?? {}, release)
  return isEnd && share > 0 ? ['the candidate was retired before its traffic had moved back'] : []
}

function countAfter(effect: Effect, release: string): number | null {
  if (effect.kind === 'retire' && effect.release === release) return 0
  return effect.kind === 'scale' && effect.release === release ? effect.count : null
}

function thirdFleet({ effects, world, scenario }: Moment): string[] {
  const isStart = effects.some((effect) => (countAfter(effect, scenario.candidate.release) ?? 0) > 0)
  const isLeft = scenario.warm.some(({ release }) => world.fleet.wantedOf(release) > 0)
  return isStart && isLeft ? ['three releases ran at once'] : []
}

// What both releases suffer is nobody's fault, as long as stable has been there all the time to be compared with.
function falseAlarm({ before, after, scenario }: Moment): string[] {
  const isAlarm =
    before.status === 'running' && after.status === 'undoing' && after.reason?.kind === 'evidence'
  if (!isAlarm || scenario.candidateIs.kind !== 'good') return []
  // Turning back for want of evidence was asked for.
  if (before.verdict?.state !== 'regress' && scenario.analysis?.onInconclusive === 'rollback') return []
  if (scenario.background > 0 && isByChance(after)) return []
  const stableShare = shareOf(before.lastWeights ?? {}, before.stable?.release ?? '')
  const wasThere = scenario.stableIs.kind === 'good' && scenario.faults.stableDies === 0
  // With hardly a request there is nothing that tells an outage of both.
  const isServing = (scenario.requestsPerSecond * stableShare) / WHOLE >= 2 && stableShare < WHOLE
  const isComparable = scenario.outage === null || (wasThere && isServing)
  return isComparable ? [`a good release was found failing: ${after.reason?.message}`] : []
}

// Where requests fail by chance, a test of this alpha is wrong now and then; by ten times its threshold hardly ever.
function isByChance({ trial, verdict }: Rollout): boolean {
  if (trial === null || verdict?.state !== 'regress') return true
  return averageOf(trial) < logThreshold(trial.spec.alpha / 10)
}

// While something speaks against the candidate its share may stay or fall.
function widened({ before, after, event }: Moment): string[] {
  const isFrozen =
    before.verdict !== null && before.verdict.freeze !== null && after.verdict === before.verdict
  const isByHand = after.passAll || before.passed || event.kind === 'promoted'
  const step = before.steps[before.at]
  const isLeft = step?.kind === 'analyze' && step.purpose === 'pace' && after.at > before.at
  if (!isFrozen || isByHand || !isLeft || after.steps !== before.steps || after.trial === null) return []
  const overAt = (after.trial.begunAt ?? before.stepSince) + after.trial.spec.deadlineMs
  const isOverdue = after.now >= overAt || after.now - (after.trial.incidents.since ?? after.now) >= 600_000
  return isOverdue ? [] : [`the candidate got a larger share although it is ${before.verdict?.freeze}`]
}

// That something fails no more often than half a percent beyond stable cannot be known from a few requests.
function goodOnTrust({ after }: Moment): string[] {
  if (after.verdict?.state !== 'nonInferior' || after.trial === null) return []
  const few = after.trial.metrics.some(({ total }) => total.nC < 1_000)
  return few ? ['a candidate was found good on fewer than a thousand requests'] : []
}

function overlooked({ after }: Moment): string[] {
  const isOverlooked = after.status === 'running' && after.verdict?.state === 'regress'
  return isOverlooked ? ['the evidence was enough to turn back, and it went on'] : []
}

// A holdback that was asked for is in the plan of every deploy that leaves stable whole.
function notHeldBack({ before, after, scenario }: Moment): string[] {
  const { holdback, kind, spec, stable } = scenario
  const isWanted = holdback !== null && kind === 'deploy' && stable !== null
  if (!isWanted || after.status !== 'succeeded' || before.status !== 'running') return []
  if (spec.kind === 'rolling' || spec.kind === 'recreate') return []
  const isThere = before.steps.some((step) => step.kind === 'analyze' && step.purpose === 'hold back')
  return isThere ? [] : ['stable kept no share although that was asked for']
}
