import { expect, it } from 'vitest'
import type { Execution, Run } from '../../execution.ts'
import type { Operations } from '../../look/look.ts'
import { found } from '../../look.fixture.ts'
import { trialOf } from '../../running/trial.fixture.ts'
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

/** Asks a path of the address that the command is given, and ends as `end` says for the status; remembers what it was given. */
function asking(variable: string, end: (status: number) => Partial<Run>) {
  const given: { words: string; env: Record<string, string> }[] = []
  const execution: Execution = {
    async run(words, { env = {} } = {}) {
      given.push({ words: words.join(' '), env })
      const address = env[variable]
      const status = address === undefined ? 0 : (await fetch(`${address}/products`)).status
      return { code: 0, output: '', tookMs: 1, ...end(status) }
    },
  }
  return { execution, given }
}

const shop = () =>
  trialOf({ answer: (request, response) => response.end(request.url), plainEnv: { CURRENCY: 'EUR' } })

it('passes where the hooks are green against a copy, with the variables that a rollout gives them', async () => {
  const both = config(
    '{ strategy: { blue-green: { smoke: [[node, smoke.js]] } }, hooks: { beforeTraffic: [npm run smoke] } }',
  )
  const { execution, given } = asking('SLUICE_PREVIEW_URL', () => ({}))
  const finding = await found(smokeTest, both, { execution, trial: shop() })
  expect(finding).toMatchObject({ status: 'pass', says: 'the smoke test is green against a copy of the app' })
  expect(given.map(({ words, env }) => [words, env.SLUICE_HOOK])).toEqual([
    ['node smoke.js', 'smoke'],
    ['/bin/sh -c npm run smoke', 'beforeTraffic'],
  ])
  expect(given[0]!.env).toMatchObject({
    SLUICE_APP: 'shop',
    SLUICE_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    CURRENCY: 'EUR',
  })
})

it('believes a green run on the files as they are, where an older release was stopped', async () => {
  const stopped = deployed('hook', 'rolled back: hook beforeTraffic ended with exit code 1')
  const { execution } = asking('SLUICE_URL', () => ({}))
  const finding = await found(smokeTest, hooked, { ...stopped, execution, trial: shop() })
  expect(finding.status).toBe('pass')
})

it('fails where one is red, whatever the newest rollout was, and shows what it printed', async () => {
  const { execution } = asking('SLUICE_URL', () => ({ code: 1, output: 'GET /products\nno price\n' }))
  const finding = await found(smokeTest, hooked, {
    ...deployed(null, 'r2 serves all'),
    ...{ execution, trial: shop() },
  })
  expect(finding).toMatchObject({
    status: 'fail',
    says: 'npm run smoke ended with 1 against a copy of the app',
  })
  expect(finding.evidence.at(-1)?.says).toBe('GET /products | no price')
})

it('does not take one that never asked the copy, or was not done, for proof', async () => {
  const deaf = asking('NOWHERE', () => ({}))
  const nowhere = await found(smokeTest, hooked, { execution: deaf.execution, trial: shop() })
  expect(nowhere).toMatchObject({ status: 'warn', says: expect.stringContaining('did not ask the copy') })
  const slow = asking('SLUICE_URL', () => ({ code: null, why: 'it was not done after 60 s' }))
  const late = await found(smokeTest, hooked, { execution: slow.execution, trial: shop() })
  expect(late).toMatchObject({ status: 'warn', says: expect.stringContaining('not done after 60 s') })
})

it.each([
  ['in its words', config('{ hooks: { beforeTraffic: ["curl -f https://shop.example.com/"] } }'), {}],
  [
    'in its script',
    hooked,
    { 'package.json': { name: 'shop', scripts: { smoke: 'curl -f https://shop.example.com/' } } },
  ],
  [
    'in the file that it runs',
    config('{ host: shop.example.com, hooks: { beforeTraffic: [node ./smoke.js] } }'),
    { 'smoke.js': "await fetch('https://shop.example.com/')" },
  ],
])('runs none that would ask another machine, by an address %s', async (_, yaml, files) => {
  const { execution, given } = asking('SLUICE_URL', () => ({}))
  const finding = await found(smokeTest, { ...yaml, ...files }, { execution, trial: shop() })
  expect(finding.says).toContain('it asks shop.example.com')
  expect(given).toEqual([])
})

it('leaves an earlier run as it was where no copy is to be started, or nothing is to be run', async () => {
  const { execution, given } = asking('SLUICE_URL', () => ({}))
  const without = await found(smokeTest, hooked, { execution })
  expect(without.methods).toEqual(['platform', 'static'])
  expect((await found(smokeTest, workflow('smoke'), { execution, trial: shop() })).methods).not.toContain(
    'executed',
  )
  expect(given).toEqual([])
})
