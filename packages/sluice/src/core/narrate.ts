import { describeFreeze, describeGood } from './analysis/describe-evidence.ts'
import { type Evidence, evidenceOf } from './analysis/evidence.ts'
import type { Event } from './event.ts'
import type { AnalyzePurpose, Step, StepKind } from './plan.ts'
import type { Ms } from './release.ts'
import { isOver, type Rollout } from './rollout.ts'
import { percent, sameWeights, shareOf, type Weights, WHOLE } from './weights.ts'

/** One line for a person: what happened, and how it is known. Kept beside the event, so it can be shown for ever. */
export interface Fact {
  at: Ms
  mark: 'done' | 'going' | 'attention' | 'failed'
  /** The step's kind, or `undo`, `person`, `refused`, `router`, `end`. */
  title: string
  text: string
  todo?: string
  details?: string[]
  /** What a decision of the analysis rested on, in numbers. */
  evidence?: Evidence
}

/** What an event meant, told from the states before and after it. */
export function narrate(before: Rollout, event: Event, after: Rollout): Fact[] {
  if (before === after) return []
  const tell = (mark: Fact['mark'], title: string, text: string): Fact => ({
    at: after.now,
    mark,
    title,
    text,
  })
  return [
    ...persons(event, before, after, tell),
    ...finished(before, after, tell),
    ...turnedBack(before, after),
    ...weighed(before, after, tell),
    ...steppedBack(before, after, tell),
    ...kept(before, after, tell),
    ...entered(before, after, tell),
    ...died(before, after),
    ...refusals(before, after, tell),
    ...rerouted(before, after, tell),
    ...ended(before, after, tell),
  ]
}

/** What a step does, for plans and for the line of the step that is going on. */
export function describeStep(step: Step): string {
  return descriptions[step.kind](step as never)
}

type Tell = (mark: Fact['mark'], title: string, text: string) => Fact
type Of<K extends StepKind> = Extract<Step, { kind: K }>

const descriptions: { [K in StepKind]: (step: Of<K>) => string } = {
  provision: (step) => `${step.count} × ${step.release}`,
  settle: (step) =>
    `${step.count} of ${step.release} ready${step.forMs > 0 ? ` for ${seconds(step.forMs)}` : ''}`,
  shift: (step) => (step.hold ? 'requests wait' : describeWeights(step.weights)),
  verify: () => 'the router is seen to serve it',
  analyze: (step) => watched[step.purpose](seconds(step.forMs)),
  gate: (step) => `wait for a person to approve: ${step.name}`,
  hook: (step) => `run ${step.hook}`,
  drain: (step) =>
    step.keep === 0
      ? `nothing in flight on ${step.release}, for up to ${seconds(step.deadlineMs)}`
      : `nothing in flight on ${step.release} beyond its first ${step.keep}, for up to ${seconds(step.deadlineMs)}`,
  retire: (step) => (step.keep === 0 ? `${step.release} ends` : `${step.keep} × ${step.release} left`),
}

const watched: Record<AnalyzePurpose, (time: string) => string> = {
  pace: (time) => `watch for ${time}`,
  decide: (time) => `watch for ${time}, then decide`,
  'hold back': (time) => `watch for ${time} beside the share that is held back`,
}

function persons(event: Event, before: Rollout, after: Rollout, tell: Tell): Fact[] {
  switch (event.kind) {
    case 'promoted':
      return [tell('done', 'person', `${event.by} promoted${event.full ? ' in full' : ''}`)]
    case 'paused':
      return before.paused === after.paused ? [] : [tell('attention', 'person', `paused by ${event.by}`)]
    case 'resumed':
      return before.paused === after.paused ? [] : [tell('done', 'person', `resumed by ${event.by}`)]
    case 'aborted':
    case 'started':
    case 'scaled':
    case 'retired':
    case 'routed':
    case 'ran':
    case 'observed':
    case 'measured':
    case 'woke':
    case 'failed':
      return []
  }
}

function finished(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  // When a rollout turned back in this very turn, the steps of `after` are those of the way back.
  if (before.status !== after.status && !isOver(after)) return []
  const upTo = isOver(after) ? after.steps.length : Math.max(0, after.at)
  return after.steps.slice(Math.max(0, before.at), upTo).map((step) => {
    const isFailedHook = step.kind === 'hook' && after.hookFailure !== null
    if (isFailedHook)
      return tell('attention', step.kind, `${step.hook} failed: ${after.hookFailure?.message}`)
    const fact = tell('done', step.kind, results[step.kind](step as never, after))
    return step.kind === 'analyze' ? withEvidence(fact, after) : fact
  })
}

