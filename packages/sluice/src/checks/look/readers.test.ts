import { expect, it } from 'vitest'
import { builtAbove, lookAt, lookAtMember } from '../look.fixture.ts'
import { alertRules } from './alert-rules.ts'
import { ciFiles } from './ci-files.ts'
import { imageFile } from './image-file.ts'
import { manifestContainers, manifests } from './manifests.ts'

it('finds the containers of workloads, also in lists and among several documents, with their lines', async () => {
  const look = await lookAt({
    'kubernetes/app.yaml': `apiVersion: v1
kind: Service
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    spec:
      initContainers:
        - name: wait
      containers:
        - name: app
          image: shop
`,
    'kubernetes/chart.yaml': 'apiVersion: v1\nkind: {{ .Kind }}\n  x: [\n',
    'values.yaml': 'kind: nothing\n',
  })
  expect(manifests(look).manifests.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'Service shop',
    'Deployment shop',
  ])
  expect(manifests(look).unread).toHaveLength(1)
  const [wait, app] = manifestContainers(look)
  expect([wait?.name, wait?.isInit, app?.name, app?.isInit]).toEqual(['wait', true, 'app', false])
  expect(app?.manifest.lineOf([...app.at, 'image'])).toBe(15)
})

it('finds alerting rules in rule files and in objects of the operator', async () => {
  const rule = '- alert: Down\n        expr: up == 0\n        for: 5m\n        labels: { severity: page }\n'
  const look = await lookAt({
    'ops/alerts.yaml': `groups:\n  - name: shop\n    rules:\n      ${rule}`,
    'kubernetes/rules.yaml': `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n    - name: shop\n      rules:\n        - alert: Slow\n          expr: x > 1\n`,
  })
  expect(alertRules(look)).toMatchObject([
    { name: 'Slow', for: '', line: 7 },
    { name: 'Down', for: '5m', labels: { severity: 'page' }, file: 'ops/alerts.yaml', line: 4 },
  ])
})

it('finds the files of each CI system', async () => {
  const look = await lookAt({
    '.github/workflows/main.yml': 'on: push\n',
    '.gitlab-ci.yml': 'test: { script: [make] }\n',
    '.circleci/config.yml': 'version: 2.1\n',
    Jenkinsfile: 'pipeline { }\n',
    'buildspec.yml': 'version: 0.2\n',
    'ops/pipeline.yaml': 'Resources: { P: { Type: AWS::CodePipeline::Pipeline } }\n',
    'src/pipeline.yaml': 'steps: []\n',
  })
  expect(ciFiles(look).map(({ system, file }) => `${system} ${file}`)).toEqual([
    'github .github/workflows/main.yml',
    'gitlab .gitlab-ci.yml',
    'circleci .circleci/config.yml',
    'jenkins Jenkinsfile',
    'codepipeline buildspec.yml',
    'codepipeline ops/pipeline.yaml',
  ])
})

it('reads the Dockerfile, with what the rules and the simulator say of it', async () => {
  const look = await lookAt({
    Dockerfile: 'FROM node:24\nCMD ["nothing-of-that-name"]\n',
    '.dockerignore': '.git\n',
  })
  expect(imageFile(look)).toMatchObject({ file: 'Dockerfile', dockerignore: '.git\n' })
  expect(imageFile(look)!.simulated.map(({ id }) => id)).toContain('SIM-COMMAND')
})

it('reads the Dockerfile of an app that is built of more than its folder, also where it runs as processes', async () => {
  const member = {
    'package.json': { workspaces: ['apps/*'] },
    'apps/api/package.json': { scripts: { start: 'node server.js' } },
    'apps/api/sluice.yaml': builtAbove,
    'apps/api/Dockerfile': 'FROM node:26\n',
  }
  expect(imageFile(await lookAtMember('apps/api', member))?.file).toBe('apps/api/Dockerfile')
  const both = await lookAtMember('apps/api', { ...member, Dockerfile: 'FROM node:24\n' })
  expect(imageFile(both)?.file).toBe('Dockerfile')
  // There it is built by what its sluice.yaml names, or not at all.
  const inContainers = builtAbove.replace('production: {}', 'production: { target: docker }')
  const look = await lookAtMember('apps/api', { ...member, 'apps/api/sluice.yaml': inContainers })
  expect([look.configProblem, imageFile(look)]).toEqual([null, null])
})
