import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
import { probes } from './probes.ts'

const sluiceYaml = (health: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nhealth:\n  ${health}\n`,
})
const started = (readyAfterMs: number) =>
  trialOf({ answer: (_request, response) => response.end('ok'), readyAfterMs })

const ready = 'readinessProbe: { httpGet: { path: /readyz, port: http } }'
const alive = 'livenessProbe: { httpGet: { path: /livez, port: 3000 } }'
const startup =
  'startupProbe: { httpGet: { path: /livez, port: http }, periodSeconds: 2, failureThreshold: 5 }'
const deployment = (...given: string[]) => ({
  'k8s/app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    spec:
      containers:
        - name: app
          image: shop:1
          ports: [{ name: http, containerPort: 3000 }]
          ${given.join('\n          ')}
        - name: collector
          image: collector:1
`,
})

it('passes with a path, times that fit, and a start within its budget', async () => {
  const files = sluiceYaml(
    'readiness: { path: /readyz }\n  startup: { period: 1s, failures: 3, timeout: 500ms }',
  )
  const finding = await found(probes, files, { trial: started(2_900) })
  expect(finding.status).toBe('pass')
  expect(finding.evidence.map(({ says }) => says)).toContain('it was ready after 2900 ms')
  expect((await found(probes, files)).status).toBe('warn')
})

it('fails where a start takes longer than it may', async () => {
  const files = sluiceYaml(
    'readiness: { path: /readyz }\n  startup: { period: 1s, failures: 3, timeout: 500ms }',
  )
  const finding = await found(probes, files, { trial: started(3_100) })
  expect(finding).toMatchObject({
    status: 'fail',
    says: 'it was ready after 3100 ms, and 3000 ms are all that it is given',
  })
})

it('warns where only a connection says that it is ready', async () => {
  const finding = await found(probes, sluiceYaml('liveness: { path: /livez }'), { trial: started(100) })
  expect(finding.status).toBe('warn')
})

it('fails with a timeout that is no shorter than its period', async () => {
  const finding = await found(probes, sluiceYaml('readiness: { path: /, period: 2s, timeout: 2s }'))
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ file: 'sluice.yaml', line: 4 }] })
})

it('passes with the three probes of a manifest, and asks nothing of what listens to nobody', async () => {
  const finding = await found(probes, deployment(ready, alive, startup), { trial: started(9_000) })
  expect(finding.status).toBe('pass')
  expect((await found(probes, deployment(ready, alive, startup), { trial: started(11_000) })).status).toBe(
    'fail',
  )
})

it.each([
  ['no readiness', [alive, startup], 'fail', 'no readinessProbe'],
  ['a port that it does not have', [ready, alive.replace('3000', '3001'), startup], 'fail', 'asks port 3001'],
  [
    'a timeout above the period',
    [ready, alive, startup.replace('}, p', '}, timeoutSeconds: 3, p')],
    'fail',
    '3 s',
  ],
  ['no startup', [ready, alive], 'warn', 'no startupProbe'],
])('judges a manifest with %s', async (_, given, status, says) => {
  const finding = await found(probes, deployment(...given))
  expect(finding.status).toBe(status)
  expect(finding.says).toContain(says)
})

it.each([
  ['one', 'HEALTHCHECK CMD ["node", "check.js"]\n', 'warn', 'has a HEALTHCHECK'],
  ['none', '', 'unknown', 'no HEALTHCHECK'],
  ['NONE', 'HEALTHCHECK NONE\n', 'unknown', 'no HEALTHCHECK'],
  [
    'one of a program that is not there',
    'HEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1"]\n',
    'fail',
    'curl is not',
  ],
  [
    'one of another port',
    'EXPOSE 3000\nHEALTHCHECK CMD node a.js http://127.0.0.1:4000\n',
    'fail',
    'asks port 4000',
  ],
  ['one that waits too long', 'HEALTHCHECK --interval=5s --timeout=1m CMD ["node"]\n', 'fail', 'longer than'],
])('judges an image by its HEALTHCHECK where nothing else is there: %s', async (_, line, status, says) => {
  const finding = await found(probes, { Dockerfile: `FROM node:24-slim\n${line}` })
  expect(finding.status).toBe(status)
  expect(finding.says).toContain(says)
})

it('knows nothing where nothing says how it is asked', async () => {
  expect((await found(probes, {})).status).toBe('unknown')
})
