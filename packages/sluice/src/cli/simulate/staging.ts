import type { Capabilities } from '../../core/capabilities.ts'
import { compile, isExclusive, type StrategyName, type StrategySpec } from '../../core/strategies/index.ts'
import { SluiceError } from '../../errors.ts'
import { newEnvironmentState } from '../../runtime/environment-state.ts'
import type { Ways } from '../../server/foresight.ts'
import { chooseStrategy, type Intent, planRequest } from '../../server/intent.ts'
import { analysisFor, serveTogether } from '../../server/new-trial.ts'
import { recommend } from '../../server/recommend.ts'
import type { RehearsedPlan } from '../../sim/rehearse.ts'
import type { Assumptions } from './assumptions.ts'

/** Whether this target can run it is for `plan` to say. */
const everything: Capabilities = {
  traffic: 'weighted',
  parallelReleases: true,
  ownPorts: true,
  runsImages: true,
  hold: true,
  drill: true,
  preview: true,
  sticky: true,
  inFlight: true,
  counts: true,
}

/**
 * The strategy that was asked for, or that a deploy would take; with these shares as its steps where they are given.
 * @throws USAGE where shares are given to anything but a canary; STRATEGY_UNSUPPORTED.
 */
export function waysFor(
  intent: Intent,
  { service }: Assumptions,
  { strategy: asked, steps }: { strategy?: StrategyName; steps?: number[] },
): Ways {
  const { requestsPerSecond } = service
  const facts = { can: everything, requestsPerSecond, hasStable: true, bytesPerInstance: null }
  const strategy = chooseStrategy(intent, asked, recommend(intent, facts).strategy, everything)
  const analysis = analysisFor(intent, strategy)
  return { strategy: steps === undefined ? strategy : withSteps(strategy, steps), analysis }
}

/** The plan of a deploy that finds the environment as it should be: one stable release at full count, nothing else. */
export function rehearsedPlan(
  intent: Intent,
  { strategy, analysis }: Ways,
  { allowance }: Assumptions,
): RehearsedPlan {
  const stable = { release: 'r1', count: intent.environment.instances }
  const request = planRequest(intent, { ...newEnvironmentState(), stable }, 'r2', everything)
  return {
    strategy: strategy.kind,
    stable,
    candidate: request.candidate,
    drainMs: request.drainMs,
    steps: compile(strategy, request),
    isExclusive: isExclusive(strategy),
    analysis: serveTogether(strategy, request.holdback) ? analysis : null,
    allowance,
  }
}

// In all they are watched for as long as the canary's own.
function withSteps(strategy: StrategySpec, weights: number[]): StrategySpec {
  if (strategy.kind !== 'canary') {
    throw new SluiceError(
      'USAGE',
      `--steps are shares of a canary, and here the strategy is ${strategy.kind}`,
      {
        todo: 'Add --strategy canary, or leave --steps out.',
      },
    )
  }
  const watchedMs = strategy.steps.reduce((sum, { analyzeMs }) => sum + analyzeMs, 0)
  const analyzeMs = Math.floor(watchedMs / weights.length)
  return {
    ...strategy,
    steps: weights.map((weightBasisPoints) => ({ weightBasisPoints, analyzeMs, gate: false })),
  }
}
