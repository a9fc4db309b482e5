import { randomBytes } from 'node:crypto'
import { unknownBaseline } from '../core/analysis/baseline.ts'
import { type AnalysisSpec, profiles, standardMetrics } from '../core/analysis/spec.ts'
import { newTrial, type Trial } from '../core/analysis/trial.ts'
import type { Drill, DrillFault, Injection } from '../core/drill.ts'
import type { Party } from '../core/plan.ts'
import type { ReleaseId } from '../core/release.ts'
import type { Rollout } from '../core/rollout.ts'
import { drillSteps } from '../core/strategies/drill.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { Probe, ReleaseSpec } from '../targets/target.ts'
import type { Control } from './control.ts'
import { nextRollout } from './next-rollout.ts'

/** For so long a fault has the chance to be noticed. */
const watchMs = 60_000
/** The copy of a release that has started before gets this long, and at least what its startup probe allows. */
const startWithinMs = 60_000
/** Longer than any release that runs would take, and bounded in case that nothing ends it. */
const hang = ['sleep', '3600']
const shortStartup = { periodMs: 250, failures: 8 }

/** Quick, for it compares a release with itself, and too slow a verdict would be no proof of anything. */
const analysis: AnalysisSpec = {
  ...profiles.fast,
  minBakeMs: watchMs,
  deadlineMs: watchMs,
  onInconclusive: 'rollback',
  metrics: Object.values(standardMetrics),
}

/** What the router makes up for each fault; null for one that is done to the copy itself. */
const made: { [K in DrillFault]: Pick<Injection, 'errorShare' | 'delayMs'> | null } = {
  errors: { errorShare: 0.7, delayMs: 0 },
  latency: { errorShare: 0, delayMs: 400 },
  crash: null,
  'never-ready': null,
}

/** `drill-r7`: no release is called so, and no deploy or rollback can name it. */
export function copyName(release: ReleaseId): ReleaseId {
  return `drill-${release}`
}

/** Where nothing answers: `discard`, which nobody has run for decades. */
const closedPort = 9

/**
 * The release once more, under its own name. One that is never to be ready hangs instead of starting; an image need not
 * have anything in it that could hang, so a container is asked where it does not answer.
 */
export function copyOf(spec: ReleaseSpec, fault: DrillFault): ReleaseSpec {
  const copy = { ...spec, release: copyName(spec.release) }
  if (fault !== 'never-ready') return copy
  const startup = { ...spec.startup, ...shortStartup }
  if (spec.container === undefined) return { ...copy, command: hang, startup }
  const nowhere = { port: closedPort }
  return { ...copy, startup: { ...startup, ...nowhere }, readiness: { ...spec.readiness, ...nowhere } }
}

/** A rollout of one broken copy of `stable`, not begun yet. */
export function drillRollout(
  control: Control,
  keeper: Keeper,
  { copy, stable, fault }: { copy: ReleaseSpec; stable: Party; fault: DrillFault },
): Rollout {
  const candidate = { release: copy.release, count: 1 }
  const { drainMs } = keeper.settings
  const drill = drillOf(fault, copy.release, keeper.state.routing?.preview ?? null)
  return nextRollout(control, keeper, {
    kind: 'drill',
    drill,
    strategy: 'drill',
    candidate,
    steps: drillSteps(
      { stable, candidate, drainMs },
      { watchMs, progressDeadlineMs: Math.max(startWithinMs, 2 * budgetOf(copy.startup)) },
    ),
    isExclusive: false,
    keepWarmMs: 0,
    drainMs,
    hasOnFailure: false,
    isWarm: false,
    trial: drill.injection === null ? null : trialOf(stable, candidate, control.clock.now()),
  })
}

function drillOf(fault: DrillFault, release: ReleaseId, previewBefore: ReleaseId | null): Drill {
  const faults = made[fault]
  const token = randomBytes(16).toString('hex')
  return { fault, injection: faults === null ? null : { token, release, ...faults }, previewBefore }
}

// What users met says nothing of the drill's own requests, which are all alike.
function trialOf(stable: Party, candidate: Party, at: number): Trial {
  const instances = { candidate: candidate.count, stable: stable.count }
  return newTrial(analysis, unknownBaseline, instances, at)
}

function budgetOf({ periodMs, failures }: Probe): number {
  return periodMs * failures
}
