import { compile, type StrategySpec } from '../core/strategies/index.ts'
import type { PlanRequest } from '../core/strategies/strategy.ts'
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
    ...blindness(control, intent, strategy, request),
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
