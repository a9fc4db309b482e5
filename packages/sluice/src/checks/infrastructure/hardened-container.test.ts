import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { hardenedContainer } from './hardened-container.ts'

const hardened =
  '{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, seccompProfile: { type: RuntimeDefault } }'
const deployment = (context: string, token = 'automountServiceAccountToken: false') => ({
  'k8s/app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    spec:
      serviceAccountName: shop
      ${token}
      containers:
        - name: app
          image: shop:1
          securityContext: ${context}
`,
})
const sluiceYaml = (production: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { ${production} }\n`,
})

it('passes where all of it is said', async () => {
  expect((await found(hardenedContainer, deployment(hardened))).status).toBe('pass')
})

it.each([
  [
    'a root file system that can be written to',
    'readOnlyRootFilesystem: true, ',
    '',
    'no readOnlyRootFilesystem',
  ],
  ['some capabilities', '[ALL]', '[NET_RAW]', 'drop not ALL'],
  ['no seccomp', 'RuntimeDefault', 'Unconfined', 'no seccompProfile'],
  ['all rights', '{ ', '{ privileged: true, ', 'privileged: true'],
])('fails with %s', async (_, from, to, says) => {
  const finding = await found(hardenedContainer, deployment(hardened.replace(from, to)))
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ file: 'k8s/app.yaml', line: 13 }] })
  expect(finding.says).toContain(says)
})

it('fails with a token that nobody has turned off, in the pod or its service account', async () => {
  const files = deployment(hardened, 'hostNetwork: false')
  expect((await found(hardenedContainer, files)).says).toContain('token of its service account')
  const account =
    'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: shop }\nautomountServiceAccountToken: false\n'
  expect((await found(hardenedContainer, { ...files, 'k8s/account.yaml': account })).status).toBe('pass')
})

it('judges what sluice.yaml says of containers', async () => {
  expect((await found(hardenedContainer, sluiceYaml('target: docker'))).status).toBe('fail')
  const closed = sluiceYaml('target: docker, container: { readOnly: true }')
  expect((await found(hardenedContainer, closed)).status).toBe('warn')
})

it('does not concern processes, and knows nothing where nothing says where it runs', async () => {
  expect((await found(hardenedContainer, sluiceYaml('target: process'))).status).toBe('na')
  expect((await found(hardenedContainer, {})).status).toBe('unknown')
})
