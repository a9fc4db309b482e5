import { type Answer, type Check, type Evidence, unknown } from '../../check.ts'
import type { AlertRule } from '../../look/alert-rules.ts'
import type { Look } from '../../look/look.ts'
import { isFilled, onCallFile } from '../../look/on-call-file.ts'
import { ownAlertRules } from '../../look/own-alert-rules.ts'
import { runbookLink } from '../../look/runbook-link.ts'
import { answerOf, merged, type Weighed } from '../../look/weighed.ts'
import { field } from '../../look/yaml-documents.ts'
import { routesOf } from './paging-routes.ts'

const OWNER = ['owner', 'team', 'service_owner', 'squad', 'owning_team']
const SEVERITY = ['severity', 'priority', 'level']

/**
 * MON-09. Every alerting rule has the labels `owner` (or `team`) and `severity`, and an annotation `runbook_url` that leads to
 * a heading of a page in this repository. `severities` of ops/on-call.yaml says of each severity whether it pages and by
 * which route: `critical: { pages: true, route: <where> }`; or alertmanager.yaml has routes by severity.
 */
export const alertsToActOn: Check = {
  id: 'MON-09',
  title: 'who is woken by an alert knows whose it is, and what to do',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Give each alert the labels owner and severity and a runbook_url such as ops/runbook.md#high-error-rate, and each severity its route in ops/on-call.yaml.',
  fixedBy: ['alerts', 'runbook', 'on-call'],
  static: (look) => lintOf(look),
}

function lintOf(look: Look): Answer {
  const alerts = ownAlertRules(look)
  if (alerts.length === 0) return unknown('no alerting rule is in the repository')
  const linted = alerts.map((alert) => lintedAlert(alert, look))
  const weighed = merged(...linted, routesOf(look, severitiesOf(alerts)))
  return answerOf(weighed, `${alerts.length} alerts have an owner, a severity, a runbook and a route`)
}

function lintedAlert(alert: AlertRule, look: Look): Weighed {
  const { name, labels, annotations, file, line } = alert
  const found = merged()
  const at = (says: string): Evidence => ({ says: `${name} ${says}`, file, line })
  if (!OWNER.some((key) => (labels[key] ?? annotations[key] ?? '') !== '')) {
    const owner = field(onCallFile(look)?.value, 'owner')
    if (!isFilled(owner)) found.bad.push(at('has no owner'))
    else found.weak.push(at(`has no label owner; ops/on-call.yaml names ${owner} for all`))
  }
  if (!SEVERITY.some((key) => (labels[key] ?? '') !== '')) found.bad.push(at('has no severity'))
  const link = runbookLink(alert, look)
  switch (link.leads) {
    case 'nowhere':
      found.bad.push(at(link.why))
      break
    case 'outside':
      found.weak.push(at(`has its runbook outside of the repository: ${link.url}`))
      break
    case 'here':
      found.good.push(at(`leads to ${link.file}`))
  }
  return found
}

function severitiesOf(alerts: AlertRule[]): string[] {
  const all = alerts.flatMap(({ labels }) => SEVERITY.flatMap((key) => labels[key] ?? []).slice(0, 1))
  return [...new Set(all)]
}
