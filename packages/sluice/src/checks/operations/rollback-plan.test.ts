import { expect, it } from 'vitest'
import type { Operations } from '../look/look.ts'
import { found } from '../look.fixture.ts'
import { rollbackPlan } from './rollback-plan.ts'

const plan = { 'ops/runbook.md': '# Runbook\n\n## Going back\n\n1. `sluice rollback`\n' }
const drilled = (day: string, isGreen = true): { operations: Operations } => ({
  operations: {
    drills: [{ environment: 'staging', at: Date.parse(day), isGreen, says: '4 of 4 caught' }],
    rollouts: [],
    releases: [],
  },
})

it('passes a plan that a drill has tried of late', async () => {
  const finding = await found(rollbackPlan, plan, drilled('2026-11-01'))
  expect(finding.status).toBe('pass')
  expect(finding.evidence).toEqual([
    { says: 'the newest drill, of staging on 2026-11-01: 4 of 4 caught', method: 'platform' },
    { says: '"Going back"', file: 'ops/runbook.md', line: 3, method: 'static' },
  ])
})

it('fails without a plan, and where the last drill failed', async () => {
  expect(await found(rollbackPlan, {}, drilled('2026-11-01'))).toMatchObject({
    status: 'fail',
    says: 'no page says how to go back',
  })
  expect((await found(rollbackPlan, plan, drilled('2026-11-01', false))).status).toBe('fail')
})

it('does not know whether a plan works that nobody tried, or tried long ago', async () => {
  expect(await found(rollbackPlan, plan)).toMatchObject({
    status: 'unknown',
    says: 'nobody is known to have tried the way back: sluice drill --env staging --yes',
  })
  expect((await found(rollbackPlan, plan, drilled('2026-08-01'))).status).toBe('unknown')
})

it('takes the record of those who deploy by other means', async () => {
  const record = (result: string) => ({
    ...plan,
    'ops/records/OPS-01.yaml': `when: 2026-11-20\nresult: ${result}\n`,
  })
  expect((await found(rollbackPlan, record('passed'))).status).toBe('pass')
  expect((await found(rollbackPlan, record('failed'))).status).toBe('fail')
})

it('warns of a plan without a command', async () => {
  const page = { 'docs/deploy.md': '# Rollback\n\nAsk somebody.\n' }
  expect((await found(rollbackPlan, page, drilled('2026-11-01'))).status).toBe('warn')
})
