import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { ciPermissions } from './ci-permissions.ts'

const workflow = (text: string) => ({ '.github/workflows/main.yml': text })
const steps = 'runs-on: ubuntu-24.04\n    steps: [{ run: make }]'

it.each([
  [
    'nothing at the top, and scopes for each job',
    `permissions: {}\njobs:\n  a:\n    permissions: { contents: read }\n    ${steps}\n`,
  ],
  ['a top that only reads', `permissions: { contents: read }\njobs:\n  a:\n    ${steps}\n`],
  ['scopes in every job', `jobs:\n  a:\n    permissions: { contents: read }\n    ${steps}\n`],
  ['a workflow that is only called', `on: workflow_call\njobs:\n  a:\n    ${steps}\n`],
])('passes with %s', async (_, text) => {
  expect(await found(ciPermissions, workflow(text))).toMatchObject({ status: 'pass' })
})

it.each([
  ['the default', `on: push\njobs:\n  a:\n    ${steps}\n`, 'job a has the default permissions'],
  [
    'write-all at the top',
    `permissions: write-all\njobs:\n  a:\n    ${steps}\n`,
    'every job may write everything',
  ],
  [
    'write-all in a job',
    `permissions: {}\njobs:\n  a:\n    permissions: write-all\n    ${steps}\n`,
    'job a may write',
  ],
])('fails with %s', async (_, text, says) => {
  const finding = await found(ciPermissions, workflow(text))
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('warns of a right to write that several jobs are given', async () => {
  const text = `permissions: { packages: write }\njobs:\n  a:\n    ${steps}\n  b:\n    ${steps}\n`
  const finding = await found(ciPermissions, workflow(text))
  expect(finding).toMatchObject({
    status: 'warn',
    says: 'each of 2 jobs may write packages (.github/workflows/main.yml:1)',
  })
})

it('warns of a right to read everything', async () => {
  const finding = await found(ciPermissions, workflow(`permissions: read-all\njobs:\n  a:\n    ${steps}\n`))
  expect(finding).toMatchObject({ status: 'warn', evidence: [{ line: 1 }] })
})

it('does not concern other systems, and is not known without any', async () => {
  expect((await found(ciPermissions, { '.gitlab-ci.yml': 'test: { script: [make] }\n' })).status).toBe('na')
  expect((await found(ciPermissions, {})).status).toBe('unknown')
  expect((await found(ciPermissions, workflow('jobs: [\n'))).status).toBe('unknown')
})
