import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { serviceFacts } from './service-facts.ts'

const facts = `owner: shop
tier: B
docs: https://docs.example.com/shop
dependencies:
  - { name: postgres, failure: nothing can be saved }
`

it('passes with all four', async () => {
  const { status, evidence } = await found(serviceFacts, { 'ops/on-call.yaml': facts })
  expect(status).toBe('pass')
  expect(evidence.map(({ says, line }) => `${says}:${line}`)).toEqual([
    'owner:1',
    'tier:2',
    'docs:3',
    'dependencies:4',
  ])
})

it('gathers them from where they stand', async () => {
  const finding = await found(serviceFacts, {
    'ops/on-call.yaml': 'owner: shop\n',
    'sluice.yaml': 'app: shop\nrun: { command: node server.js }\ncheck: { tier: B }\n',
    'README.md': '# Shop\n',
    'ops/runbook.md': '## What it depends on\n\n| what | when it is away |\n| --- | --- |\n',
  })
  expect(finding.status).toBe('pass')
})

it('warns of a catalog that does not say what happens without what it depends on', async () => {
  const catalog = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: shop, labels: { tier: B }, links: [{ url: https://x }] }
spec: { owner: shop, dependsOn: [resource:db] }
`
  expect((await found(serviceFacts, { 'catalog-info.yaml': catalog })).status).toBe('warn')
})

it('fails with what is missing', async () => {
  expect(await found(serviceFacts, { 'ops/on-call.yaml': 'owner: TODO\ndocs: x\n' })).toMatchObject({
    status: 'fail',
    says: 'not written down: owner, tier, dependencies',
  })
})
