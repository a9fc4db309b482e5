import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { nonRootUser } from './non-root-user.ts'

const pod = (context: string) => ({
  'k8s/app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    spec:
      securityContext: ${context}
      containers: [{ name: app, image: 'shop:1' }]
`,
})
const onDocker = (user: string) => ({
  'sluice.yaml': `app: shop\nenvironments:\n  production:\n    target: docker\n    container: { user: "${user}" }\n`,
})

it.each([
  ['a number', 'FROM node:24\nUSER 10001:10001\n', 'pass', 'runs as 10001'],
  ['a number of an ARG', 'FROM node:24\nARG UID=10001\nUSER $UID\n', 'pass', 'runs as 10001'],
  ['a base that says so', 'FROM gcr.io/distroless/static-debian13:nonroot\n', 'pass', 'runs as 65532'],
  ['the user of an earlier stage', 'FROM node:24 AS base\nUSER 10001\nFROM base\n', 'pass', '10001'],
  ['root', 'FROM node:24\nUSER root\n', 'fail', 'runs as root'],
  ['nobody named', 'FROM node:24 AS base\nFROM base\n', 'fail', 'there is no USER'],
  ['a name', 'FROM node:24\nUSER node\n', 'fail', 'whether node is root'],
  ['a base that is not known', 'FROM registry.example.com/base:1\n', 'unknown', 'not known here'],
])('judges an image with %s', async (_, Dockerfile, status, says) => {
  const finding = await found(nonRootUser, { Dockerfile })
  expect(finding.status).toBe(status)
  expect(finding.says).toContain(says)
})

it('takes the user that sluice.yaml names over that of the image', async () => {
  const Dockerfile = 'FROM node:24\n'
  expect(await found(nonRootUser, { Dockerfile, ...onDocker('10001') })).toMatchObject({
    status: 'pass',
    evidence: [{ file: 'sluice.yaml', line: 5 }],
  })
  expect((await found(nonRootUser, { Dockerfile, ...onDocker('0:0') })).status).toBe('fail')
})

it.each([
  ['{ runAsNonRoot: true, runAsUser: 10001 }', 'pass'],
  ['{ runAsNonRoot: true, runAsUser: 1000 }', 'warn'],
  ['{ runAsNonRoot: true }', 'fail'],
  ['{ runAsUser: 10001 }', 'fail'],
])('judges a pod with %s', async (context, status) => {
  expect((await found(nonRootUser, pod(context))).status).toBe(status)
})

it('does not concern processes of an app that is no image', async () => {
  const files = { 'sluice.yaml': 'app: shop\nrun: { command: node server.js }\n' }
  expect((await found(nonRootUser, files)).status).toBe('na')
})
