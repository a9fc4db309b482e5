import type { AppFacts } from '../../detect/facts.ts'
import { failedShare, requestMetrics } from './request-metrics.ts'

/** What is promised, until somebody promises something else. */
export const objective = { percent: 99.9, window: '30d' }

/** The share of requests that may fail. */
const budget = 0.001

/** The share of requests that were answered well, from 0 to 1, in PromQL. */
export function indicator(app: AppFacts): string {
  // Nothing failed: no series says so.
  return `1 - (${failedShare(requestMetrics(app), app.name, objective.window)} or vector(0))`
}

/** How fast the budget burns: `times` as fast as it may, over a long window, and still over a short one. */
export interface Burn {
  times: number
  long: string
  short: string
}

/**
 * Of Google's SRE workbook, chapter 5: 2 % of the budget in an hour, 5 % in six hours; 10 % in three days. The short window,
 * a twelfth of the long one, ends the alert soon after the trouble has ended.
 */
export const burns: { fast: Burn[]; slow: Burn[] } = {
  fast: [
    { times: 14.4, long: '1h', short: '5m' },
    { times: 6, long: '6h', short: '30m' },
  ],
  slow: [{ times: 1, long: '3d', short: '6h' }],
}

/** Whether any of them happens, in PromQL. */
export function burning(app: AppFacts, some: Burn[]): string {
  const over = (window: string, times: number) =>
    `${failedShare(requestMetrics(app), app.name, window)} > ${times} * ${budget}`
  return some
    .map(({ times, long, short }) => `(${over(long, times)}\n  and ${over(short, times)})`)
    .join('\nor ')
}
