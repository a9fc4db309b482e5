import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { separateStaging } from './separate-staging.ts'

const sluiceYaml = (
  production = 'strategy: { blue-green: { approve: true } }, env: { API_TOKEN: { file: secrets/production } }',
  staging = 'staging: { env: { API_TOKEN: { file: secrets/staging } } }',
) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments:\n  production: { ${production} }\n  ${staging}\n`,
})

it('passes with two environments, secrets of their own and an approval', async () => {
  expect(await found(separateStaging, sluiceYaml())).toMatchObject({ status: 'pass' })
})

it.each([
  ['one environment', sluiceYaml('strategy: { blue-green: { approve: true } }', ''), 'the only environment'],
  [
    'one secret for both',
    sluiceYaml(undefined, 'staging: { env: { API_TOKEN: { file: secrets/production } } }'),
    'production shares API_TOKEN with staging',
  ],
  [
    'a deploy that nobody approves',
    {
      ...sluiceYaml('strategy: rolling'),
      '.gitlab-ci.yml': 'deploy-production:\n  stage: deploy\n  script: [sluice deploy]\n',
    },
    'deploy-production deploys to production, and nobody approves it',
  ],
])('fails with %s', async (_, files, says) => {
  const finding = await found(separateStaging, files)
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('never shows a secret that both have', async () => {
  const files = sluiceYaml('env: { API_TOKEN: hunter2 }', 'staging: { env: { API_TOKEN: hunter2 } }')
  const finding = await found(separateStaging, files)
  expect(finding.status).toBe('fail')
  expect(JSON.stringify(finding)).not.toContain('hunter2')
})

it.each([
  ['.gitlab-ci.yml', 'deploy-production:\n  stage: deploy\n  script: [sluice deploy]\n  when: manual\n'],
  [
    '.github/workflows/deploy.yml',
    'on: workflow_dispatch\njobs:\n  deploy-production:\n    steps: [{ run: sluice deploy }]\n',
  ],
  [
    '.circleci/config.yml',
    'jobs: { production: { steps: [run: ./release] } }\nworkflows:\n  main:\n    jobs:\n      - hold:\n          type: approval\n      - production: { requires: [hold] }\n',
  ],
  ['Jenkinsfile', "stage('Deploy production') {\n  input message: 'Deploy?'\n  sh 'sluice deploy'\n}\n"],
])('takes a person who is asked in %s for an approval', async (path, text) => {
  const files = { ...sluiceYaml('strategy: rolling'), [path]: text }
  expect((await found(separateStaging, files)).status).toBe('pass')
})

it.each([
  ['nobody but who deploys approves', {}, 'but who deploys it'],
  [
    'GitHub alone knows',
    {
      '.github/workflows/deploy.yml':
        'on: push\njobs:\n  deploy:\n    environment: production\n    runs-on: ubuntu-24.04\n    steps: [{ run: sluice deploy }]\n',
    },
    'said on GitHub',
  ],
])('warns where %s', async (_, files, says) => {
  const finding = await found(separateStaging, { ...sluiceYaml('strategy: rolling'), ...files })
  expect(finding.status).toBe('warn')
  expect(finding.says).toContain(says)
})

it('does not know environments that are only in a platform', async () => {
  expect((await found(separateStaging, {})).status).toBe('unknown')
})
