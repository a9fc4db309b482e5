import { expect, it } from 'vitest'
import { metricNames } from './promql-names.ts'

it.each([
  [
    'sum(rate(http_requests_total{job="shop", status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05',
    ['http_requests_total'],
  ],
  ['histogram_quantile(0.99, sum by (le) (rate(latency_bucket{a="b{c"}[5m]))) > 1', ['latency_bucket']],
  ['pg_up == 0 or absent(pg_up)', ['pg_up']],
  ['a * on (instance) group_left (version) b', ['a', 'b']],
  ['sum without (pod) (x offset 5m) unless bool_metric > bool 1e3', ['x', 'bool_metric']],
  ['{__name__="up", job="shop"} == 0 # down', ['up']],
  ['slo:errors:ratio_rate5m > 14.4 * 0.001', ['slo:errors:ratio_rate5m']],
  ['count > 1', ['count']],
])('finds the metrics of %s', (expression, names) => {
  expect(metricNames(expression)).toEqual(names)
})
