import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { migrationRehearsal } from './migration-rehearsal.ts'

const record = (fields: string) => ({
  'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies: { pg: '^8.0.0' } },
  'ops/records/OPS-04.yaml': `when: 2026-11-20\nresult: passed\n${fields}`,
})
const budget = 'budget: { duration: 10m, lock: 1s }\n'

it('passes within the budget', async () => {
  const files = record(`rows: 12000000\nduration: 4m\nlock: 300ms\n${budget}`)
  expect(await found(migrationRehearsal, files)).toMatchObject({
    status: 'pass',
    evidence: [{ says: '12000000 rows, 4m, locked for 300ms', file: 'ops/records/OPS-04.yaml' }],
  })
})

it('fails beyond it', async () => {
  const finding = await found(migrationRehearsal, record(`rows: 9\nduration: 4m\nlock: 3s\n${budget}`))
  expect(finding).toMatchObject({ status: 'fail', evidence: [{ says: 'lock: 3s', line: 5 }] })
})

it.each([
  ['no record', { ...record(''), 'ops/records/OPS-04.yaml': '' }, 'is empty'],
  ['a record that tells half', record('rows: 9\n'), 'does not tell: duration, lock'],
  ['a record without a budget', record('rows: 9\nduration: 4m\nlock: 1s\n'), 'has no budget.duration'],
  ['a number without a unit', record(`rows: 9\nduration: 4\nlock: 1s\n${budget}`), 'does not tell: duration'],
  [
    'an old record',
    { ...record(''), 'ops/records/OPS-04.yaml': 'when: 2026-01-01\nresult: passed\n' },
    'older than 90 days',
  ],
])('does not know by %s', async (_, files, says) => {
  const finding = await found(migrationRehearsal, files)
  expect(finding.status).toBe('unknown')
  expect(finding.says).toContain(says)
})

it('takes a signature, and does not concern what has no database', async () => {
  const signed = '- { check: OPS-04, who: Ada, when: 2026-11-20, link: https://x, expires: 2027-01-20 }\n'
  const files = { 'package.json': record('')['package.json'], 'ops/attestations.yaml': signed }
  expect((await found(migrationRehearsal, files)).status).toBe('pass')
  expect((await found(migrationRehearsal, {})).status).toBe('na')
})
