import type { LoadReport } from './load.ts'
import type { Passage } from './passage.ts'

export interface DemoReport {
  requests: {
    sent: number
    answered: number
    /** No answer, a broken one, or an error that no release's own code gave. Must be 0. */
    failedBySluice: number
    /** Errors that a release answered itself, per release. */
    failedByRelease: Record<string, number>
    /** GETs whose idle connection had been closed. */
    sentAgain: number
    p99Ms: number
    longestGapMs: number
  }
  /** From the first to the last answer of the bad release. */
  badExposureMs: number
  badAnswers: number
  passages: Passage[]
  /** Everything that did not hold, each a sentence; empty when the demo has shown what it should. */
  wrongs: string[]
}

const badRelease = 'r4'

/** Counts what the users met, and says what did not hold. */
export function reportOf(
  seen: LoadReport,
  passages: Passage[],
  expected: string[],
  requestsPerSecond: number,
): DemoReport {
  const failedByRelease = Object.fromEntries(
    Object.entries(seen.releases)
      .map(([release, { byStatus }]) => [release, serverErrors(byStatus)] as const)
      .filter(([, count]) => count > 0),
  )
  const own = Object.values(failedByRelease).reduce((sum, count) => sum + count, 0)
  const failedBySluice = seen.failedCount + serverErrors(seen.byStatus) - own
  const bad = seen.releases[badRelease]
  const report: DemoReport = {
    requests: {
      sent: seen.sent,
      answered: seen.answered,
      failedBySluice,
      failedByRelease,
      sentAgain: seen.staleRetries,
      p99Ms: seen.latency.p99Ms,
      longestGapMs: seen.longestGapMs,
    },
    badExposureMs: bad === undefined ? 0 : bad.lastAt - bad.firstAt,
    badAnswers: bad === undefined ? 0 : Object.values(bad.byStatus).reduce((sum, count) => sum + count, 0),
    passages,
    wrongs: [],
  }
  return { ...report, wrongs: wrongsOf(report, seen, expected, requestsPerSecond) }
}

function wrongsOf(
  report: DemoReport,
  seen: LoadReport,
  expected: string[],
  requestsPerSecond: number,
): string[] {
  const { requests, passages } = report
  const wrongs: string[] = []
  if (requests.failedBySluice > 0) {
    const details = seen.failed
      .slice(0, 3)
      .map((failure) => `${failure.method} ${failure.kind}: ${failure.detail}`)
    wrongs.push(`${requests.failedBySluice} requests failed because of Sluice. ${details.join('; ')}`)
  }
  for (const [release, count] of Object.entries(requests.failedByRelease)) {
    if (release !== badRelease) wrongs.push(`${release} failed ${count} requests, and it is a good release`)
  }
  expected.forEach((status, index) => {
    const found = passages[index]
    if (found?.status !== status)
      wrongs.push(`r${index + 1} ended ${found?.status ?? 'never'}; wanted ${status}`)
  })
  if (!passages.some((passage) => passage.agentKilled)) wrongs.push('the agent was not killed')
  if (requests.answered < requestsPerSecond) wrongs.push(`only ${requests.answered} requests were answered`)
  return wrongs
}

function serverErrors(byStatus: Record<number, number>): number {
  return Object.entries(byStatus)
    .filter(([status]) => Number(status) >= 500)
    .reduce((sum, [, count]) => sum + count, 0)
}
