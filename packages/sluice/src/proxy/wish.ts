import type { Cohort } from './counters.ts'
import type { Fault } from './drill.ts'
import type { Environment } from './environment.ts'
import type { Release } from './release.ts'

/** What a request asks of the choice. */
export interface Wish {
  environment: Environment
  cohort: Cohort
  /** A preview or a forced release; null lets the weights decide. */
  release: Release | null
  /** Of the user, in a sticky environment. */
  key: string | null
  /** Of a drill's request; null for every other. */
  fault: Fault | null
  /** Field lines for the answer: a cookie for the user. */
  lines: readonly string[]
}
