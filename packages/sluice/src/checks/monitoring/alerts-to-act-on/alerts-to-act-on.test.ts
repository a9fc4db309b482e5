import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { alertsToActOn } from './alerts-to-act-on.ts'

const rule = ({
  labels = '{ severity: critical, owner: shop }',
  link = 'ops/runbook.md#high-error-rate',
} = {}) => ({
  'ops/alerts.yaml': `groups:\n  - name: shop\n    rules:\n      - alert: HighErrorRate\n        expr: x > 1\n        labels: ${labels}\n        annotations: { runbook_url: "${link}" }\n`,
})
const runbook = { 'ops/runbook.md': '# Runbook\n\n## High error rate\n' }
const severities = (critical: string, warning = '{ pages: false, route: "#shop" }') => ({
  'ops/on-call.yaml': `severities:\n  critical: ${critical}\n  warning: ${warning}\n`,
})
const paged = severities('{ pages: true, route: PagerDuty }')

it('passes an alert with an owner, a severity, a runbook and a route', async () => {
  const { status, evidence } = await found(alertsToActOn, { ...rule(), ...runbook, ...paged })
  expect(status).toBe('pass')
  expect(evidence).toEqual([
    { says: 'HighErrorRate leads to ops/runbook.md', file: 'ops/alerts.yaml', line: 4, method: 'static' },
    { says: 'critical goes to PagerDuty', file: 'ops/on-call.yaml', line: 2, method: 'static' },
  ])
})

it.each([
  ['no owner', { ...rule({ labels: '{ severity: critical }' }), ...paged }, 'HighErrorRate has no owner'],
  ['no severity', { ...rule({ labels: '{ owner: shop }' }), ...paged }, 'HighErrorRate has no severity'],
  ['a link into the void', { ...rule({ link: 'ops/runbook.md#slow' }), ...paged }, 'has no such heading'],
  ['a page that is gone', { ...rule({ link: 'docs/x.md' }), ...paged }, 'which is not there'],
  ['no route yet', { ...rule(), ...severities('{ pages: true, route: TODO }') }, 'critical has no route yet'],
  [
    'a warning that rings',
    {
      ...rule({ labels: '{ severity: warning, owner: shop }' }),
      ...severities('{ pages: true, route: x }', '{ pages: true, route: x }'),
    },
    'severity warning pages',
  ],
])('fails with %s', async (_, files, says) => {
  const finding = await found(alertsToActOn, { ...runbook, ...files })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('warns of a runbook outside of the repository', async () => {
  const files = { ...rule({ link: 'https://wiki.example.com/shop' }), ...paged }
  expect((await found(alertsToActOn, files)).status).toBe('warn')
})

it('does not know without alerts, or without routes', async () => {
  expect((await found(alertsToActOn, {})).status).toBe('unknown')
  expect((await found(alertsToActOn, { ...rule(), ...runbook })).says).toContain(
    'where alerts go is not known',
  )
  const alertmanager =
    'route:\n  routes: [{ match: { severity: critical }, receiver: pager }]\nreceivers: []\n'
  const routed = { ...rule(), ...runbook, 'ops/alertmanager.yml': alertmanager }
  expect((await found(alertsToActOn, routed)).status).toBe('pass')
})
