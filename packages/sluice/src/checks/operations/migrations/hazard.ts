/** Something in a migration that the release before may not survive. */
export interface Hazard {
  says: string
  /** From 1. */
  line: number
  /** False: whether it does harm cannot be told by reading. */
  isSure: boolean
}

/** What is known while migrations are judged one after the other. */
export interface Judged {
  isPostgres: boolean
  /** Tables that these migrations make, which nobody uses yet; in lower case. */
  created: Set<string>
}

export function nothingJudged(): Judged {
  return { isPostgres: false, created: new Set() }
}
