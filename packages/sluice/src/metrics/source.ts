import type { BootCounts } from '../core/counts.ts'
import type { EnvironmentId } from '../core/release.ts'

/** Where counts come from. Returns what was counted; the core alone turns it into a verdict. */
export interface MetricSource {
  counts(environment: EnvironmentId): Promise<BootCounts[]>
}
