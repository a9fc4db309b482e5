import type { Capabilities } from '../capabilities.ts'
import type { Step } from '../plan.ts'
import { WHOLE } from '../weights.ts'
import { type BlueGreenSpec, blueGreen } from './blue-green.ts'
import { type CanarySpec, canary } from './canary.ts'
import { startMs } from './pieces.ts'
import { type RecreateSpec, recreate } from './recreate.ts'
import { type RollingSpec, rolling } from './rolling.ts'
import type { PlanRequest, Strategy, StrategyPrice } from './strategy.ts'

export type StrategySpec = RollingSpec | BlueGreenSpec | CanarySpec | RecreateSpec
export type StrategyName = StrategySpec['kind']

export const strategies = {
  rolling,
  'blue-green': blueGreen,
  canary,
  recreate,
} satisfies { [K in StrategyName]: Strategy<Extract<StrategySpec, { kind: K }>> }

export const strategyNames = Object.keys(strategies) as StrategyName[]

/** The strategy's steps for this environment. */
export function compile(spec: StrategySpec, request: PlanRequest): Step[] {
  return strategyOf(spec).steps(spec, request)
}

/** What it costs and risks here. */
export function priceOf(spec: StrategySpec, request: PlanRequest): StrategyPrice {
  return request.stable === null ? firstPrice(request) : strategyOf(spec).price(spec, request)
}

// Nothing runs beside the first release, and nobody is watched moving to it.
function firstPrice({ candidate }: PlanRequest): StrategyPrice {
  return {
    extraInstances: candidate.count,
    expectedMs: startMs,
    exposedBasisPoints: WHOLE,
    serveTogether: false,
    interrupts: false,
  }
}

/** Why it cannot run here, or null. */
export function refusalOf(spec: StrategySpec, can: Capabilities): string | null {
  return strategyOf(spec).refusal(can)
}

/** True when the old release ends before the new one starts. */
export function isExclusive(spec: StrategySpec): boolean {
  return strategyOf(spec).isExclusive
}

function strategyOf<S extends StrategySpec>(spec: S): Strategy<S> {
  return strategies[spec.kind] as unknown as Strategy<S>
}
