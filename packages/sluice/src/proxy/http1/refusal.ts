/** What a client is told about a message that is refused; 502 is for a response of the app. */
export type RefusalStatus = 400 | 405 | 408 | 414 | 417 | 431 | 501 | 502 | 505

/** A message that is not let through. After it nothing more on that connection is parsed. */
export interface Refusal {
  refused: true
  status: RefusalStatus
  /** For logs and counters, in a few words: `bare LF`. Never holds bytes of the message. */
  reason: string
}

export function refuse(status: RefusalStatus, reason: string): Refusal {
  return { refused: true, status, reason }
}

/** Tells a refusal from what was parsed. */
export function isRefusal(result: object): result is Refusal {
  return 'refused' in result
}
