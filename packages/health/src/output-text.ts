const MOST_CHARS = 200
const UNREADABLE = 'failed with something that cannot be shown'

/** What may be shown of a text that somebody else wrote: short, and without what looks like a secret. */
export function outputText(text: string): string {
  // Bounded before it is searched, so that a huge message costs nothing, and again after, because it is shown.
  return bounded(withoutSecrets(bounded(text, MOST_CHARS * 10)), MOST_CHARS)
}

/** The message of whatever was thrown, and nothing else of it: a stack or a cause tells too much. */
export function thrownText(thrown: unknown): string {
  try {
    return outputText(messageOf(thrown)) || UNREADABLE
  } catch {
    return UNREADABLE
  }
}

function messageOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown)
  const { message, code, name } = thrown as Record<string, unknown>
  // A refused connection to a name with two addresses is an AggregateError with a code and no message.
  const told = [message, code, name].find((part) => typeof part === 'string' && part !== '')
  return told === undefined ? UNREADABLE : String(told)
}

function withoutSecrets(text: string): string {
  return text
    .replace(/(:\/\/)[^\s/?#]*@/g, '$1***@')
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 ***')
    .replace(
      /((?:password|passwd|pwd|secret|token|api[-_]?key|credentials?)["']?\s*[=:]\s*)("[^"]*"?|'[^']*'?|[^\s,;&]+)/gi,
      '$1***',
    )
}

function bounded(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
