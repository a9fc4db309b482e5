import { type Answer, type Evidence, fail, pass, unknown, warn } from '../check.ts'

/** What was found while reading, by what it means for the check. */
export interface Weighed {
  bad: Evidence[]
  /** Better than nothing. */
  weak: Evidence[]
  /** What could not be told. */
  open: Evidence[]
  good: Evidence[]
}

const MOST_SHOWN = 8

/** All of these together; nothing where there are none. */
export function merged(...parts: Partial<Weighed>[]): Weighed {
  const all = (key: keyof Weighed) => parts.flatMap((part) => part[key] ?? [])
  return { bad: all('bad'), weak: all('weak'), open: all('open'), good: all('good') }
}

/**
 * The worst that was found decides; each answer says what its first piece of evidence says, and how many more there are.
 * With no evidence at all nobody can tell.
 */
export function answerOf({ bad, weak, open, good }: Weighed, passed: string): Answer {
  if (bad.length > 0) return fail(summary(bad), bad.slice(0, MOST_SHOWN))
  if (open.length > 0) return unknown(summary(open), open.slice(0, MOST_SHOWN))
  if (weak.length > 0) return warn(summary(weak), [...weak, ...good].slice(0, MOST_SHOWN))
  if (good.length > 0) return pass(passed, good.slice(0, MOST_SHOWN))
  return unknown('nothing was found that could be judged')
}

function summary(evidence: Evidence[]): string {
  const [first] = evidence
  const place = first!.file === undefined ? '' : ` (${first!.file}${first!.line ? `:${first!.line}` : ''})`
  const more = evidence.length > 1 ? `, and ${evidence.length - 1} more` : ''
  return `${first!.says}${place}${more}`
}
