import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { backups } from './backups.ts'

const stateful = {
  'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies: { pg: '^8.0.0' } },
}
const record = (fields: string) => ({
  ...stateful,
  'ops/records/OPS-10.yaml': `when: 2026-11-01\nresult: passed\n${fields}`,
})
const targets = 'target: { rpo: 24h, rto: 1h }\n'
const cron = {
  'kubernetes/backup.yaml': `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: dump }\nspec: { command: pg_dump }\n`,
}

it('passes with a schedule and a restore that kept both targets', async () => {
  const { status, evidence } = await found(backups, {
    ...record(`${targets}reached: { rpo: 12h, rto: 25m }\n`),
    ...cron,
  })
  expect(status).toBe('pass')
  expect(evidence.at(-1)).toMatchObject({ says: 'CronJob dump', file: 'kubernetes/backup.yaml', line: 2 })
})

it('takes the schedule that the record names, where the platform makes backups', async () => {
  const named = `schedule: daily, by RDS\n${targets}reached: { rpo: 12h, rto: 25m }\n`
  expect((await found(backups, record(named))).status).toBe('pass')
})

it('fails where a target was missed', async () => {
  const finding = await found(backups, { ...record(`${targets}reached: { rpo: 12h, rto: 3h }\n`), ...cron })
  expect(finding).toMatchObject({
    status: 'fail',
    says: expect.stringContaining('rto was 3h, and 1h is the target'),
  })
})

it('does not know without a restore, a target or a schedule', async () => {
  expect((await found(backups, { ...stateful, ...cron })).says).toContain('no restore is known')
  expect((await found(backups, { ...record('reached: { rpo: 12h, rto: 25m }\n'), ...cron })).status).toBe(
    'unknown',
  )
  expect((await found(backups, record(`${targets}reached: { rpo: 12h, rto: 25m }\n`))).status).toBe('unknown')
})

it('does not concern what keeps nothing', async () => {
  expect((await found(backups, {})).status).toBe('na')
  const said = 'app: shop\nrun: { command: node server.js }\ncheck: { stateful: false }\n'
  expect((await found(backups, { ...stateful, 'sluice.yaml': said })).status).toBe('na')
})
