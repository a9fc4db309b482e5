import type { DemoReport } from './report.ts'

/** What the demo has shown, as lines. */
export function table(report: DemoReport): string[] {
  const { requests } = report
  const rows: [string, string][] = [
    ['requests sent', number(requests.sent)],
    ['answered', number(requests.answered)],
    ['failed because of Sluice', `${number(requests.failedBySluice)}   (must be 0)`],
    [
      'failed by r4, a bad release',
      `${number(requests.failedByRelease.r4 ?? 0)} of the ${report.badAnswers} that met it`,
    ],
    ['r4 was met for', seconds(report.badExposureMs)],
    ['longest time without any answer', `${Math.round(requests.longestGapMs)} ms`],
    ['slowest 1 % of the answers', `${requests.p99Ms.toFixed(1)} ms and more`],
  ]
  return [
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(34)}${value}`),
    '',
    `  ${'release'.padEnd(9)}${'strategy'.padEnd(13)}${'ended'.padEnd(14)}${'after'.padEnd(9)}switches seen at every worker after`,
    ...report.passages.map(
      ({ release, strategy, status, tookMs, switchMs, rollbackMs, agentKilled }) =>
        `  ${release.padEnd(9)}${strategy.padEnd(13)}${status.padEnd(14)}${seconds(tookMs).padEnd(9)}${[
          switchMs.map((ms) => `${ms} ms`).join(', '),
          ...(rollbackMs === null ? [] : [`back on stable ${rollbackMs} ms after the verdict`]),
          ...(agentKilled ? ['agent killed and resumed'] : []),
        ].join('; ')}`,
    ),
    '',
    ...(report.wrongs.length === 0
      ? ['✓ No request was lost; the bad release was rolled back by itself; the killed agent went on.']
      : report.wrongs.map((wrong) => `✗ ${wrong}`)),
  ]
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
