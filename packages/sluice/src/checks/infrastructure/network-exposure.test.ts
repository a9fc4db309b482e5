import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { networkExposure } from './network-exposure.ts'

const deployment = (pod = '', port = 'containerPort: 3000') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      ${pod}
      containers: [{ name: app, image: 'shop:1', ports: [{ ${port} }] }]
`
const policy = (app = 'shop') =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: shop }\nspec: { podSelector: { matchLabels: { app: ${app} } } }\n`
const service = (type: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { type: ${type}, selector: { app: shop } }\n`
const sluiceYaml = (production: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { ${production} }\n`,
})

it('passes with a policy for its pods and a Service of the cluster', async () => {
  const files = {
    'k8s/app.yaml': deployment(),
    'k8s/policy.yaml': policy(),
    'k8s/service.yaml': service('ClusterIP'),
  }
  expect(await found(networkExposure, files)).toMatchObject({
    status: 'pass',
    evidence: [{ file: 'k8s/policy.yaml', line: 4 }],
  })
})

it.each([
  ['no policy', deployment(), policy('desk'), 'no NetworkPolicy'],
  ['the network of its machine', deployment('hostNetwork: true'), policy(), 'hostNetwork'],
  ['a port of its machine', deployment('', 'containerPort: 3000, hostPort: 80'), policy(), 'hostPort 80'],
  ['port 22', deployment('', 'containerPort: 22'), policy(), 'port 22'],
  ['a port of every machine', deployment(), `${policy()}---\n${service('NodePort')}`, 'of type NodePort'],
])('fails with %s', async (_, app, others, says) => {
  const finding = await found(networkExposure, { 'k8s/app.yaml': app, 'k8s/others.yaml': others })
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('fails with an image that lets people log in', async () => {
  const finding = await found(networkExposure, { Dockerfile: 'FROM node:24\nEXPOSE 3000 22\n' })
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ file: 'Dockerfile', line: 2 }] })
})

it.each([
  ['target: docker, container: { reach: address }', 'pass'],
  ['target: docker', 'unknown'],
  ['target: swarm', 'warn'],
  ['target: process', 'na'],
])('judges an environment of Sluice: %s', async (production, status) => {
  expect((await found(networkExposure, sluiceYaml(production))).status).toBe(status)
})

it('knows nothing where nothing says where it runs', async () => {
  expect((await found(networkExposure, {})).status).toBe('unknown')
})
