import { describeRatio } from '../../core/analysis/describe-evidence.ts'
import type { Fact } from '../../core/narrate.ts'
import type { Ms } from '../../core/release.ts'
import type { ExplainAnswer, RolloutSummary } from '../../server/contract.ts'
import { evidenceLines } from './error.ts'
import { sumLine } from './evidence.ts'
import { endOf } from './history.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { change } from './story.ts'
import { counted, pad } from './text.ts'
import { clock, dateAndClock } from './time.ts'

/** The timeline of a rollout with its reasons, and whether it can be recomputed. */
export function explainLines(answer: ExplainAnswer, paint: Paint): string[] {
  const { rollout, replays, analysis } = answer
  return [
    paint.bold(headOf(rollout)),
    ...timeline(answer, paint),
    ` ${countsOf(rollout)}`,
    replayLine(replays, paint),
    ...(analysis === null ? [] : testLines(analysis, paint)),
  ]
}

/** Facts and ticks in the order in which they happened. */
function timeline({ rollout, entries, analysis }: ExplainAnswer, paint: Paint): string[] {
  const { startedAt } = rollout
  const told = entries.flatMap(({ seq, facts }) =>
    facts.map((fact) => ({ seq, lines: factLines(fact, startedAt, paint) })),
  )
  const ticks = (analysis?.ticks ?? []).map((tick) => ({
    seq: tick.seq,
    lines: tickLines(tick, rollout, paint),
  }))
  return [...ticks, ...told].sort((a, b) => a.seq - b.seq).flatMap(({ lines }) => lines)
}

const lowTrust =
  'less than half an hour of this app was known, or the instances of its old release differ among themselves'

function tickLines(
  { at, evidence, failuresToRollback }: Tick,
  rollout: RolloutSummary,
  paint: Paint,
): string[] {
  const { startedAt, from, to } = rollout
  const errors =
    evidence.metrics.find(({ id }) => id === (evidence.leading ?? 'errors')) ?? evidence.metrics[0]
  const taken =
    failuresToRollback === null || failuresToRollback === 0
      ? ''
      : `; ${counted(failuresToRollback, 'more failure')} on end would have been enough`
  const counts =
    errors === undefined || from === null
      ? ''
      : `${errors.id}: ${to} ${errors.xC.toLocaleString('en')} of ${errors.nC.toLocaleString('en')}, ${from} ${errors.xS.toLocaleString('en')} of ${errors.nS.toLocaleString('en')}, ratio ${describeRatio(errors.ratio)} · `
  return [
    ` ${timeOf(at, startedAt, paint)}  ${paint.dim('·')} ${pad('tick', 14)} ${paint.dim(`${counts}${sumLine({ ...evidence, lowTrust: false })}${taken}`)}`,
  ]
}

function testLines({ tests, agrees, ticks }: NonNullable<ExplainAnswer['analysis']>, paint: Paint): string[] {
  const isLow = ticks.at(-1)?.evidence.lowTrust === true
  const trust = isLow ? [` ${mark('attention', paint)} low trust: ${lowTrust}`] : []
  const same =
    agrees === null
      ? []
      : agrees
        ? [` every verdict recomputed from the counts: the same ${mark('done', paint)}`]
        : [
            ` ${mark('failed', paint)} a verdict recomputed from the counts is another. Please report it to the issue tracker of Sluice.`,
          ]
  return [...same, ...trust, ' What was tested:', ...tests.map((line) => paint.dim(`   ${line}`))]
}

type Tick = NonNullable<ExplainAnswer['analysis']>['ticks'][number]

function timeOf(at: Ms, startedAt: Ms, paint: Paint): string {
  const since = `+${(at - startedAt).toLocaleString('en')} ms`
  return paint.dim(`${clock(at)}  ${since.padStart(12)}`)
}

function headOf(rollout: RolloutSummary): string {
  const { environment, strategy, startedAt, endedAt, startedBy } = rollout
  const end = endedAt === null ? 'now' : clock(endedAt)
  return `${change(rollout)} by ${strategy}, ${environment}, ${dateAndClock(startedAt)} … ${end}, by ${startedBy}: ${endOf(rollout)}`
}

function factLines(fact: Fact, startedAt: Ms, paint: Paint): string[] {
  return [
    ` ${timeOf(fact.at, startedAt, paint)}  ${mark(fact.mark, paint)} ${pad(fact.title, 14)} ${fact.text}`,
    ...evidenceLines(fact, paint).map((line) => `   ${line}`),
  ]
}

function countsOf({ from, to, counts: { candidate, stable } }: RolloutSummary): string {
  const arm = (release: string, { requests, bad }: { requests: number; bad: number }) =>
    `${release} ${counted(requests, 'request')}, ${bad.toLocaleString('en')} failed`
  return [arm(to, candidate), ...(from === null ? [] : [arm(from, stable)])].join(' · ')
}

function replayLine(replays: boolean | null, paint: Paint): string {
  if (replays === null) return ' written by another version of the engine: shown, not judged anew'
  if (replays) return ` recomputed from the journal: the same state ${mark('done', paint)}`
  return ` ${mark('failed', paint)} recomputed from the journal: another state. Please report it to the issue tracker of Sluice.`
}
