import type { AppFacts } from '../../detect/facts.ts'
import type { AlertGroup } from './alert.ts'
import { failedShare, requestMetrics, requestRate } from './request-metrics.ts'
import { burning, burns, objective } from './slo.ts'
import { steps } from './steps.ts'

/** What those who use the app notice. */
export function serviceAlerts(app: AppFacts): AlertGroup {
  const metrics = requestMetrics(app)
  const job = app.name
  return {
    name: `${job}-service`,
    source: `${metrics.exporter}, as the job ${job}. Leave the health paths out of what is counted.`,
    alerts: [
      {
        name: 'NoInstanceUp',
        severity: 'critical',
        for: '2m',
        expr: `absent(up{job="${job}"} == 1)`,
        summary: `No instance of ${job} answers, or Prometheus knows of none.`,
        noticed: 'Nothing works.',
        look: ['Does anything run? `sluice status`.', steps.newRelease, steps.printed],
        act: [
          steps.back,
          'Nothing runs, as after a restart of the machine: `sluice up`.',
          'All is well there: Prometheus no longer finds it. Look at its targets.',
        ],
      },
      {
        name: 'InstanceDown',
        severity: 'warning',
        for: '5m',
        expr: `up{job="${job}"} == 0`,
        summary: 'The instance {{ $labels.instance }} does not answer.',
        noticed: 'Nothing yet, while others serve. It is slower when the rest have too much to do.',
        look: ['Which one, and since when? `sluice status --watch`.', steps.printed],
        act: [
          'It comes and goes: it is ended for using too much memory, or liveness fails. Read why.',
          steps.back,
        ],
      },
      {
        name: 'HighErrorRate',
        severity: 'critical',
        for: '5m',
        // Of a handful of requests, one that fails is many.
        expr: `${failedShare(metrics, job, '5m')} > 0.05\nand ${requestRate(metrics, job, '5m')} > 0.1`,
        summary: '{{ $value | humanizePercentage }} of the requests fail.',
        noticed: 'One request in twenty or more ends with an error.',
        look: [steps.newRelease, steps.printed, 'Which pages, and is it every instance?'],
        act: [steps.back, steps.others],
      },
      {
        name: 'HighLatency',
        severity: 'warning',
        for: '10m',
        expr: `histogram_quantile(0.99, sum by (le) (rate(${metrics.seconds}_bucket{job="${job}"}[5m]))) > 1`,
        summary: 'One request in a hundred takes longer than {{ $value | humanizeDuration }}.',
        noticed: 'Some pages are slow.',
        look: [
          steps.newRelease,
          'Is there more traffic than usual? `sluice status --watch`.',
          'Are the machines at their limit?',
        ],
        act: [
          steps.back,
          'More traffic than usual: more instances (`instances` in sluice.yaml, then `sluice deploy`).',
          steps.others,
        ],
      },
      {
        name: 'ErrorBudgetBurnsFast',
        severity: 'critical',
        for: '2m',
        expr: burning(app, burns.fast),
        summary: `At this rate the errors of ${objective.window} are used up in days: {{ $value | humanizePercentage }} of the requests fail.`,
        noticed: 'Errors, for an hour or for some hours.',
        look: [steps.newRelease, steps.printed],
        act: [steps.back, steps.others],
      },
      {
        name: 'ErrorBudgetBurnsSlowly',
        severity: 'warning',
        for: '15m',
        expr: burning(app, burns.slow),
        summary: `Errors for days: {{ $value | humanizePercentage }} of the requests, and ${objective.percent} % are to succeed.`,
        noticed: 'Now and then an error.',
        look: [
          'Which errors come again? `sluice logs --lines 1000`.',
          'Since which release? `sluice history`.',
        ],
        act: ['Nobody has to get up. Find the cause before the next feature.'],
      },
    ],
  }
}
