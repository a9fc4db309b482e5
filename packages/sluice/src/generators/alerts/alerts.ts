import type { AppFacts } from '../../detect/facts.ts'
import { type Generator, madeBy } from '../generator.ts'
import type { GeneratorRequest } from '../request.ts'
import { type Alert, type AlertGroup, anchorOf } from './alert.ts'
import { dependenciesOf, dependencyAlerts } from './dependency-alerts.ts'
import { publicAlerts } from './public-alerts.ts'
import { requestMetrics } from './request-metrics.ts'
import { saturationAlerts } from './saturation-alerts.ts'
import { serviceAlerts } from './service-alerts.ts'

/** When somebody is told, in rules for Prometheus. What then: the runbook; who: on-call. */
export const alerts: Generator = {
  summary: 'alerting rules for Prometheus',
  isOptional: true,

  generate(request) {
    const { app } = request
    const groups = alertGroups(app)
    const lines = [
      madeBy(),
      '# When somebody is told. Each alert has its section in runbook.md; who is told is in on-call.yaml, under the owner.',
      '# A critical one wakes somebody, a warning wakes nobody. An alert whose metrics nobody exposes never fires, but for those',
      '# with absent(), which then fire: install what is named above each group, or take its alerts out.',
      'groups:',
      ...groups.flatMap((group) => groupLines(group, request)),
      '',
    ]
    return {
      files: [{ path: 'ops/alerts.yaml', content: lines.join('\n') }],
      notes: [`ops/alerts.yaml counts what is exposed by ${requestMetrics(app).exporter}.`],
    }
  },
}

/** Every alert of an app, in the order in which they matter. */
export function alertGroups(app: AppFacts): AlertGroup[] {
  return [
    serviceAlerts(app),
    publicAlerts(app),
    saturationAlerts(app),
    ...dependenciesOf(app).map((one) => dependencyAlerts(app, one)),
  ]
}

function groupLines({ name, source, alerts: all }: AlertGroup, request: GeneratorRequest): string[] {
  return [
    `  # Exposed by ${source}`,
    `  - name: ${name}`,
    '    rules:',
    ...all.flatMap((alert) => rule(alert, request)),
  ]
}

function rule(alert: Alert, request: GeneratorRequest): string[] {
  const place = `ops/runbook.md#${anchorOf(alert)}`
  const url = addressOf(place, request)
  return [
    `      - alert: ${alert.name}`,
    '        expr: |',
    ...alert.expr.split('\n').map((line) => `          ${line}`),
    `        for: ${alert.for}`,
    '        labels:',
    `          severity: ${alert.severity}`,
    `          owner: ${request.app.name}`,
    '        annotations:',
    `          summary: ${JSON.stringify(alert.summary)}`,
    `          runbook: ${place}`,
    ...(url === null ? [] : [`          runbook_url: ${url}`]),
  ]
}

/** Where a person reads it, by the two hosts whose addresses are known to us. */
function addressOf(place: string, { app, repository }: GeneratorRequest): string | null {
  if (repository === null) return null
  const { host, path, defaultBranch } = repository
  const blob = host === 'github.com' ? 'blob' : /^gitlab\./.test(host) ? '-/blob' : null
  if (blob === null) return null
  const inside = app.folder === '.' ? '' : `${encodeURI(app.folder)}/`
  return `https://${host}/${path}/${blob}/${encodeURI(defaultBranch)}/${inside}${place}`
}
