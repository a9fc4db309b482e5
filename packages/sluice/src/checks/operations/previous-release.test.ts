import { expect, it } from 'vitest'
import type { Operations } from '../look/look.ts'
import { found } from '../look.fixture.ts'
import { previousRelease } from './previous-release.ts'

const config = (keep: number) => ({
  'sluice.yaml': `app: shop\nrun: { command: node server.js }\nkeepReleases: ${keep}\n`,
})
const kept = (releases: string[], deploys: number): { operations: Operations } => ({
  operations: {
    drills: [],
    rollouts: Array.from({ length: deploys }, (_, at) => ({
      ...{
        environment: 'production',
        at,
        kind: 'deploy' as const,
        isGreen: true,
        turnedBackFor: null,
        says: 'succeeded',
      },
    })),
    releases: [{ environment: 'production', kept: releases }],
  },
})

it('passes where two releases are kept, and shall be', async () => {
  const { status, evidence } = await found(previousRelease, config(5), kept(['r2', 'r1'], 2))
  expect(status).toBe('pass')
  expect(evidence.map(({ says }) => says)).toEqual(['production has r2, r1', 'keepReleases is 5'])
})

it('fails where only the one that serves is kept', async () => {
  expect((await found(previousRelease, config(1), kept(['r2', 'r1'], 2))).status).toBe('fail')
  expect((await found(previousRelease, config(5), kept(['r2'], 2))).status).toBe('fail')
})

it('does not know before a second release, or of a registry that was not asked', async () => {
  expect((await found(previousRelease, config(5), kept(['r1'], 1))).status).toBe('unknown')
  expect((await found(previousRelease, config(5))).status).toBe('unknown')
})

it('reads what a registry has said', async () => {
  const digest = (letter: string) => ({ imageDigest: `sha256:${letter.repeat(64)}` })
  const stored = (takenAt: string, ...letters: string[]) => ({
    ...config(5),
    'ops/replies/registry.json': { takenAt, from: 'aws ecr describe-images', reply: letters.map(digest) },
  })
  expect((await found(previousRelease, stored('2026-11-21T10:00:00Z', 'a', 'b'))).status).toBe('pass')
  expect((await found(previousRelease, stored('2026-11-21T10:00:00Z', 'a'))).status).toBe('fail')
  expect((await found(previousRelease, stored('2026-11-01T10:00:00Z', 'a', 'b'))).status).toBe('unknown')
  expect((await found(previousRelease, stored('2026-11-21T10:00:00Z'))).status).toBe('unknown')
})

const deployment = (limit: number) => ({
  'kubernetes/app.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { revisionHistoryLimit: ${limit} }\n`,
})

it.each([
  ['passes revisions that Kubernetes keeps', deployment(3), 'pass'],
  ['fails where it keeps none', deployment(0), 'fail'],
  [
    'passes the policy of a registry',
    { 'main.tf': 'resource "aws_ecr_lifecycle_policy" "shop" {\n}\n' },
    'pass',
  ],
  ['does not know where nothing is said', {}, 'unknown'],
])('without sluice.yaml %s', async (_, files, status) => {
  expect((await found(previousRelease, files, kept(['r2', 'r1'], 2))).status).toBe(status)
})
