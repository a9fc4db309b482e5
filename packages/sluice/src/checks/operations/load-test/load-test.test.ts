import { expect, it } from 'vitest'
import { found } from '../../look.fixture.ts'
import { loadTest } from './load-test.ts'

const record = (fields: string) => ({
  'ops/records/OPS-11.yaml': `when: 2026-11-01\nresult: passed\nexpectedPeak: 120\nlimits: { p99: 500ms, errors: 1% }\n${fields}`,
})

it('passes at twice the peak, within the limits', async () => {
  const finding = await found(loadTest, record('reached: 260\np99: 310ms\nerrors: 0.2%\n'))
  expect(finding).toMatchObject({
    status: 'pass',
    evidence: [{ says: '260 requests/s, p99 310 ms, 0.2 % errors', file: 'ops/records/OPS-11.yaml' }],
  })
})

it.each([
  ['reached: 200\np99: 310ms\nerrors: 0.2%\n', '200 requests/s are less than 2 × 120'],
  ['reached: 260\np99: 2s\nerrors: 0.2%\n', 'p99 was 2000 ms, over 500 ms'],
  ['reached: 260\np99: 310ms\nerrors: 4%\n', '4 % failed, over 1 %'],
])('fails %j', async (fields, says) => {
  const finding = await found(loadTest, record(fields))
  expect(finding.status).toBe('fail')
  expect(finding.says).toContain(says)
})

it('reads what k6 and autocannon wrote', async () => {
  const k6 = {
    http_reqs: { rate: 300 },
    http_req_duration: { 'p(99)': 120.4 },
    http_req_failed: { value: 0 },
  }
  const files = { ...record('report: ops/load/k6.json\n'), 'ops/load/k6.json': { metrics: k6 } }
  expect(await found(loadTest, files)).toMatchObject({
    status: 'pass',
    evidence: [{ says: '300 requests/s, p99 120 ms, 0 % errors' }],
  })
  const cannon = { requests: { average: 300, total: 3000 }, latency: { p99: 80 }, errors: 60, non2xx: 0 }
  const second = { ...record('report: load.json\n'), 'load.json': cannon }
  expect((await found(loadTest, second)).says).toContain('2 % failed, over 1 %')
})

it('does not know without a record, or where it tells half', async () => {
  expect((await found(loadTest, {})).status).toBe('unknown')
  expect(await found(loadTest, record('reached: 260\n'))).toMatchObject({
    status: 'unknown',
    says: expect.stringContaining('does not tell: p99, errors'),
  })
  expect((await found(loadTest, record('report: load.txt\n'))).status).toBe('unknown')
})