const results: { [K in StepKind]: (step: Of<K>, rollout: Rollout) => string } = {
  provision: (step) => `${step.count} × ${step.release} started`,
  settle: (step, rollout) =>
    `${rollout.seen?.releases[step.release]?.ready ?? 0} of ${step.count} of ${step.release} ready`,
  shift: (step) => (step.hold ? 'requests wait' : describeWeights(step.weights)),
  verify: () => 'the router is seen to serve it',
  analyze: (step, rollout) => `watched for up to ${seconds(step.forMs)}: ${describeCounts(rollout)}`,
  gate: (step) => `approved: ${step.name}`,
  hook: (step) => `${step.hook} passed`,
  drain: (step, rollout) => {
    if (rollout.seen?.router?.leaving === null)
      return `${step.release} had ${seconds(step.deadlineMs)} to finish what it had; this router does not know what was in flight`
    return rollout.planned.cut.includes(step.release)
      ? `${step.release}: what was still in flight after ${seconds(step.deadlineMs)} was cut`
      : `nothing in flight on what leaves of ${step.release}`
  },
  retire: (step) => (step.keep === 0 ? `${step.release} ended` : `${step.keep} × ${step.release} left`),
}

function turnedBack(before: Rollout, after: Rollout): Fact[] {
  if (before.reason !== null || after.reason === null) return []
  const { message, todo, details } = after.reason
  const title = before.steps[before.at]?.kind ?? 'start'
  const fact: Fact = { at: after.now, mark: 'failed', title, text: message, details }
  const told = todo === undefined ? fact : { ...fact, todo }
  return [after.reason.kind === 'evidence' ? withEvidence(told, after) : told]
}

// What the evidence says is told when it changes what happens.
function weighed(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  const { trial, verdict, stable, candidate, status } = after
  if (trial === null || verdict === null || stable === null || status !== 'running') return []
  const isNewVerdict = verdict.freeze !== before.verdict?.freeze || verdict.state !== before.verdict.state
  const isDistrusted = trial.lowTrust && before.trial?.lowTrust === false
  const isUndecided = before.inconclusiveSince === null && after.inconclusiveSince !== null
  if (!isNewVerdict && !isDistrusted && !isUndecided) return []
  const evidence = evidenceOf(trial, verdict, after.now)
  const arms = { candidate: candidate.release, stable: stable.release }
  const facts: Fact[] = []
  const frozeBefore = before.verdict?.freeze ?? null
  if (verdict.freeze !== null && verdict.freeze !== frozeBefore)
    facts.push(tell('attention', 'analyze', describeFreeze(verdict.freeze, evidence, arms)))
  if (verdict.freeze === null && frozeBefore !== null)
    facts.push(tell('done', 'analyze', 'nothing speaks against it any more'))
  if (verdict.state === 'nonInferior' && before.verdict?.state !== 'nonInferior')
    facts.push(tell('done', 'analyze', describeGood(evidence, arms)))
  if (isDistrusted) facts.push(tell('attention', 'analyze', unalike(arms.stable)))
  if (isUndecided)
    facts.push({ ...tell('attention', 'analyze', undecided), todo: 'sluice promote, or sluice abort' })
  return facts.map((fact) => ({ ...fact, evidence }))
}

function kept(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  if (before.status !== 'undoing' || after.status !== 'running') return []
  return [
    tell(
      'attention',
      'person',
      `${after.candidate.release} is kept: ${after.stable?.release} has nothing ready to go back to`,
    ),
  ]
}

function steppedBack(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  if (before.steppedBackFrom === null && after.steppedBackFrom !== null) {
    const why = 'the incident began just after its share had grown, and may be its doing'
    return [
      tell('attention', 'analyze', `${why}: ${describeWeights(after.planned.weights)} until it is over`),
    ]
  }
  const isBack = before.steppedBackFrom !== null && after.steppedBackFrom === null && before.at === after.at
  return isBack
    ? [tell('done', 'analyze', `the incident is over: ${describeWeights(after.planned.weights)}`)]
    : []
}

const undecided = 'the time is over and the evidence speaks neither way: a person has to decide'

function unalike(stable: string): string {
  return `the instances of ${stable} differ among themselves, so the verdict is to be trusted less`
}

