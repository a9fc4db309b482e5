import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { scaling } from './scaling.ts'

const deployment = (replicas: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec: { ${replicas} selector: { matchLabels: { app: shop } }, template: { spec: { containers: [{ name: app, image: 'shop:1' }] } } }
`
const scaler = (bounds: string) => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: shop }
spec: { scaleTargetRef: { kind: Deployment, name: shop }, ${bounds} }
`
const on = (bounds: string, replicas = '') => ({
  'k8s/app.yaml': deployment(replicas),
  'k8s/scaler.yaml': scaler(bounds),
})
const instances = (count: number) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production:\n    instances: ${count}\n`,
})

it('passes with an autoscaler that keeps two and has room above', async () => {
  expect(await found(scaling, on('minReplicas: 2, maxReplicas: 10'))).toMatchObject({
    status: 'pass',
    says: 'Deployment shop scales from 2 to 10',
    evidence: [{ says: '2 to 10', file: 'k8s/scaler.yaml', line: 4 }],
  })
})

it('takes the nearest of several autoscalers', async () => {
  const files = {
    'k8s/one/app.yaml': deployment(''),
    'k8s/another/scaler.yaml': scaler('minReplicas: 1, maxReplicas: 3'),
    'k8s/one/scaler.yaml': scaler('minReplicas: 2, maxReplicas: 4'),
  }
  expect((await found(scaling, files)).says).toBe('Deployment shop scales from 2 to 4')
})

it.each([
  ['no autoscaler', { 'k8s/app.yaml': deployment('replicas: 3,') }, 'has no autoscaler'],
  ['one that leaves one', on('maxReplicas: 10'), 'may leave it with 1'],
  ['one without room', on('minReplicas: 2, maxReplicas: 2'), 'no room above 2'],
  ['replicas beside it', on('minReplicas: 2, maxReplicas: 4', 'replicas: 3,'), 'fixes replicas'],
  ['one instance of Sluice', instances(1), 'production has one instance'],
])('fails with %s', async (_, files, says) => {
  const finding = await found(scaling, files)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('warns of instances whose number never changes', async () => {
  const finding = await found(scaling, instances(3))
  expect(finding).toMatchObject({ status: 'warn', evidence: [{ file: 'sluice.yaml', line: 5 }] })
})

it('takes the cluster for where it runs, where there are manifests beside sluice.yaml', async () => {
  const files = { ...instances(1), ...on('minReplicas: 2, maxReplicas: 10') }
  expect((await found(scaling, files)).status).toBe('pass')
})

it('does not know what a template of Helm becomes, nor where nothing says where it runs', async () => {
  const template = { 'chart/templates/app.yaml': deployment('replicas: {{ .Values.replicas }},') }
  const finding = await found(scaling, template)
  expect(finding.status).toBe('unknown')
  expect(finding.says).toContain('templates')
  expect((await found(scaling, {})).says).toContain('there is no sluice.yaml')
})
