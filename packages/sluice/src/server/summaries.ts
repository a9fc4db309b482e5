import { evidenceOf } from '../core/analysis/evidence.ts'
import { describeStep } from '../core/narrate.ts'
import { isWatching, type Rollout } from '../core/rollout.ts'
import type { RolloutRecord } from '../runtime/rollout-records.ts'
import type { RolloutSummary } from './contract.ts'

/** A rollout in short, as every answer shows it. */
export function summaryOf(rollout: Rollout, startedBy: string): RolloutSummary {
  const step = rollout.steps[rollout.at]
  const { nC, xC, nS, xS } = rollout.guard.total
  return {
    id: rollout.id,
    kind: rollout.kind,
    environment: rollout.environment,
    strategy: rollout.strategy,
    from: rollout.stable?.release ?? null,
    to: rollout.candidate.release,
    status: isWatching(rollout) ? 'watching' : rollout.status,
    reason: rollout.reason,
    startedBy,
    startedAt: rollout.startedAt,
    endedAt: rollout.endedAt,
    paused: rollout.paused !== null,
    waitsFor: waitsFor(rollout),
    step:
      step === undefined || rollout.endedAt !== null
        ? null
        : { index: rollout.at, count: rollout.steps.length, text: describeStep(step), kind: step.kind },
    weights: rollout.asked?.weights ?? rollout.lastWeights ?? {},
    highestShare: rollout.highestShare,
    counts: { candidate: { requests: nC, bad: xC }, stable: { requests: nS, bad: xS } },
    evidence: rollout.trial === null ? null : evidenceOf(rollout.trial, rollout.verdict, rollout.now),
  }
}

export function summaryOfRecord(record: RolloutRecord): RolloutSummary {
  return summaryOf(record.rollout, record.startedBy)
}

function waitsFor(rollout: Rollout): string | null {
  if (rollout.endedAt !== null || rollout.status !== 'running') return null
  if (rollout.paused !== null) return `paused by ${rollout.paused.by}`
  if (rollout.inconclusiveSince !== null) return 'the evidence speaks neither way: a person has to decide'
  const step = rollout.steps[rollout.at]
  return step?.kind === 'gate' ? step.name : null
}
