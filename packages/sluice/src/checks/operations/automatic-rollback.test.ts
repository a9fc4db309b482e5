import { expect, it } from 'vitest'
import type { Operations } from '../look/look.ts'
import { found } from '../look.fixture.ts'
import { automaticRollback } from './automatic-rollback.ts'

const config = (strategy: string) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nenvironments: { production: { strategy: ${strategy} } }\n`,
})
const drilled = (isGreen: boolean): { operations: Operations } => ({
  operations: {
    drills: [{ environment: 'staging', at: Date.parse('2026-11-20'), isGreen, says: '4 of 4 caught' }],
    rollouts: [],
    releases: [],
  },
})

it('passes a canary that was seen to go back', async () => {
  const { status, evidence } = await found(automaticRollback, config('canary'), drilled(true))
  expect(status).toBe('pass')
  expect(evidence.at(-1)).toMatchObject({ says: 'strategy of production: canary', file: 'sluice.yaml' })
})

it.each(['recreate', '{ rolling: { analyze: { for: 0s } } }', '{ blue-green: { bake: 0s } }'])(
  'fails %s, which watches nothing',
  async (strategy) => {
    expect((await found(automaticRollback, config(strategy), drilled(true))).status).toBe('fail')
  },
)

it('fails where a drill was missed', async () => {
  expect((await found(automaticRollback, config('canary'), drilled(false))).status).toBe('fail')
})

it('warns where errors are left out', async () => {
  const strategy = '{ canary: { analyze: { metrics: { errors: false } } } }'
  expect((await found(automaticRollback, config(strategy), drilled(true))).status).toBe('warn')
})

it('takes a release that was undone by itself for proof, for 90 days', async () => {
  const undone = (day: string): { operations: Operations } => ({
    operations: {
      drills: [],
      rollouts: [
        {
          ...{ environment: 'production', at: Date.parse(day), kind: 'deploy' as const, isGreen: false },
          turnedBackFor: 'evidence' as const,
          says: 'rolled back: r2 fails 4 % of its requests',
        },
      ],
      releases: [],
    },
  })
  expect((await found(automaticRollback, config('canary'), undone('2026-11-01'))).status).toBe('pass')
  expect((await found(automaticRollback, config('canary'), undone('2026-06-01'))).status).toBe('unknown')
})

it('reads Argo Rollouts and Flagger, and does not know of what is nowhere', async () => {
  const argo =
    'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: { strategy: { canary: { analysis: {} } } }\n'
  expect((await found(automaticRollback, { 'rollout.yaml': argo }, drilled(true))).status).toBe('pass')
  expect((await found(automaticRollback, {}, drilled(true))).status).toBe('unknown')
})

it('does not know whether it works where that was never seen', async () => {
  expect((await found(automaticRollback, config('canary'))).status).toBe('unknown')
})
