import { expect, it } from 'vitest'
import type { Operations } from '../look/look.ts'
import { found } from '../look.fixture.ts'
import { stagingRollback } from './staging-rollback.ts'

const deploy = (day: string) => ({
  ...{
    environment: 'staging',
    at: Date.parse(day),
    kind: 'deploy' as const,
    isGreen: true,
    turnedBackFor: null,
    says: 'succeeded',
  },
})
const known = (environment: string, day: string, isGreen = true): { operations: Operations } => ({
  operations: {
    drills: [{ environment, at: Date.parse(day), isGreen, says: '4 of 4 caught' }],
    rollouts: [deploy('2026-11-20'), deploy('2026-11-10'), deploy('2026-11-01')],
    releases: [],
  },
})

it('passes a drill of staging since the release before', async () => {
  expect(await found(stagingRollback, {}, known('staging', '2026-11-12'))).toMatchObject({
    status: 'pass',
    says: 'the newest of staging, on 2026-11-12, succeeded',
  })
})

it('fails a drill of staging that failed', async () => {
  expect((await found(stagingRollback, {}, known('staging', '2026-11-21', false))).status).toBe('fail')
})

it('takes the record of those who deploy by other means', async () => {
  const record = (result: string) => ({ 'ops/records/OPS-03.yaml': `when: 2026-11-20\nresult: ${result}\n` })
  expect((await found(stagingRollback, record('passed'))).status).toBe('pass')
  expect((await found(stagingRollback, record('failed'))).status).toBe('fail')
})

it('names the staging of sluice.yaml, where nobody has tried it', async () => {
  const config = 'app: shop\nrun: { command: node server.js }\nenvironments: { stage: {}, production: {} }\n'
  expect(await found(stagingRollback, { 'sluice.yaml': config })).toMatchObject({
    status: 'unknown',
    says: 'nobody is known to have tried it in stage: sluice drill --env stage --yes',
  })
})

it('does not know of older releases, nor by production', async () => {
  expect((await found(stagingRollback, {}, known('staging', '2026-11-05'))).status).toBe('unknown')
  expect((await found(stagingRollback, {}, known('production', '2026-11-21'))).status).toBe('unknown')
  expect((await found(stagingRollback, {})).status).toBe('unknown')
})
