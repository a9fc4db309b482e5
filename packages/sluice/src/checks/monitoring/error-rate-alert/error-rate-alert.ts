import { type Answer, type Check, fail, pass, unknown, warn } from '../../check.ts'
import type { AlertRule } from '../../look/alert-rules.ts'
import type { Look } from '../../look/look.ts'
import { ownAlertRules } from '../../look/own-alert-rules.ts'
import { metricNames } from '../../look/promql-names.ts'
import { terraformBlocks } from '../../look/terraform.ts'
import { familyOf } from '../../running/exposition.ts'
import { metricsPage } from '../../running/metrics-page.ts'
import type { Trial } from '../../running/trial.ts'
import { errorAlarms, isErrorShare } from './error-share.ts'

/** Exposed by something beside the app, so that its own page of metrics says nothing of them. */
const OF_OTHERS =
  /:|^(?:up|probe_|node_|container_|kube_|nginx|traefik_|envoy_|istio_|haproxy_|caddy_|aws_|linkerd_|sluice_|kong_|apisix_|cloudflare_|stackdriver_|azure_)/
const SEVERITY = ['severity', 'priority', 'level', 'page', 'urgency']

/**
 * MON-02. A rule of Prometheus (a rule file or a PrometheusRule) that divides failed requests by all of them, with `for` (or
 * several windows, as burn rates have) and a label `severity`; or an alarm on 5xx in Terraform. While the app runs for the
 * checks, the metrics of the rule are looked for among its own.
 */
export const errorRateAlert: Check = {
  id: 'MON-02',
  title: 'an alert tells of a high rate of errors',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'sluice init --with alerts writes rules for Prometheus; give the metrics in them the names that your app has at /metrics.',
  fixedBy: ['alerts'],
  static: (look) => alertOnErrors(look),
  probe: (look, trial) => metricsOfAlert(look, trial),
}

function alertOnErrors(look: Look): Answer {
  const rules = ownAlertRules(look)
  const shares = rules.filter(isErrorShare)
  const whole = shares.find((rule) => gapsOf(rule).length === 0)
  if (whole !== undefined) return pass(`${whole.name} tells of errors`, [evidenceOf(whole)])
  const alarm = terraformBlocks(look).find(errorAlarms)
  if (alarm !== undefined) {
    const { type, name, file, line } = alarm
    return pass(`${type} ${name} tells of errors`, [{ says: `${type} ${name}`, file, line }])
  }
  const [partly] = shares
  if (partly !== undefined)
    return warn(`${partly.name} has no ${gapsOf(partly).join(' and no ')}`, [evidenceOf(partly)])
  if (rules.length === 0)
    return unknown(
      'no alert is in the repository; where alerts are kept elsewhere, nobody can tell from here',
    )
  const [first] = rules
  return fail(`none of ${rules.length} alerting rules is about the share of requests that fail`, [
    { says: `the first one: ${first!.name}`, file: first!.file, line: first!.line },
  ])
}

async function metricsOfAlert(look: Look, trial: Trial): Promise<Answer> {
  const rules = ownAlertRules(look).filter(isErrorShare)
  if (rules.length === 0) return unknown('no alert on errors was found, so there is nothing to look for')
  const app = await trial.app()
  // What nobody asked for yet has no series.
  await trial.request(app, '/')
  const page = await metricsPage(look, trial, app)
  if (!page.found && page.isClosed)
    return unknown(`the app shows its metrics not to everybody (${page.says})`)
  if (!page.found) return warn(`an alert is written down, and the app shows no metrics for it (${page.says})`)
  const { samples, types } = page.metrics
  const exposed = new Set([...types.keys(), ...samples.flatMap(({ name }) => [name, familyOf(name, types)])])
  const isThere = (name: string) => exposed.has(name) || exposed.has(familyOf(name, types))
  const judged = rules.map((rule) => ({ rule, names: metricNames(rule.expr) }))
  const met = judged.find(({ names }) => names.some(isThere))
  if (met !== undefined)
    return pass(`${met.rule.name} asks for metrics that the app has`, [
      { says: `GET ${page.path} has ${met.names.find(isThere)}`, file: met.rule.file, line: met.rule.line },
    ])
  if (judged.some(({ names }) => names.length === 0 || names.some((name) => OF_OTHERS.test(name))))
    return unknown('the alerts on errors ask for metrics of something in front of the app')
  // Many libraries show nothing before they have counted: only who counts by other names has named it wrongly.
  if (![...exposed].some((name) => /request|http|response/i.test(name) && !name.startsWith('promhttp_')))
    return unknown('the app has not counted a request yet, so its names are not known')
  const { rule, names } = judged[0]!
  return fail(
    `${rule.name} asks for ${names.join(', ')}, and the app has no such metric: it will never fire`,
    [{ says: `GET ${page.path} has none of ${names.join(', ')}`, file: rule.file, line: rule.line }],
  )
}

function gapsOf({ for: lasts, labels, expr }: AlertRule): string[] {
  const windows = new Set(expr.match(/\[\d+\w+|(?:rate|burn)\d+[smhd]/g) ?? [])
  const hasTime = (lasts !== '' && !/^0\w*$/.test(lasts)) || windows.size > 1
  const hasSeverity = SEVERITY.some((name) => labels[name] !== undefined)
  return [...(hasTime ? [] : ['for']), ...(hasSeverity ? [] : ['severity'])]
}

function evidenceOf({ name, labels, for: lasts, file, line }: AlertRule) {
  return { says: [name, lasts && `for ${lasts}`, labels.severity].filter(Boolean).join(', '), file, line }
}
