import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { folderWith } from '../../packages/sluice/src/detect/folder.fixture.ts'
import { alerts } from '../../packages/sluice/src/generators/alerts/alerts.ts'
import {
  djangoApp,
  goApp,
  nodeApp,
  requestFor,
  staticSite,
  sure,
} from '../../packages/sluice/src/generators/facts.fixture.ts'
import type { GeneratorRequest } from '../../packages/sluice/src/generators/request.ts'
import { stamped } from '../../packages/sluice/src/generators/stamp.ts'
import { type AlertCase, alertCases, type Counting, type Series } from './alert-cases.ts'
import { installed, judged } from './validators.ts'

const promtool = installed('promtool', "alerting rules, by Prometheus itself (Debian's package prometheus)")

const services = (['rabbitmq', 'redis', 'mysql', 'mongodb', 'postgres'] as const).map(sure)
const plain = (metric: string, label: string): Counting => ({
  requests: (status) => `${metric}{job="shop", ${label}="${status}"}`,
  bucket: (le) => `http_request_duration_seconds_bucket{job="shop", le="${le}"}`,
})

describe.skipIf(promtool === null)('alerts', () => {
  it.each<[string, GeneratorRequest['app']]>([
    ['Express', nodeApp({ services })],
    ['Go', goApp()],
    ['Django', djangoApp({ services })],
    ['a static site', staticSite()],
  ])('of %s are rules that Prometheus reads', (_, app) => {
    const content = stamped(alerts.generate(requestFor(app)).files[0]!.content)
    const folder = folderWith({ 'alerts.yaml': content })
    const { status, stdout, stderr } = judged(promtool!, ['check', 'rules', 'alerts.yaml'], folder)
    expect(status, stdout + stderr).toBe(0)
  })

  it('all fire when they have to, and at no other time', () => {
    const content = alerts.generate(requestFor(nodeApp({ services }))).files[0]!.content
    const names = (parse(content) as Rules).groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
    const cases = alertCases(plain('http_request_duration_seconds_count', 'status_code'))
    expect(Object.keys(cases)).toEqual(names)
    expectPasses(content, Object.entries(cases).flatMap(bothWays))
  })

  it.each<[string, GeneratorRequest['app'], Counting]>([
    ['Go', goApp(), plain('http_requests_total', 'code')],
    [
      'FastAPI',
      djangoApp({ django: null, framework: sure('fastapi') }),
      plain('http_requests_total', 'status'),
    ],
    [
      'Flask',
      djangoApp({ django: null, framework: sure('flask') }),
      {
        requests: (status) => `flask_http_request_total{job="shop", status="${status}"}`,
        bucket: (le) => `flask_http_request_duration_seconds_bucket{job="shop", le="${le}"}`,
      },
    ],
    [
      'Django',
      djangoApp(),
      {
        requests: (status) => `django_http_responses_total_by_status_total{job="shop", status="${status}"}`,
        bucket: (le) =>
          `django_http_requests_latency_including_middlewares_seconds_bucket{job="shop", le="${le}"}`,
      },
    ],
  ])('count the requests of %s by the names of its exporter', (_, app, counting) => {
    const content = alerts.generate(requestFor(app)).files[0]!.content
    const ofRequests = /^(HighErrorRate|HighLatency|ErrorBudgetBurns.*)$/
    const cases = Object.entries(alertCases(counting)).filter(([alert]) => ofRequests.test(alert))
    expect(cases).toHaveLength(4)
    expectPasses(content, cases.flatMap(bothWays))
  })

  it('on the error budget see a small leak within the hour, and end soon after the trouble has ended', () => {
    const content = alerts.generate(requestFor(goApp())).files[0]!.content
    const leak = series('0+992x120', '0+8x120')
    const over = series('0+900x120', '0+100x45 4500x75')
    expectPasses(content, [
      firing('HighErrorRate', leak, '60m', 0),
      firing('ErrorBudgetBurnsFast', leak, '60m', 1),
      firing('ErrorBudgetBurnsFast', over, '45m', 1),
      firing('ErrorBudgetBurnsFast', over, '95m', 0),
    ])
  })

  it('tell of what nobody measures, where that would hide that it is away', () => {
    const content = alerts.generate(requestFor(nodeApp({ services }))).files[0]!.content
    const firing = [
      ...['MongodbDown', 'MysqlDown', 'NoInstanceUp', 'PostgresqlDown', 'PublicAddressDown'],
      ...['RabbitmqDown', 'RedisDown'],
    ]
    const samples = firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 }))
    const expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
    const query = { expr, eval_time: '90m', exp_samples: samples }
    const nothing = given({ 'up{job="other"}': '1x120' })
    expectPasses(content, [{ interval: '1m', input_series: nothing, promql_expr_test: [query] }])
  })

  it('say what is wrong, how bad it is, who is told and where to read on', () => {
    const repository = { host: 'github.com', path: 'acme/shop', defaultBranch: 'main' }
    const content = alerts.generate(requestFor(goApp({ folder: 'apps/shop' }), { repository })).files[0]!
      .content
    const { fires, after } = alertCases(plain('http_requests_total', 'code')).HighErrorRate!
    const said = {
      exp_labels: { severity: 'critical', owner: 'shop' },
      exp_annotations: {
        summary: '10% of the requests fail.',
        runbook: 'ops/runbook.md#high-error-rate',
        runbook_url: 'https://github.com/acme/shop/blob/main/apps/shop/ops/runbook.md#high-error-rate',
      },
    }
    const rule = [{ eval_time: after, alertname: 'HighErrorRate', exp_alerts: [said] }]
    expectPasses(content, [{ interval: '1m', input_series: given(fires), alert_rule_test: rule }])
  })

  it('of a handful of requests wake nobody', () => {
    const content = alerts.generate(requestFor(goApp())).files[0]!.content
    const few = { 'http_requests_total{job="shop", code="500"}': '0 1 1 1 2 2 3 3 3 4 4 4 5 5 5 6' }
    expectPasses(content, [firing('HighErrorRate', few, '15m', 0)])
  })
})

interface Rules {
  groups: { rules: { alert: string }[] }[]
}

function bothWays([alert, { fires, quiet, after }]: [string, AlertCase]) {
  return [firing(alert, fires, after, 1), firing(alert, quiet, after, 0)]
}

/** Requests of a Go app, minute by minute. */
function series(well: string, failed: string): Series {
  return {
    'http_requests_total{job="shop", code="200"}': well,
    'http_requests_total{job="shop", code="500"}': failed,
  }
}

function firing(alert: string, series: Series, after: string, times: number) {
  const expr = `count(ALERTS{alertname="${alert}", alertstate="firing"})`
  const samples = times === 0 ? [] : [{ labels: '{}', value: times }]
  return {
    interval: '1m',
    input_series: given(series),
    promql_expr_test: [{ expr, eval_time: after, exp_samples: samples }],
  }
}

function given(series: Series) {
  return Object.entries(series).map(([name, values]) => ({ series: name, values }))
}

function expectPasses(rules: string, tests: object[]): void {
  const folder = folderWith({
    'alerts.yaml': rules,
    'test.yaml': stringify({ rule_files: ['alerts.yaml'], evaluation_interval: '1m', tests }),
  })
  const { status, stdout, stderr } = judged(promtool!, ['test', 'rules', 'test.yaml'], folder)
  expect(status, stdout + stderr).toBe(0)
}
