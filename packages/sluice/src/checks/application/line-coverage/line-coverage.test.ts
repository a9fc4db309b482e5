import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { found, lookAt } from '../../look.fixture.ts'
import { readCoverage } from './coverage-report.ts'
import { lineCoverage } from './line-coverage.ts'

const lcov = (hit: number) =>
  `SF:src/a.js\nLF:80\nLH:${hit}\nend_of_record\nSF:src/b.js\nLF:20\nLH:20\nend_of_record\n`

it('passes at the threshold and fails below it', async () => {
  expect(await found(lineCoverage, { 'coverage/lcov.info': lcov(60) })).toMatchObject({
    status: 'pass',
    evidence: [
      { says: '80 % of 100 lines are run by tests, and 80 % are wanted', file: 'coverage/lcov.info' },
    ],
  })
  expect((await found(lineCoverage, { 'coverage/lcov.info': lcov(59) })).status).toBe('fail')
})

it('takes the threshold of sluice.yaml', async () => {
  const files = {
    'sluice.yaml':
      'app: shop\ncheck: { coverage: 90 }\nrun: { command: node server.js }\nenvironments: { production: {} }\n',
    'coverage/lcov.info': lcov(65),
  }
  expect((await found(lineCoverage, files)).says).toContain('90 % are wanted')
})

it('does not know without a report, and with one that it cannot read', async () => {
  expect((await found(lineCoverage, {})).status).toBe('unknown')
  expect((await found(lineCoverage, { 'coverage.xml': '<html/>' })).status).toBe('unknown')
})

it('does not know from a report that is older than the code', async () => {
  const look = await lookAt({ 'coverage/lcov.info': lcov(80) })
  const noon = Date.parse('2026-11-22T12:00:00Z') / 1000
  utimesSync(join(look.files.root, 'coverage/lcov.info'), noon, noon)
  utimesSync(join(look.files.root, 'server.js'), noon + 1, noon + 1)
  expect(lineCoverage.static!(look)).toMatchObject({
    status: 'unknown',
    says: 'the report is older than server.js: run the tests again',
  })
})

it.each([
  ['Cobertura', '<?xml version="1.0"?>\n<coverage lines-valid="50" lines-covered="40" line-rate="0.8">'],
  ['coverage.py', '{"meta": {}, "totals": {"num_statements": 50, "covered_lines": 40}}'],
  ['Istanbul', '{"total": {"lines": {"total": 50, "covered": 40, "pct": 80}}}'],
  [
    'Clover',
    '<coverage generated="1"><project timestamp="1"><metrics statements="50" coveredstatements="40"/>',
  ],
  [
    'Go, with a block in two packages',
    'mode: set\na.go:1.2,3.4 40 0\nb.go:1.2,3.4 10 0\na.go:1.2,3.4 40 1\n',
  ],
])('reads the report of %s', (_, text) => {
  expect(readCoverage(text)).toEqual({ lines: 50, covered: 40 })
})
