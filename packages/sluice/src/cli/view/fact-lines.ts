import type { Fact } from '../../core/narrate.ts'
import type { Ms } from '../../core/release.ts'
import { evidenceLines } from './error.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'
import { pad } from './text.ts'
import { elapsed } from './time.ts'

/** `✓ 2.1 s   settle         2 of 2 of r8 ready`. A failure goes on with what was wanted, found and is to do. */
export function factLines(fact: Fact, startedAt: Ms, paint: Paint): string[] {
  const head = factHead(fact, fact.at - startedAt, paint)
  if (fact.mark === 'failed') return failureLines(head, fact, paint)
  return [`${head} ${fact.text}`, ...evidenceLines(fact, paint)]
}

/** Mark, time and title, in columns. */
export function factHead(
  { mark: kind, title }: Pick<Fact, 'mark' | 'title'>,
  sinceMs: number,
  paint: Paint,
): string {
  return `${mark(kind, paint)} ${paint.dim(pad(elapsed(sinceMs), 7))} ${pad(title, 14)}`
}

/** How a target words a failure: `r8 never became ready. wanted …; found …`. */
const wantedAndFound = /^(.*?)\. wanted (.*?); found (?:that )?(.*)$/s

function failureLines(head: string, { text, todo, details = [] }: Fact, paint: Paint): string[] {
  const [, what = text, wanted, found] = wantedAndFound.exec(text) ?? []
  const rows = { wanted, found, do: todo?.replaceAll('\n', '\n           ') }
  return [
    `${head} ${paint.bold(what)}`,
    ...Object.entries(rows).flatMap(([label, row]) =>
      row === undefined ? [] : [`  ${pad(label, 8)} ${row}`],
    ),
    ...evidenceLines({ details }, paint),
  ]
}
