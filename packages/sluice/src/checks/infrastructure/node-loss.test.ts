import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { nodeLoss } from './node-loss.ts'

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      topologySpreadConstraints: [{ topologyKey: kubernetes.io/hostname }]
      containers: [{ name: app, image: 'shop:1' }]
`
const budget = (amount: string) => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: shop }
spec: { selector: { matchLabels: { app: shop } }, ${amount} }
`
const files = (change: [string, string] = ['', ''], amount = 'maxUnavailable: 1') => ({
  'k8s/app.yaml': deployment.replace(...change),
  'k8s/budget.yaml': budget(amount),
})
const sluiceYaml = (production: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { ${production} }\n`,
})

it('passes with two that are spread, of which one may go', async () => {
  expect(await found(nodeLoss, files())).toMatchObject({
    status: 'pass',
    evidence: [{ file: 'k8s/app.yaml' }, { file: 'k8s/budget.yaml', line: 4 }],
  })
  expect((await found(nodeLoss, files(undefined, 'minAvailable: 50%'))).status).toBe('pass')
})

it.each([
  ['one replica', files(['replicas: 2', 'replicas: 1']), 'it may have 1 replica'],
  ['pods wherever there is room', files(['topologySpreadConstraints', 'other']), 'may all be on one machine'],
  ['no budget', { 'k8s/app.yaml': deployment }, 'no disruption budget'],
  [
    'a budget of other pods',
    { ...files(), 'k8s/budget.yaml': budget('maxUnavailable: 1').replace('app: shop', 'app: desk') },
    'no disruption budget',
  ],
  ['a budget that lets none go', files(undefined, 'minAvailable: 2'), 'blocks every eviction'],
  ['a swarm with one instance', sluiceYaml('target: swarm, instances: 1'), 'production has one instance'],
])('fails with %s', async (_, given, says) => {
  const finding = await found(nodeLoss, given)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('does not know how many nodes a swarm has', async () => {
  expect((await found(nodeLoss, sluiceYaml('target: swarm'))).status).toBe('unknown')
})

it('does not concern what runs on one machine', async () => {
  expect((await found(nodeLoss, sluiceYaml('target: docker'))).status).toBe('na')
})
