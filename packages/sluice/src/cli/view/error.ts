import { catalogue, type ErrorFacts, SluiceError } from '../../errors.ts'
import { mark } from './mark.ts'
import type { Paint } from './paint.ts'

/** An error for a person: what was wanted and found, what to do, then the evidence. */
export function errorLines(facts: ErrorFacts, paint: Paint): string[] {
  if (catalogue[facts.code] === 'bug') return bugLines(facts, paint)
  const [first = '', ...more] = facts.message.split('\n')
  return [
    `${mark('failed', paint)} ${first}`,
    ...more.map((line) => `  ${line}`),
    ...evidenceLines(facts, paint),
  ]
}

/** What to do, and details below it; the same for errors and for rollouts that turned back. */
export function evidenceLines(
  { todo, details = [] }: Pick<ErrorFacts, 'todo' | 'details'>,
  paint: Paint,
): string[] {
  const lines = todo === undefined ? [] : todo.split('\n')
  return [...lines.map((line) => `  ${line}`), ...details.map((line) => paint.dim(`    ${line}`))]
}

/** By the error's kind. */
export function errorExitCode(facts: ErrorFacts): number {
  return SluiceError.from(facts).exitCode
}

function bugLines({ message, details = [] }: ErrorFacts, paint: Paint): string[] {
  return [
    `${mark('failed', paint)} A bug in Sluice: ${message}`,
    '  Please report it to the issue tracker of Sluice, with these lines and `sluice --version`:',
    ...details.map((line) => paint.dim(`    ${line}`)),
  ]
}
