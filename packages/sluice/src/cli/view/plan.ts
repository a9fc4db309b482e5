import type { Step } from '../../core/plan.ts'
import type { ReleaseId } from '../../core/release.ts'
import { percent, shareOf } from '../../core/weights.ts'
import type { PlanAnswer } from '../../server/contract.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { change } from './story.ts'
import { table } from './text.ts'
import { roughly } from './time.ts'

/** What will happen, what it needs, what happens if it is worse, and what the other strategies would cost. */
export function planLines(plan: PlanAnswer, paint: Paint): string[] {
  const { app, environment, strategy, from, to, warnings } = plan
  const releases = change({ from: from?.release ?? null, to: to.release })
  return [
    `${paint.bold(`${app} → ${environment}`)}: ${releases} by ${strategy}`,
    ...stepLines(plan, paint),
    `  expected: ${roughly(plan.price.expectedMs)}${from === null ? '' : `, and ${extra(plan)}`}`,
    ...afterLines(plan),
    ...warnings.map((warning) => `${mark('attention', paint)} ${warning}`),
    `If it is worse: ${wayBack(plan)}`,
    configurationLine(plan),
    ...comparison(plan, paint),
    `Recommended: ${paint.bold(plan.recommended.strategy)}, because ${plan.recommended.why}.`,
  ]
}

function stepLines({ steps, to }: PlanAnswer, paint: Paint): string[] {
  const rows = rowsOf(steps, to.release).map((row, index) => [`  ${index + 1}`, row.what, row.time])
  const [head = '', ...lines] = table([['  #', 'step', 'time'], ...rows])
  return [paint.dim(head), ...lines]
}

interface Row {
  what: string
  time: string
}

// A shift, the proof of it and the watch after it are one thing to a reader.
function rowsOf(steps: PlanAnswer['steps'], candidate: ReleaseId): Row[] {
  const rows: Row[] = []
  for (const { step, text } of steps) {
    const last = rows.at(-1)
    const isPart = step.kind === 'verify' || (step.kind === 'analyze' && last?.what.startsWith('shift'))
    if (last === undefined || !isPart)
      rows.push({ what: `${step.kind} ${textOf(step, text, candidate)}`, time: timeOf(step) })
    else if (step.kind === 'analyze')
      Object.assign(last, { what: `${last.what}, analyze`, time: timeOf(step) })
  }
  return rows
}

// Stable has the rest.
function textOf(step: Step, text: string, candidate: ReleaseId): string {
  const share = step.kind === 'shift' ? shareOf(step.weights, candidate) : 0
  return share > 0 ? `${percent(share)} → ${candidate}` : text
}

function timeOf(step: Step): string {
  switch (step.kind) {
    case 'analyze':
      return roughly(step.forMs)
    case 'settle':
      return step.deadlineMs === null
        ? 'as it takes'
        : `as the app takes, at most ${roughly(step.deadlineMs)}`
    case 'drain':
      return `at most ${roughly(step.deadlineMs)}`
    case 'gate':
      return 'as a person takes'
    case 'provision':
    case 'shift':
    case 'verify':
    case 'hook':
    case 'retire':
      return ''
  }
}

function extra({ price: { extraInstances }, from }: PlanAnswer): string {
  if (extraInstances === 0) return 'no instance more than now'
  return `at the peak ${extraInstances} more beside the ${from?.count} running`
}

function afterLines({ from, keepWarmMs }: PlanAnswer): string[] {
  if (from === null || keepWarmMs === 0) return []
  return [`  after: ${from.release} stays warm for ${roughly(keepWarmMs)}, then it is retired`]
}

function wayBack({ from, price, steps }: PlanAnswer): string {
  if (from === null) return 'what was started is ended again; there is nothing to go back to.'
  if (price.interrupts) return `${from.release} is started again; users wait meanwhile. Nobody is asked.`
  const isKept = !partsBeforeVerdict(steps, from.release)
  if (isKept) return `traffic goes back to ${from.release}, which still runs, at once; nobody is asked.`
  return `${from.release}'s instances are started again and take their traffic back as they are ready; nobody is asked.`
}

// Whether instances of stable end while the candidate is still to be judged.
function partsBeforeVerdict(steps: PlanAnswer['steps'], stable: ReleaseId): boolean {
  const first = steps.findIndex(({ step }) => step.kind === 'retire' && step.release === stable)
  const later = first < 0 ? [] : steps.slice(first)
  return later.some(({ step }) => step.kind === 'shift' || step.kind === 'analyze')
}

function configurationLine({ configuration: { added, changed, removed } }: PlanAnswer): string {
  const names = [
    ...changed.map((name) => `${name} (changed)`),
    ...added.map((name) => `${name} (new)`),
    ...removed.map((name) => `${name} (gone)`),
  ]
  return names.length === 0 ? 'Configuration: as it is.' : `Configuration: ${names.join(', ')}.`
}

function comparison({ compared, strategy, recommended }: PlanAnswer, paint: Paint): string[] {
  const [head = '', ...lines] = table([
    ['  compared', 'done in', 'more instances', 'a bad release meets', ''],
    ...compared.map((other) => [
      `${other.strategy === strategy ? '→' : ' '} ${other.strategy}`,
      ...(other.refusal === null ? priceCells(other.price) : ['cannot', '', '', other.refusal]),
      other.strategy === recommended.strategy ? 'recommended' : '',
    ]),
  ])
  return [paint.dim(head), ...lines]
}

function priceCells(price: PlanAnswer['price']): string[] {
  const { expectedMs, extraInstances, exposedBasisPoints, interrupts, serveTogether } = price
  const risk = interrupts ? 'users wait meanwhile' : serveTogether ? 'both releases serve at once' : ''
  return [roughly(expectedMs), String(extraInstances), `${percent(exposedBasisPoints)} of users`, risk]
}
