import type { Fact } from '../../core/narrate.ts'
import type { Ms } from '../../core/release.ts'
import type { ExplainAnswer, RolloutSummary } from '../../server/contract.ts'
import { evidenceLines } from './error.ts'
import { endOf } from './history.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { change } from './story.ts'
import { counted, pad } from './text.ts'
import { clock, dateAndClock } from './time.ts'

/** The timeline of a rollout with its reasons, and whether it can be recomputed. */
export function explainLines({ rollout, entries, replays }: ExplainAnswer, paint: Paint): string[] {
  return [
    paint.bold(headOf(rollout)),
    ...entries.flatMap(({ facts }) => facts.flatMap((fact) => factLines(fact, rollout.startedAt, paint))),
    ` ${countsOf(rollout)}`,
    replayLine(replays, paint),
  ]
}

function headOf(rollout: RolloutSummary): string {
  const { environment, strategy, startedAt, endedAt, startedBy } = rollout
  const end = endedAt === null ? 'now' : clock(endedAt)
  return `${change(rollout)} by ${strategy}, ${environment}, ${dateAndClock(startedAt)} … ${end}, by ${startedBy}: ${endOf(rollout)}`
}

function factLines(fact: Fact, startedAt: Ms, paint: Paint): string[] {
  const since = `+${(fact.at - startedAt).toLocaleString('en')} ms`
  const when = `${clock(fact.at)}  ${since.padStart(12)}`
  return [
    ` ${paint.dim(when)}  ${mark(fact.mark, paint)} ${pad(fact.title, 14)} ${fact.text}`,
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
