import type { AlertRule } from '../../look/alert-rules.ts'
import { metricNames } from '../../look/promql-names.ts'
import type { TerraformBlock } from '../../look/terraform.ts'

/** `status=~"5.."`, `code="500"`, `status!~"[1-4].."`, `grpc_code!="OK"`, `outcome="SERVER_ERROR"` */
const FAILED =
  /\{[^}]*(?:=~?\s*["'`][^"'`]*\b5(?:\.\.|xx|\d\d|\[0-9\]|\\+d|\.[+*])|!~\s*["'`][^"'`]*(?:\[1-4\]|[1-4](?:\.\.|xx))|!=\s*["'`]OK["'`]|["'`](?:SERVER_)?ERROR["'`]|["'`]5xx["'`])/i
/** As recording rules of objectives are named: `slo:sli_error:ratio_rate5m`, `job:errors_per_requests:rate1h`. */
const RECORDED = /(?:error|fail|5xx).*(?:ratio|rate|percent|share|per_)|burn_?rate|availability|slo:/i

/** Whether a rule is about the share of requests that fail. */
export function isErrorShare({ expr }: AlertRule): boolean {
  const names = metricNames(expr)
  if (names.some((name) => RECORDED.test(name) && !/latency/i.test(name))) return true
  const isShare = /\/|\b1\s*-|_ratio|_percent/.test(expr.replace(/"[^"]*"/g, '""'))
  return (
    isShare &&
    (FAILED.test(expr) ||
      names.some((name) => /5xx|errors?(?:_|$)|failures?(?:_|$)|exceptions?_/i.test(name)))
  )
}

/** Whether a block of Terraform is an alarm on errors: of CloudWatch, Google, Azure, Datadog, New Relic or Grafana. */
export function errorAlarms({ type, text }: TerraformBlock): boolean {
  if (
    !/cloudwatch_metric_alarm|monitoring_alert_policy|monitor_metric_alert|datadog_monitor|newrelic_nrql_alert_condition|grafana_rule_group|metric-alarm/.test(
      type,
    )
  )
    return false
  return /5xx|error[_ -]?rate|http[_ -]?errors?|status[_:a-z]*[=:~ "']*5|\.errors\b|errors?\s*\/|availability/i.test(
    text,
  )
}
