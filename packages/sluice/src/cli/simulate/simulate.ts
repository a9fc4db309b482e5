import type { StrategyName } from '../../core/strategies/index.ts'
import { readIntent } from '../../server/intent.ts'
import { unchanged } from '../../sim/service-model.ts'
import type { Call } from '../call.ts'
import { type Assumptions, assumptionsFor, type TrafficOptions } from './assumptions.ts'
import { type Blindness, blindnessOf } from './blindness.ts'
import { defaultRegressions, type Regression } from './regression.ts'
import { type Fate, rehearseOften } from './rehearsals.ts'
import { rehearsedPlan, waysFor } from './staging.ts'

/** What a person wants rehearsed. */
export interface SimulateOptions extends TrafficOptions {
  strategy?: StrategyName
  /** Of a canary, in basis points. */
  steps?: number[]
  /** The first is the one that should be seen; a doubling of failures where none is given. */
  regression?: Regression[]
  runs: number
  seed: number
}

/** What is rehearsed, before it is. */
export interface Rehearsing extends Pick<SimulateOptions, 'runs' | 'seed'> {
  app: string
  environment: string
  strategy: StrategyName
  assumptions: Assumptions
}

/** What came of it. */
export interface Simulation {
  unchanged: Fate
  regressions: { change: string; fate: Fate }[]
  blindness: Blindness | null
}

/** Rehearses a deploy with an unchanged candidate and with worse ones. `tell` hears what of, before the first run. */
export async function simulate(
  call: Call,
  options: SimulateOptions,
  tell: (rehearsing: Rehearsing) => void,
): Promise<Simulation> {
  const intent = await readIntent(
    call.folder,
    call.environment === undefined ? {} : { environment: call.environment },
  )
  const assumptions = await assumptionsFor(call, intent, options)
  const ways = waysFor(intent, assumptions, options)
  const { runs, seed, regression: regressions = defaultRegressions } = options
  const [app, environment] = [intent.config.app, intent.environment.name]
  tell({ app, environment, strategy: ways.strategy.kind, assumptions, runs, seed })

  const plan = rehearsedPlan(intent, ways, assumptions)
  const often = { service: assumptions.service, runs, seed, interrupt: call.io.interrupt }
  const good = await rehearseOften(plan, unchanged, often)
  const fates = new Map<Regression, Fate>()
  for (const regression of regressions)
    fates.set(regression, await rehearseOften(plan, regression.change, often))
  const cared = options.regression?.[0] ?? doublingOf(regressions)
  const given = { intent, ways, assumptions, options: often }
  return {
    unchanged: good,
    regressions: [...fates].map(([{ text }, fate]) => ({ change: text, fate })),
    blindness: await blindnessOf(cared, fates.get(cared)!, given),
  }
}

function doublingOf(regressions: Regression[]): Regression {
  return regressions.find(({ change }) => change.failures === 2)!
}
