import type { Baseline } from '../core/analysis/baseline.ts'
import type { AnalysisSpec } from '../core/analysis/spec.ts'
import { newTrial, type Trial } from '../core/analysis/trial.ts'
import { newRollout } from '../core/new-rollout.ts'
import type { Party, Step } from '../core/plan.ts'
import type { Ms } from '../core/release.ts'
import type { Rollout } from '../core/rollout.ts'
import { step } from '../core/step.ts'
import { WHOLE } from '../core/weights.ts'
import { seeded } from '../std/random.ts'
import { ModelledTraffic, type TrafficModel } from './modelled-traffic.ts'
import { ObligingWorld } from './obliging-world.ts'
import type { ServiceModel } from './service-model.ts'

/** What would be done: a compiled plan, and how the candidate would be judged meanwhile. */
export interface RehearsedPlan {
  strategy: string
  stable: Party
  candidate: Party
  steps: Step[]
  isExclusive: boolean
  drainMs: Ms
  /** Null where nothing serves beside the candidate. */
  analysis: AnalysisSpec | null
  /** What the analysis allows for: bursts, and instances that differ. The model itself has neither. */
  allowance: Pick<Baseline, 'phi' | 'instanceSd'>
}

/** How one rehearsed rollout was decided. */
export interface Outcome {
  /** `undecided`: the time is over, the evidence speaks neither way, and a person has to decide. */
  end: 'promoted' | 'rolled back' | 'undecided'
  /** From the beginning to the decision. */
  afterMs: Ms
  /** Requests worse off than with stable until then: so many as are expected of those that the candidate had. */
  harmed: number
}

/** Far more than a rollout that is watched for a day at ticks of a second takes. */
const mostEvents = 1_000_000
/** So much of stable's past is known before the rollout. */
const pastMs = 600_000

/**
 * Runs a plan once, by the engine and the analysis of a real rollout, against a modelled service on a virtual clock.
 * The same seed gives the same outcome.
 */
export function rehearse(plan: RehearsedPlan, model: ServiceModel, seed: number): Outcome {
  const { strategy, stable, candidate, steps, isExclusive, drainMs } = plan
  const weights = { [stable.release]: WHOLE }
  const traffic = new ModelledTraffic(trafficModel(plan, model), weights, seeded(seed))
  const world = new ObligingWorld(traffic, { [stable.release]: stable.count })
  const start = newRollout({
    ...{ strategy, stable, candidate, steps, isExclusive, drainMs },
    id: `rehearsal-${seed}`,
    kind: 'deploy',
    environment: 'rehearsal/rehearsal',
    keepWarmMs: 0,
    hasOnFailure: false,
    isWarm: false,
    trial: trialOf(plan, model),
    at: 0,
    weights,
    weightEpoch: 0,
    nextEffect: 1,
  })
  const end = untilDecided(start, world)
  return { end, afterMs: world.now, harmed: traffic.requestsOf(candidate.release) * model.harmed }
}

function untilDecided(start: Rollout, world: ObligingWorld): Outcome['end'] {
  let [rollout] = step(start, { kind: 'started', at: world.now })
  for (let events = 0; events < mostEvents; events++) {
    const end = endOf(rollout)
    if (end !== null) return end
    rollout = step(rollout, world.answer(rollout))[0]
  }
  throw new Error(`a rehearsed rollout took more than ${mostEvents} events`)
}

function endOf({ status, inconclusiveSince }: Rollout): Outcome['end'] | null {
  if (status === 'succeeded') return 'promoted'
  if (status !== 'running') return 'rolled back'
  return inconclusiveSince === null ? null : 'undecided'
}

function trafficModel({ stable, candidate, analysis }: RehearsedPlan, model: ServiceModel): TrafficModel {
  const own = (analysis?.metrics ?? []).filter(({ kind }) => kind.is === 'ratio')
  return {
    requestsPerSecond: model.service.requestsPerSecond,
    models: { [stable.release]: model.stable, [candidate.release]: model.candidate },
    ownMetrics: { ids: own.map(({ id }) => id), badShare: model.service.failedShare },
  }
}

// Stable is known as well as an agent knows it that has watched it for a while.
function trialOf(plan: RehearsedPlan, { service, stable: { answers } }: ServiceModel): Trial | null {
  const { analysis, allowance, stable, candidate } = plan
  if (analysis === null) return null
  const past = (service.requestsPerSecond * pastMs) / 1_000
  const baseline: Baseline = {
    ...allowance,
    isKnown: true,
    latency: answers.map(([index, share]) => [index, share * past]),
    recent: [{ at: -pastMs / 2, n: past, x: past * service.failedShare }],
  }
  return newTrial(analysis, baseline, { candidate: candidate.count, stable: stable.count }, 0)
}
