import type { Answer, Status } from '../check.ts'

/** What weighs more comes first: one place that fails is enough, and doubt about another takes nothing from it. */
const gravity: Status[] = ['fail', 'unknown', 'warn', 'pass', 'na']

const MOST_SAID = 3
const MOST_SHOWN = 8

/**
 * One answer for several places in which an app runs, or several things that all have to hold. `otherwise` is taken where
 * none of them is there.
 */
export function together(answers: readonly (Answer | null)[], otherwise: Answer): Answer {
  const all = answers.filter((answer) => answer !== null)
  const status = gravity.find((one) => all.some((answer) => answer.status === one))
  if (status === undefined) return otherwise
  const heard = all.filter((answer) => answer.status === status)
  const sentences = [...new Set(heard.map(({ says }) => says))]
  const more = sentences.length > MOST_SAID ? [`and ${sentences.length - MOST_SAID} more`] : []
  return {
    status,
    says: [...sentences.slice(0, MOST_SAID), ...more].join('; '),
    evidence: heard.flatMap(({ evidence }) => evidence).slice(0, MOST_SHOWN),
  }
}
