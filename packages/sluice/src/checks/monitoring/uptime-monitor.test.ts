import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { uptimeMonitor } from './uptime-monitor.ts'

const prometheus = (path: string) => ({
  'ops/prometheus.yml': `scrape_configs:
  - job_name: app
    static_configs: [{ targets: [http://other/x] }]
  - job_name: public
    metrics_path: /probe
    static_configs: [{ targets: ["https://shop.example.com${path}"] }]
`,
})
const check = (path: string) => ({
  'main.tf': `resource "aws_route53_health_check" "shop" {\n  resource_path = "${path}"\n}\n`,
})

it.each([
  ['the blackbox exporter', prometheus('/readyz')],
  ['a monitor in Terraform', check('/api/health')],
  [
    'a Probe',
    {
      'probe.yaml':
        'apiVersion: monitoring.coreos.com/v1\nkind: Probe\nspec: { targets: { staticConfig: { static: ["https://x/livez"] } } }\n',
    },
  ],
])('passes where %s asks the health path', async (_, files) => {
  expect((await found(uptimeMonitor, files)).status).toBe('pass')
})

it('fails where only another path is asked', async () => {
  expect((await found(uptimeMonitor, prometheus('/cart'))).says).toContain(
    'asks https://shop.example.com/cart',
  )
  expect((await found(uptimeMonitor, check('/'))).status).toBe('fail')
})

it('takes the page itself for a site that is nothing but files', async () => {
  const site = { 'package.json': '', 'server.js': '', 'index.html': '<h1>Shop</h1>' }
  expect((await found(uptimeMonitor, { ...site, ...check('/') })).status).toBe('pass')
})

it('warns where an alert waits for answers, and nobody is seen to ask', async () => {
  const alerts = 'groups:\n  - name: a\n    rules:\n      - alert: Down\n        expr: probe_success == 0\n'
  expect((await found(uptimeMonitor, { 'ops/alerts.yaml': alerts })).status).toBe('warn')
})

it('does not take a logo or a comment for what is asked', async () => {
  const upptime = '# https://upptime.js.org\nstatus-website:\n  logoUrl: https://x.org/logo.svg\nsites: []\n'
  expect((await found(uptimeMonitor, { '.upptimerc.yml': upptime })).status).toBe('unknown')
})

it('does not know of monitors elsewhere', async () => {
  expect((await found(uptimeMonitor, {})).status).toBe('unknown')
  expect((await found(uptimeMonitor, check('${var.path}'))).status).toBe('unknown')
})
