import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { errorRateAlert } from './error-rate-alert.ts'

const rules = (expr: string, rest = '        for: 5m\n        labels: { severity: critical }\n') => ({
  'ops/alerts.yaml': `groups:\n  - name: shop\n    rules:\n      - alert: HighErrorRate\n        expr: |\n          ${expr}\n${rest}`,
})
const share = 'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05'

it('passes a share of errors with a time and a severity', async () => {
  const { status, evidence } = await found(errorRateAlert, rules(share))
  expect(status).toBe('pass')
  expect(evidence).toEqual([
    { says: 'HighErrorRate, for 5m, critical', file: 'ops/alerts.yaml', line: 4, method: 'static' },
  ])
})

it.each([
  ['what is recorded elsewhere', 'slo:sli_error:ratio_rate5m{slo="shop"} > 0.014'],
  [
    '1 minus success',
    '1 - sum(rate(http_requests_total{code!~"5.."}[5m])) / sum(rate(http_requests_total{code!~"[1-4].."}[5m])) > 0.1',
  ],
  ['errors over requests', 'rate(http_errors_total[5m]) / rate(http_requests_total[5m]) > 0.1'],
])('knows %s', async (_, expr) => {
  expect((await found(errorRateAlert, rules(expr))).status).toBe('pass')
})

it('warns without a time, unless it looks at two windows as burn rates do', async () => {
  const severity = '        labels: { severity: critical }\n'
  expect(await found(errorRateAlert, rules(share, severity))).toMatchObject({
    status: 'warn',
    says: 'HighErrorRate has no for',
  })
  const burning = `(${share}) and (${share.replaceAll('5m', '1h')})`
  expect((await found(errorRateAlert, rules(burning, severity))).status).toBe('pass')
})

it('fails where alerts are about something else, and does not know where there are none', async () => {
  expect((await found(errorRateAlert, rules('up == 0'))).status).toBe('fail')
  expect((await found(errorRateAlert, {})).status).toBe('unknown')
})

it('takes an alarm in Terraform', async () => {
  const alarm =
    'resource "aws_cloudwatch_metric_alarm" "errors" {\n  metric_name = "HTTPCode_Target_5XX_Count"\n}\n'
  expect((await found(errorRateAlert, { 'infra/main.tf': alarm })).status).toBe('pass')
})

const exposing = (metric: string) =>
  trialOf({
    answer: (request, response) =>
      response.end(request.url === '/metrics' ? `# TYPE ${metric} counter\n${metric}{code="200"} 1\n` : 'ok'),
  })

it('looks for the metrics of the rule among those of the app', async () => {
  expect((await found(errorRateAlert, rules(share), { trial: exposing('http_requests_total') })).status).toBe(
    'pass',
  )
  const other = await found(errorRateAlert, rules(share), { trial: exposing('requests') })
  expect(other.status).toBe('fail')
  expect(other.says).toContain('the app has no such metric: it will never fire')
})

it('has nothing to compare where the app shows no metrics, or nothing was counted yet', async () => {
  const none = trialOf({ answer: (_, response) => response.writeHead(404).end() })
  expect((await found(errorRateAlert, rules(share), { trial: none })).status).toBe('warn')
  const closed = trialOf({ answer: (_, response) => response.writeHead(401).end() })
  expect((await found(errorRateAlert, rules(share), { trial: closed })).status).toBe('pass')
  expect((await found(errorRateAlert, {}, { trial: none })).status).toBe('unknown')
  expect((await found(errorRateAlert, rules(share), { trial: exposing('process_cpu') })).status).toBe('pass')
})

it('leaves metrics of a proxy in front alone', async () => {
  const proxied = share.replaceAll('http_requests_total', 'traefik_service_requests_total')
  expect((await found(errorRateAlert, rules(proxied), { trial: exposing('requests') })).status).toBe('pass')
})
