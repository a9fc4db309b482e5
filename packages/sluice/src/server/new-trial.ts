import { type AnalysisSpec, defaultAnalysis } from '../core/analysis/spec.ts'
import { newTrial, type Trial } from '../core/analysis/trial.ts'
import type { StrategySpec } from '../core/strategies/index.ts'
import type { PlanRequest } from '../core/strategies/strategy.ts'
import type { Control } from './control.ts'
import type { Intent } from './intent.ts'

/** The test of a candidate against stable, from what is known of stable now; null where the two never serve together. */
export function trialFor(
  control: Control,
  intent: Intent,
  strategy: StrategySpec,
  { stable, candidate, holdback }: PlanRequest,
): Trial | null {
  const { id } = intent.environment
  if (stable === null || !serveTogether(strategy, holdback)) return null
  const instances = { candidate: candidate.count, stable: stable.count }
  const baseline = control.history.baseline(id)
  return newTrial(analysisFor(intent, strategy), baseline, instances, control.clock.now())
}

/** How sluice.yaml wants a candidate judged; the defaults for a strategy that it does not name. */
export function analysisFor({ environment }: Intent, strategy: StrategySpec): AnalysisSpec {
  return environment.strategy?.kind === strategy.kind ? environment.analysis : defaultAnalysis
}

/** Whether both releases serve users at a time at which they are compared. */
export function serveTogether({ kind }: StrategySpec, holdback: PlanRequest['holdback']): boolean {
  return kind === 'canary' || kind === 'rolling' || (kind === 'blue-green' && holdback !== null)
}
