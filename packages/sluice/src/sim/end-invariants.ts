import type { Rollout } from '../core/rollout.ts'
import { shareOf, WHOLE } from '../core/weights.ts'
import { isDisturbed, type Scenario } from './scenario.ts'
import type { World } from './world.ts'

/** What must hold when the rollout is over, and for ever after. */
export function endWrongs(rollout: Rollout, world: World, scenario: Scenario): string[] {
  const wrongs =
    rollout.status === 'succeeded' ? success(rollout, world, scenario) : wayBack(rollout, world, scenario)
  const isHeld = world.workers.routing?.hold === true && scenario.losesTableAtMs.length === 0
  return isHeld ? [...wrongs, 'requests are still held'] : wrongs
}

function success(rollout: Rollout, world: World, scenario: Scenario): string[] {
  const { stable, candidate } = rollout
  const { fleet } = world
  const isKept = scenario.kind === 'deploy' && rollout.warm.length > 0
  return claims([
    [hasAll(world, scenario, candidate.release), 'succeeded without all traffic on the candidate'],
    [fleet.wantedOf(candidate.release) === candidate.count, 'succeeded without all of the candidate'],
    [
      stable === null || isKept || fleet.wantedOf(stable.release) === 0,
      'stable was left running and forgotten',
    ],
    [
      scenario.warm.every(({ release }) => fleet.wantedOf(release) === 0),
      'a warm release was left running and forgotten',
    ],
    [!mustFail(scenario), `a harmful release ended as stable (${scenario.candidateIs.kind})`],
    [!isStopped(scenario), `a release ended as stable although its ${scenario.failingHook} hook failed`],
  ])
}

function wayBack(rollout: Rollout, world: World, scenario: Scenario): string[] {
  const { stable, candidate } = rollout
  const { fleet } = world
  return claims([
    [stable === null || hasAll(world, scenario, stable.release), 'rolled back without all traffic on stable'],
    [
      stable === null || fleet.wantedOf(stable.release) === stable.count,
      'rolled back without all of stable wanted',
    ],
    [
      stable === null || !isCalm(scenario) || fleet.readyOf(stable.release) === stable.count,
      'rolled back without all of stable ready',
    ],
    [fleet.wantedOf(candidate.release) === 0, 'rolled back and the candidate still runs'],
    [!mustSucceed(scenario), `a good release was rolled back: ${rollout.reason?.message}`],
  ])
}

function claims(list: [holds: boolean, otherwise: string][]): string[] {
  return list.filter(([holds]) => !holds).map(([, otherwise]) => otherwise)
}

// A router that loses its table after the end is its driver's to put right.
function hasAll(world: World, scenario: Scenario, release: string): boolean {
  if (scenario.losesTableAtMs.length > 0) return true
  return shareOf(world.workers.routing?.weights ?? {}, release) === WHOLE
}

function isCalm(scenario: Scenario): boolean {
  return !isDisturbed(scenario) && scenario.stableIs.kind === 'good'
}

function mustFail(scenario: Scenario): boolean {
  const { candidateIs, isWarm, person, outage } = scenario
  if (candidateIs.kind === 'neverReady' || candidateIs.kind === 'exitsAtOnce') return !isWarm
  const isPassedByHand = person.some(({ does }) => does === 'promote' || does === 'promoteFull')
  if (candidateIs.kind !== 'fails' || isPassedByHand || outage !== null) return false
  if (candidateIs.share < 0.5 && !isJudged(scenario)) return false
  // A stable that was down itself is nothing to be measured by.
  const isStableWell = scenario.stableIs.kind === 'good' && scenario.faults.stableDies === 0
  return scenario.requestsPerSecond >= 100 && isStableWell && isWatchedLongEnough(scenario)
}

// Long enough for the guard to meet twenty requests of the candidate.
function isWatchedLongEnough(scenario: Scenario): boolean {
  const { kind, spec, stable } = scenario
  if (kind === 'rollback' || stable === null) return false
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

// Where the guard sees nothing the sequential test has to: some 250 requests, of which a fifth failed and none of stable.
function isJudged({ analysis, spec, faults, losesTableAtMs, clockBack }: Scenario): boolean {
  const isQuiet = faults.untilMs === 0 && losesTableAtMs.length === 0 && clockBack === null
  return analysis !== null && analysis.tickMs <= 1_000 && isQuiet && spec.kind === 'canary'
}

// A hook before the traffic has its say; `smoke` runs where the candidate can be tried beside stable.
function isStopped(scenario: Scenario): boolean {
  const { kind, spec, hooks, failingHook } = scenario
  if (kind === 'rollback' || failingHook === null || !hooks.includes(failingHook)) return false
  return failingHook === 'beforeTraffic' || (failingHook === 'smoke' && spec.kind === 'blue-green')
}

function mustSucceed(scenario: Scenario): boolean {
  const { candidateIs, person, outage } = scenario
  const isAborted = person.some(({ does }) => does === 'abort' || does === 'supersede')
  return (
    candidateIs.kind === 'good' &&
    // By chance it may be found failing where some requests always fail; see `falseAlarm`.
    scenario.background === 0 &&
    scenario.faults.untilMs === 0 &&
    scenario.clockBack === null &&
    outage === null &&
    !isAborted &&
    scenario.analysis?.onInconclusive !== 'rollback' &&
    !isStopped(scenario)
  )
}
