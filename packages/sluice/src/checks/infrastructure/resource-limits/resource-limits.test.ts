import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { resourceLimits } from './resource-limits.ts'

const sluiceYaml = (production: string) =>
  `app: shop\nrun: { command: node server.js }\nenvironments:\n  production:\n    ${production}\n`

const deployment = (resources: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    spec:
      containers:
        - name: app
          image: shop:1
          resources: ${resources}
`
const whole = '{ requests: { cpu: 100m, memory: 1Gi }, limits: { cpu: 1, memory: 1Gi } }'

it('passes with limits of containers in sluice.yaml', async () => {
  const finding = await found(resourceLimits, {
    'sluice.yaml': sluiceYaml('target: docker\n    container: { memory: 512mb, cpus: 0.5 }'),
  })
  expect(finding).toMatchObject({ status: 'pass', evidence: [{ file: 'sluice.yaml', line: 6 }] })
  expect(finding.evidence[0]?.says).toBe('512 MiB and 0.5 cores')
})

it('fails where one of them is not set', async () => {
  const finding = await found(resourceLimits, {
    'sluice.yaml': sluiceYaml('target: docker\n    container: { memory: 512mb }'),
  })
  expect(finding).toMatchObject({ status: 'fail', says: 'container.cpus of production is not set' })
})

it('does not concern processes, and judges their manifests all the same', async () => {
  const files = { 'sluice.yaml': sluiceYaml('target: process') }
  expect((await found(resourceLimits, files)).status).toBe('na')
  const both = { ...files, 'kubernetes/deployment.yaml': deployment(whole) }
  expect(await found(resourceLimits, both)).toMatchObject({
    status: 'pass',
    evidence: [{ file: 'kubernetes/deployment.yaml', line: 11 }],
  })
})

it.each([
  ['nothing', '{}', 'fail', 'requests.cpu, requests.memory, limits.memory'],
  ['no limit of memory', '{ requests: { cpu: 1, memory: 1Gi } }', 'fail', 'limits.memory'],
  ['no limit of CPU', '{ requests: { cpu: 1 }, limits: { memory: 1Gi } }', 'warn', 'no limit of CPU'],
  ['limits alone', '{ limits: { cpu: 1, memory: 1Gi } }', 'pass', 'every container'],
])('judges a Deployment with %s', async (_, resources, status, says) => {
  const finding = await found(resourceLimits, { 'k8s/app.yaml': deployment(resources) })
  expect(finding.status).toBe(status)
  expect(finding.says).toContain(says)
})

it('does not know what a patch or a LimitRange adds', async () => {
  const patch =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { template: { spec: { containers: [{ name: app }] } } }\n'
  const files = { 'base/app.yaml': deployment('{}'), 'overlays/production/app.yaml': patch }
  expect((await found(resourceLimits, files)).status).toBe('unknown')
  const range = 'apiVersion: v1\nkind: LimitRange\nspec: { limits: [{ default: { memory: 1Gi } }] }\n'
  const ranged = { 'k8s/app.yaml': deployment('{}'), 'k8s/range.yaml': range }
  expect((await found(resourceLimits, ranged)).status).toBe('unknown')
})

it('leaves alone what is for a machine of developers, a test, or a database', async () => {
  const files = {
    'compose.yaml': 'services: { shop: { build: . } }\n',
    'test/fixtures/app.yaml': deployment('{}'),
    'k8s/database.yaml': deployment('{}').replace('shop:1', 'docker.io/library/postgres:18'),
  }
  expect((await found(resourceLimits, files)).status).toBe('unknown')
})

it('judges what Compose and ECS run in production', async () => {
  const open = { 'compose.prod.yaml': 'services:\n  shop: { mem_limit: 1g }\n' }
  expect(await found(resourceLimits, open)).toMatchObject({ status: 'fail', evidence: [{ line: 2 }] })
  const task = { cpu: '256', memory: '512', containerDefinitions: [{ name: 'shop' }] }
  expect((await found(resourceLimits, { 'deploy/task-definition.json': task })).status).toBe('pass')
})
