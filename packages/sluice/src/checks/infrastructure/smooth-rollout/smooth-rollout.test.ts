import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { smoothRollout } from './smooth-rollout.ts'

const record = (lost: number, when = '2026-11-01') => ({
  'ops/records/INF-11.yaml': `when: ${when}\nresult: passed\nrequests: 20000\nlost: ${lost}\n`,
})
const sluiceYaml = (production: string, more = '') => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nhealth: { readiness: { path: /readyz } }\n${more}environments:\n  production: { ${production} }\n`,
})
const deployment = (change: [string, string] = ['', '']) => ({
  'k8s/app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 2
  strategy: { rollingUpdate: { maxUnavailable: 0 } }
  selector: { matchLabels: { app: shop } }
  template:
    spec:
      terminationGracePeriodSeconds: 60
      containers:
        - name: app
          image: shop:1
          ports: [{ containerPort: 3000 }]
          readinessProbe: { httpGet: { path: /readyz, port: 3000 } }
          lifecycle: { preStop: { sleep: { seconds: 20 } } }
`.replace(...change),
})

it.each([
  ['of Sluice', sluiceYaml('strategy: rolling')],
  ['of Kubernetes', deployment()],
])('passes by a rollout %s under load that has lost nothing, and warns without one', async (_, files) => {
  expect(await found(smoothRollout, { ...files, ...record(0) })).toMatchObject({ status: 'pass' })
  expect(await found(smoothRollout, files)).toMatchObject({ status: 'warn', isBlocking: false })
  expect((await found(smoothRollout, { ...files, ...record(0, '2026-01-01') })).status).toBe('warn')
})

it('fails by a rollout that has lost requests', async () => {
  const finding = await found(smoothRollout, { ...sluiceYaml('strategy: rolling'), ...record(3) })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain('3 of 20000 requests were lost')
})

it.each([
  ['recreate', sluiceYaml('strategy: recreate'), 'nothing serves in between'],
  [
    'all away at a time',
    sluiceYaml('instances: 2, strategy: { rolling: { maxUnavailable: 2 } }'),
    'all instances',
  ],
  ['Recreate', deployment(['rollingUpdate: { maxUnavailable: 0 }', 'type: Recreate']), 'ends all pods first'],
  ['one away', deployment(['maxUnavailable: 0', 'maxUnavailable: 50%']), '1 of 2 may be away'],
  ['no readiness', deployment(['readinessProbe', 'other']), 'no readinessProbe'],
  ['a grace that is too short', deployment(['Seconds: 60', 'Seconds: 20']), 'grace of 20 s is over'],
])('fails with %s, whatever a record says', async (_, files, says) => {
  const finding = await found(smoothRollout, { ...files, ...record(0) })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it.each([
  ['a short drain', sluiceYaml('strategy: rolling, drain: 5s'), 'is cut after 5000 ms'],
  ['some away', sluiceYaml('instances: 3, strategy: { rolling: { maxUnavailable: 1 } }'), '1 of 3 instances'],
  ['no preStop', deployment(['lifecycle', 'other']), 'a preStop waits'],
])('warns of %s', async (_, files, says) => {
  const finding = await found(smoothRollout, { ...files, ...record(0) })
  expect(finding.status).toBe('warn')
  expect(finding.says).toContain(says)
})

it('takes the usual 25 % of few replicas for none', async () => {
  const files = deployment(['strategy: { rollingUpdate: { maxUnavailable: 0 } }', 'paused: false'])
  expect((await found(smoothRollout, { ...files, ...record(0) })).status).toBe('pass')
})

it('knows nothing where nothing says where it runs', async () => {
  expect((await found(smoothRollout, {})).status).toBe('unknown')
})
