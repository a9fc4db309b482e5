import { expect, it } from 'vitest'
import type { Operations } from '../look/look.ts'
import { found } from '../look.fixture.ts'
import { smokeTest } from './smoke-test.ts'

const config = (environment: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments: { production: ${environment} }\n`,
})
const hooked = config('{ hooks: { beforeTraffic: [npm run smoke] } }')
type Reason = Operations['rollouts'][number]['turnedBackFor']
const deployed = (turnedBackFor: Reason, says: string): { operations: Operations } => ({
  operations: {
    drills: [],
    rollouts: [
      {
        ...{ environment: 'production', at: 1, kind: 'deploy' as const, isGreen: turnedBackFor === null },
        turnedBackFor,
        says,
      },
    ],
    releases: [],
  },
})

it('passes a hook that ran in the newest rollout', async () => {
  const finding = await found(smokeTest, hooked, deployed(null, 'r2 serves all'))
  expect(finding.status).toBe('pass')
  expect(finding.evidence.at(-1)?.says).toBe('npm run smoke runs before users meet a release of production')
})

it('fails without one, and where it failed', async () => {
  expect((await found(smokeTest, config('{}'))).status).toBe('fail')
  const failed = deployed('hook', 'rolled back: hook beforeTraffic ended with exit code 1')
  expect((await found(smokeTest, hooked, failed)).status).toBe('fail')
})

it('takes a rollout that was undone for another reason for no proof', async () => {
  const worse = deployed('evidence', 'rolled back: r2 fails 4 % of its requests')
  expect((await found(smokeTest, hooked, worse)).status).toBe('warn')
})

it('only warns while nobody has seen it run', async () => {
  expect((await found(smokeTest, hooked)).status).toBe('warn')
})

const workflow = (...ids: string[]) => ({
  '.github/workflows/main.yml': `on: push\njobs:\n${ids
    .map((id) => `  ${id}: { steps: [{ run: make ${id} }] }\n`)
    .join('')}`,
})

it('finds the stage in CI files, between staging and production', async () => {
  const between = workflow('deploy-staging', 'smoke', 'deploy-production')
  expect((await found(smokeTest, between, deployed(null, 'ok'))).status).toBe('pass')
  const after = workflow('deploy-staging', 'deploy-production', 'smoke')
  expect((await found(smokeTest, after, deployed(null, 'ok'))).says).toContain(
    'not between staging and production',
  )
  expect((await found(smokeTest, workflow('test', 'deploy-production'))).status).toBe('fail')
})

it('takes a deploy to staging that asks the app for its answer', async () => {
  const asking = workflow('deploy-staging', 'deploy-production')['.github/workflows/main.yml'].replace(
    'make deploy-staging',
    'make deploy-staging && curl --fail https://staging.example.com/readyz',
  )
  const files = { '.github/workflows/main.yml': asking }
  expect((await found(smokeTest, files, deployed(null, 'ok'))).status).toBe('pass')
})

it('warns of a smoke test where no deploy to production is to be seen', async () => {
  expect((await found(smokeTest, workflow('test', 'smoke'), deployed(null, 'ok'))).status).toBe('warn')
})

it('does not know of deploys elsewhere', async () => {
  expect((await found(smokeTest, {})).status).toBe('unknown')
  expect((await found(smokeTest, workflow('test'))).status).toBe('unknown')
})
