/** RFC 9110, 9.2.2, without TRACE. A method that is not known to be here may not be sent twice. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

export type AttemptFailure = 'refused' | 'reset' | 'badHead' | 'timeout'

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}

/**
 * Whether a request that failed like this may be sent again. Refused: the app has seen nothing of it. Reset: it may have
 * done all of it. Timeout: it may still be at work. A bad head: it has answered.
 */
export function isRepeatable(cause: AttemptFailure, method: string): boolean {
  return cause === 'refused' || (cause === 'reset' && IDEMPOTENT.has(method))
}
