import { canaryShare } from '../core/strategies/canary.ts'
import { compile, type StrategySpec } from '../core/strategies/index.ts'
import type { PlanRequest } from '../core/strategies/strategy.ts'
import { percent } from '../core/weights.ts'
import type { Control } from './control.ts'
import { describeForesight } from './describe-foresight.ts'
import { foresee } from './foresight.ts'
import type { Intent } from './intent.ts'
import { analysisFor } from './new-trial.ts'

/** Failures rarer than this are nobody's concern, however much more they are than before. */
const leastOfConcern = 0.005

/** What is worth knowing before a rollout begins. */
export function warningsOf(
  control: Control,
  intent: Intent,
  strategy: StrategySpec,
  request: PlanRequest,
): string[] {
  const { environment, config } = intent
  const { instances } = environment
  const few = `With ${instances} candidate instance${instances === 1 ? '' : 's'} a canary judges the luck of one instance as much as the release; 3 or more are better.`
  const noPath =
    'health.readiness.path is not set: an instance counts as ready as soon as its port accepts a connection.'
  return [
    ...(strategy.kind === 'canary' && instances < 3 ? [few] : []),
    ...(config.health.readiness.path === undefined ? [noPath] : []),
    ...coarseness(strategy, request),
    ...uncounted(control, intent, strategy),
    ...interruption(control, intent, strategy, request),
    ...blindness(control, intent, strategy, request),
  ]
}

// That shares are not what was asked for, where a share is a number of instances.
function coarseness(strategy: StrategySpec, request: PlanRequest): string[] {
  if (strategy.kind !== 'canary' || request.traffic !== 'instances' || request.stable === null) return []
  const asked = strategy.steps.map(({ weightBasisPoints }) => weightBasisPoints)
  const given = asked.map((_, index) => canaryShare(strategy, request, index))
  if (given.every((share, index) => Math.abs(share - asked[index]!) <= asked[index]! / 10)) return []
  const [said, real] = [asked, given].map((shares) => shares.map(percent).join(', '))
  return [
    `With ${request.candidate.count} instances beside ${request.stable.count}, the steps ${said} are shares of ${real}: this router gives every instance the same. More instances make smaller steps.`,
  ]
}

// That nobody counts what users meet, so that nothing of it can speak against a release.
function uncounted(control: Control, intent: Intent, strategy: StrategySpec): string[] {
  const { environment } = intent
  if (control.outside.can(environment).counts || strategy.kind === 'recreate') return []
  // Metrics of the user's own come from elsewhere.
  if (analysisFor(intent, strategy).metrics.some(({ kind }) => kind.is === 'ratio')) return []
  return [
    `The router ${environment.router} does not see requests: failing and slow ones speak against no release, only its instances' health does. Let metrics of your own judge it (strategy.${strategy.kind}.analyze.metrics).`,
  ]
}

function interruption(
  control: Control,
  intent: Intent,
  strategy: StrategySpec,
  { stable }: PlanRequest,
): string[] {
  const { environment } = intent
  if (strategy.kind !== 'recreate' || stable === null || control.outside.can(environment).hold) return []
  return [
    `The router ${environment.router} cannot let requests wait: users meet errors while ${stable.release} is replaced.`,
  ]
}

// That the plan would most likely not see a doubling of errors at the traffic there is; nothing where that is not known.
function blindness(control: Control, intent: Intent, strategy: StrategySpec, request: PlanRequest): string[] {
  const { stable, candidate } = request
  if (stable === null || (strategy.kind !== 'canary' && strategy.kind !== 'rolling')) return []
  const { id } = intent.environment
  const { requestsPerSecond, failedShare } = control.history.traffic(id)
  if (requestsPerSecond === 0 || failedShare === null) return []
  const prospect = {
    steps: compile(strategy, request),
    stable,
    candidate,
    analysis: analysisFor(intent, strategy),
    allowance: control.history.baseline(id),
    requestsPerSecond,
    failedShare,
  }
  const foresight = foresee(prospect, 2, leastOfConcern)
  if (foresight === null || foresight.neededMs <= foresight.watchedMs) return []
  return [describeForesight(foresight, strategy.kind, requestsPerSecond)]
}
