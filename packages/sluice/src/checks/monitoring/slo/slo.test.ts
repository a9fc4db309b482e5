import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { slo } from './slo.ts'

const onCall = (rest: string) => ({
  'ops/on-call.yaml': `owner: shop\nslo:\n  objective: 99.9\n  window: 30d\n  indicator: 1 - sum(rate(errors_total[30d])) / sum(rate(requests_total[30d]))\n${rest}`,
})
const dashboard = (expr: string) => ({
  'ops/dashboards/shop.json': { title: 'Shop', panels: [{ targets: [{ expr }] }] },
})

it('passes where it is whole, and a dashboard asks for its metrics', async () => {
  const { status, evidence } = await found(slo, { ...onCall(''), ...dashboard('rate(requests_total[5m])') })
  expect(status).toBe('pass')
  expect(evidence).toEqual([
    { says: 'the SLO: 99.9 over 30d', file: 'ops/on-call.yaml', line: 2, method: 'static' },
    { says: 'a dashboard asks for its metrics', file: 'ops/dashboards/shop.json', method: 'static' },
  ])
})

it('takes a link to where it is shown', async () => {
  expect((await found(slo, onCall('  dashboard: https://grafana.example.com/d/shop\n'))).status).toBe('pass')
})

it('fails without one, or without a part of it', async () => {
  expect((await found(slo, {})).status).toBe('fail')
  const half = { 'ops/slo.yaml': 'objective: 99.9\nwindow: TODO\n' }
  expect(await found(slo, half)).toMatchObject({
    status: 'fail',
    says: 'the SLO has no window and no indicator',
  })
})

it('does not know of dashboards elsewhere', async () => {
  expect((await found(slo, onCall('  dashboard: TODO\n'))).status).toBe('unknown')
  expect((await found(slo, { ...onCall(''), ...dashboard('up') })).status).toBe('unknown')
})

it('reads OpenSLO and Sloth', async () => {
  const open = `apiVersion: openslo/v1
kind: SLO
spec:
  timeWindow: [{ duration: 28d, isRolling: true }]
  indicator: { spec: { ratioMetric: { total: { query: sum(requests_total) } } } }
  objectives: [{ target: 0.995 }]
`
  const sloth = `version: prometheus/v1
service: shop
slos: [{ name: requests, objective: 99.5, sli: { events: { error_query: sum(requests_total) } } }]
`
  expect((await found(slo, { 'a/shop.yaml': open, ...dashboard('requests_total') })).says).toContain(
    '0.995 over 28d',
  )
  expect((await found(slo, { 'a/shop.yaml': sloth, ...dashboard('requests_total') })).says).toContain(
    '99.5 over 30d',
  )
})
