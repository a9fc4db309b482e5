import type { Effect } from '../core/effect.ts'
import type { Event } from '../core/event.ts'
import { isOver, type Rollout } from '../core/rollout.ts'
import { shareOf, WHOLE } from '../core/weights.ts'
import type { Scenario } from './scenario.ts'
import type { World } from './world.ts'

/** The longest that users may meet a release with nothing ready while another could serve, when nothing else is wrong. */
const longestMisroutingMs = 3_000

/** What one call of `step` may not do. Sentences; empty when all is well. */
export function stepWrongs(
  before: Rollout,
  event: Event,
  after: Rollout,
  effects: Effect[],
  world: World,
  scenario: Scenario,
): string[] {
  return [
    ...afterTheEnd(before, effects),
    ...numbers(before, effects),
    ...strangers(before, event, after, effects),
    ...effects.flatMap((effect) => (effect.kind === 'route' ? weightsWrongs(after, effect) : [])),
    ...effects.flatMap((effect) => retirement(after, effect, world, scenario)),
  ]
}

function afterTheEnd(before: Rollout, effects: Effect[]): string[] {
  return isOver(before) && effects.length > 0 ? ['something happened after the end'] : []
}

function numbers(before: Rollout, effects: Effect[]): string[] {
  const isGrowing = effects.every(
    (effect, index) => effect.id >= before.nextEffect && (index === 0 || effect.id > effects[index - 1]!.id),
  )
  return isGrowing ? [] : ['an effect has a number that was used before']
}

function strangers(before: Rollout, event: Event, after: Rollout, effects: Effect[]): string[] {
  if (!('effect' in event)) return []
  const isAwaited = Object.values(before.awaiting).some((awaited) => awaited?.id === event.effect)
  const isUnchanged = after === before && effects.length === 0
  return isAwaited || isUnchanged ? [] : ['an answer nobody waited for changed something']
}

function weightsWrongs(after: Rollout, effect: Extract<Effect, { kind: 'route' }>): string[] {
  const { weights, hold } = effect.routing
  const sum = Object.values(weights).reduce((total, share) => total + share, 0)
  const releases = after.seen?.releases ?? {}
  const isNothing = sum === 0 && (hold || after.stable === null)
  const anyReady = Object.entries(releases).some(
    ([release, seen]) =>
      seen.ready > 0 && !(after.planned.keep[release] === 0 && after.counts[release] === 0),
  )
  const toNobody = Object.keys(weights).some(
    (release) => shareOf(weights, release) > 0 && (releases[release]?.ready ?? 0) === 0,
  )
  return [
    ...(sum === WHOLE || isNothing ? [] : [`weights sum to ${sum}`]),
    ...(toNobody && anyReady ? ['a share was given to a release with nothing ready'] : []),
  ]
}

// Stable's instances end only when the candidate has their traffic, or when there is no way to run both.
function retirement(after: Rollout, effect: Effect, world: World, scenario: Scenario): string[] {
  if (after.status !== 'running' || after.isExclusive || after.stable === null) return []
  const isEnd = effect.kind === 'retire' && effect.release === after.stable.release
  const isCut =
    effect.kind === 'scale' && effect.release === after.stable.release && effect.count < after.stable.count
  if (!isEnd && !isCut) return []
  const left = effect.kind === 'scale' ? effect.count : 0
  const keep = world.routing?.keep[after.stable.release]
  const wrongs: string[] = []
  if (keep === undefined || keep > left) wrongs.push('stable was reduced before it had drained')
  if (isEnd && shareOf(world.routing?.weights ?? {}, after.candidate.release) !== WHOLE) {
    wrongs.push('stable was retired before the candidate had all traffic')
  }
  if (isEnd && scenario.spec.kind === 'blue-green' && !hasBaked(after, scenario))
    wrongs.push('stable was retired before the bake was over')
  return wrongs
}

function hasBaked(after: Rollout, scenario: Scenario): boolean {
  if (scenario.spec.kind !== 'blue-green' || scenario.person.length > 0) return true
  return after.now - after.startedAt >= scenario.spec.bakeMs
}

