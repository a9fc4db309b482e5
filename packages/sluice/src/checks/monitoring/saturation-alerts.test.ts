import { expect, it } from 'vitest'
import { found } from '../look.fixture.ts'
import { saturationAlerts } from './saturation-alerts.ts'

const app = {
  'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies: { pg: '^8.0.0' } },
}
const rules = (...expressions: string[]) => ({
  ...app,
  'ops/alerts.yaml': `groups:\n  - name: shop\n    rules:\n${expressions
    .map((expr, index) => `      - alert: A${index}\n        expr: ${expr}\n`)
    .join('')}`,
})
const ofMachine = [
  ...['rate(node_cpu_seconds_total[5m]) > 1', 'node_memory_MemAvailable_bytes < 1'],
  ...['node_filesystem_avail_bytes < 1', 'node_filesystem_files_free < 1', 'process_open_fds > 1'],
]

it('passes where the machine and the database are covered', async () => {
  const { status, evidence } = await found(saturationAlerts, rules(...ofMachine, 'pg_up == 0'))
  expect(status).toBe('pass')
  expect(evidence.map(({ says }) => says)).toEqual([
    ...['CPU: A0', 'memory: A1', 'disk: A2', 'inodes: A3', 'file descriptors: A4', 'postgres: A5'],
  ])
})

it('fails with what is not covered', async () => {
  expect(await found(saturationAlerts, rules(...ofMachine.slice(0, 4)))).toMatchObject({
    status: 'fail',
    says: 'no alert covers file descriptors, postgres',
  })
})

it('does not know where none of them is, or no alert at all', async () => {
  expect((await found(saturationAlerts, rules('http_requests_total > 1'))).status).toBe('unknown')
  expect((await found(saturationAlerts, app)).status).toBe('unknown')
})