function withEvidence(fact: Fact, { trial, verdict, now }: Rollout): Fact {
  return trial === null ? fact : { ...fact, evidence: evidenceOf(trial, verdict, now) }
}

function entered(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  if (isOver(after) || (before.at === after.at && before.status === after.status)) return []
  const step = after.steps[after.at]
  if (step === undefined) return []
  const isLong = step.kind === 'analyze' || step.kind === 'gate' || step.kind === 'hook'
  return isLong ? [tell(step.kind === 'gate' ? 'attention' : 'going', step.kind, describeStep(step))] : []
}

// An instance that ended after it was ready is started again by the target; one such end is no verdict, but it is news.
function died(before: Rollout, after: Rollout): Fact[] {
  if (before.seen === null || after.seen === null || before.seen === after.seen) return []
  return Object.entries(after.seen.releases).flatMap(([release, { exitsAfterReady, trouble }]) => {
    const earlier = before.seen?.releases[release]?.exitsAfterReady ?? 0
    if (exitsAfterReady <= earlier) return []
    const text = `an instance of ${release} ended and is started again. ${trouble?.message ?? ''}`.trimEnd()
    return [
      { at: after.now, mark: 'attention' as const, title: 'health', text, details: trouble?.details ?? [] },
    ]
  })
}

function refusals(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  return (['act', 'route', 'watch'] as const).flatMap((what) => {
    const now = after.refusals[what]
    if (now === null || now.times === before.refusals[what]?.times) return []
    const isTelling = now.times === 1 || now.times % 5 === 0
    return isTelling
      ? [tell('attention', 'refused', `${now.message}; refused ${now.times}×, will be tried again`)]
      : []
  })
}

// Traffic that moves although no step moved it: a release had nothing ready.
function rerouted(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  if (before.lastWeights === null || after.lastWeights === null) return []
  const isPlanned = sameWeights(after.lastWeights, after.planned.weights)
  if (sameWeights(before.lastWeights, after.lastWeights) || isPlanned) return []
  const silent = Object.keys(after.planned.weights).filter(
    (release) => shareOf(after.lastWeights!, release) === 0,
  )
  const fact = tell(
    'attention',
    'router',
    `${silent.join(', ')} has nothing ready: ${describeWeights(after.lastWeights)}`,
  )
  const isStuck = after.status === 'undoing' && shareOf(after.lastWeights, after.candidate.release) === WHOLE
  const todo = `it goes back as soon as ${silent.join(', ')} is ready. To keep ${after.candidate.release}: sluice promote --full`
  return [isStuck ? { ...fact, todo } : fact]
}

function ended(before: Rollout, after: Rollout, tell: Tell): Fact[] {
  if (isOver(before) || !isOver(after)) return []
  const tookMs = (after.endedAt ?? after.now) - after.startedAt
  if (after.kind === 'drill') return [tell(...endOfDrill(after, tookMs))]
  if (after.status === 'succeeded')
    return [tell('done', 'end', `${after.candidate.release} is live after ${seconds(tookMs)}`)]
  const back = after.stable === null ? 'nothing is deployed' : `${after.stable.release} serves all`
  return [tell('failed', 'end', `rolled back after ${seconds(tookMs)}: ${back}`)]
}

function endOfDrill({ candidate, stable, status }: Rollout, tookMs: number): Parameters<Tell> {
  const how = status === 'succeeded' ? 'was not caught and has' : 'has'
  const text = `${candidate.release} ${how} ended after ${seconds(tookMs)}; ${stable?.release} served all users`
  return [status === 'succeeded' ? 'failed' : 'done', 'end', text]
}

/** `r8 5 of 120 failed · r7 1 of 1,080 failed`, since the rollout began. */
export function describeCounts(rollout: Rollout): string {
  const { nC, xC, nS, xS } = rollout.guard.total
  if (nC + nS === 0) return 'no requests were counted'
  const candidate = `${rollout.candidate.release} ${xC} of ${nC.toLocaleString('en')} failed`
  if (rollout.stable === null) return candidate
  return `${candidate} · ${rollout.stable.release} ${xS} of ${nS.toLocaleString('en')} failed`
}

/** `5 % → r8, 95 % → r7`. */
export function describeWeights(weights: Weights): string {
  const parts = Object.entries(weights).filter(([, share]) => share > 0)
  if (parts.length === 0) return 'nothing serves'
  return parts.map(([release, share]) => `${percent(share)} → ${release}`).join(', ')
}

function seconds(ms: number): string {
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  return `${Number((ms / 60_000).toFixed(1))} min`
}
