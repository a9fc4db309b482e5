import type { BootCounts, Cohort, RatioCounts } from '../core/counts.ts'
import type { EnvironmentId, ReleaseId } from '../core/release.ts'
import type { Router } from '../routers/router.ts'

/** Whose requests are asked about. */
export interface Question {
  environment: EnvironmentId
  /** Candidate and stable. */
  releases: ReleaseId[]
  /** Default: users. A source that cannot tell the two apart has nothing to say of others. */
  cohort?: Cohort
}

/** What a source has counted until now. All counts are cumulative, so a reading that is repeated or missed does no harm. */
export interface Reading {
  boots: BootCounts[]
  ratios: RatioCounts[]
}

/** Where counts come from. It never judges: only the core turns numbers into verdicts. */
export interface MetricSource {
  /** Throws a SluiceError of kind `outside` when it cannot be read; that is missing data, and never held against a release. */
  read(question: Question): Promise<Reading>
  close(): Promise<void>
}

/** What every source is opened with. */
export interface SourceOptions {
  /** Its counts are always a source. */
  router: Pick<Router, 'counts'>
  /** Where another source is reached; null for the router's. */
  server: MetricServer | null
  queries: RatioQuery[]
}

/** A server that is asked for metrics. */
export interface MetricServer {
  /** `http://prometheus:9090`, with a path prefix where it has one. */
  url: string
  /** A file with the bearer token, read anew for each reading; null: none is sent. */
  tokenFile: string | null
  timeoutMs: number
}

/** One metric of the user's own: two counters, each asked for with a query in the language of its source. */
export interface RatioQuery {
  metric: string
  bad: string
  total: string
}