/** What may not be so at any moment between events. */
export function worldWrongs(world: World, scenario: Scenario, rollout: Rollout): string[] {
  const wrongs: string[] = []
  if (isDisturbed(scenario)) return wrongs
  if (world.misroutedSince !== null && world.clock.now - world.misroutedSince > longestMisroutingMs) {
    wrongs.push('users kept being sent to a release with nothing ready')
  }
  const promised = promisedCapacity(scenario, rollout)
  if (world.servingCount() < promised) {
    wrongs.push(`ready capacity fell to ${world.servingCount()} of ${promised} promised`)
  }
  return wrongs
}

// Where instances die by themselves or calls go astray, capacity is not the engine's to promise.
function isDisturbed(scenario: Scenario): boolean {
  return scenario.faults.untilMs > 0
}

function promisedCapacity(scenario: Scenario, rollout: Rollout): number {
  const { spec, stable, candidate, candidateIs } = scenario
  const isCandidateSound = candidateIs.kind === 'good' || candidateIs.kind === 'fails'
  if (stable === null || spec.kind === 'recreate' || !isCandidateSound || rollout.asked === null) return 0
  const fewest = Math.min(stable.count, candidate.count)
  const isMatched = spec.kind === 'canary' && spec.scale === 'match-weight'
  if (isMatched && rollout.status !== 'running') return 0
  if (spec.kind !== 'rolling') return fewest
  const unavailable = 'count' in spec.maxUnavailable ? spec.maxUnavailable.count : 0
  const canSurge = 'count' in spec.surge && spec.surge.count === 0 ? 0 : 1
  return Math.max(0, fewest - Math.max(unavailable, 1 - canSurge))
}

/** What must hold when the rollout is over. */
export function endWrongs(rollout: Rollout, world: World, scenario: Scenario): string[] {
  const { stable, candidate } = rollout
  const weights = world.routing?.weights ?? {}
  const wanted = (release: string) => world.releases[release]?.wanted ?? 0
  if (rollout.status === 'succeeded') {
    return [
      ...(shareOf(weights, candidate.release) === WHOLE
        ? []
        : ['succeeded without all traffic on the candidate']),
      ...(wanted(candidate.release) === candidate.count ? [] : ['succeeded without all of the candidate']),
      ...(mustFail(scenario) ? [`a harmful release ended as stable (${scenario.candidateIs.kind})`] : []),
    ]
  }
  return [
    ...(stable === null || shareOf(weights, stable.release) === WHOLE
      ? []
      : ['rolled back without all traffic on stable']),
    ...(stable === null || wanted(stable.release) === stable.count
      ? []
      : ['rolled back without all of stable']),
    ...(wanted(candidate.release) === 0 ? [] : ['rolled back and the candidate still runs']),
    ...(mustSucceed(scenario) ? [`a good release was rolled back: ${rollout.reason?.message}`] : []),
  ]
}

function mustFail(scenario: Scenario): boolean {
  const { candidateIs, person } = scenario
  const isPassedByHand = person.some(({ does }) => does === 'promote' || does === 'promoteFull')
  if (candidateIs.kind === 'neverReady' || candidateIs.kind === 'exitsAtOnce') return true
  if (candidateIs.kind !== 'fails' || isPassedByHand || scenario.requestsPerSecond < 100) return false
  return isWatchedLongEnough(scenario)
}

// Long enough for the guard to meet twenty requests of the candidate.
function isWatchedLongEnough(scenario: Scenario): boolean {
  const { spec } = scenario
  if (scenario.stable === null) return false
  switch (spec.kind) {
    case 'canary':
      return spec.steps.some((step) => step.weightBasisPoints >= 2_500 && step.analyzeMs >= 10_000)
    case 'blue-green':
      return spec.bakeMs >= 5_000
    case 'rolling':
      return spec.analyzeMs >= 2_000
    case 'recreate':
      return false
  }
}

function mustSucceed(scenario: Scenario): boolean {
  const { candidateIs, faults, person, failingHook } = scenario
  const isAborted = person.some(({ does }) => does === 'abort')
  const isHookFatal = failingHook === 'smoke' || failingHook === 'beforeTraffic'
  return candidateIs.kind === 'good' && faults.untilMs === 0 && !isAborted && !isHookFatal
}
