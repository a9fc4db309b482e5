import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { expect, it } from 'vitest'
import type { Report } from '../run-checks.ts'
import { junit } from './junit.ts'
import { markdown } from './markdown.ts'
import { sarif } from './sarif.ts'
import { scores } from './score.ts'

type Finding = Report['findings'][number]

const finding = (more: Partial<Finding>): Finding => ({
  group: 'application',
  id: 'APP-11',
  title: 'exactly one lockfile is there',
  severity: 'high',
  status: 'fail',
  says: 'there is no lockfile',
  evidence: [],
  methods: ['static'],
  isBlocking: false,
  leniency: null,
  fix: 'Commit one.',
  ...more,
})

const evil = '<b>&"\u0000]]> @everyone [x](javascript:1) | `\n# heading'
const findings = [
  finding({ isBlocking: true, evidence: [{ says: evil, file: 'a b/ü#.js', line: 3, method: 'static' }] }),
  finding({ status: 'unknown', says: evil, title: evil }),
  finding({ status: 'warn', evidence: [{ says: 'seen', file: 'package.json', method: 'static' }] }),
  finding({ status: 'pass' }),
  finding({ group: 'security', status: 'na', says: 'it has no users' }),
]

it('counts what holds among what concerns the app, and rounds down', () => {
  const many = [...Array(66)].map(() => finding({ status: 'pass' }))
  expect(scores({ findings: [...many, finding({})] })).toEqual([
    { group: 'application', passed: 66, of: 67, percent: 98 },
  ])
  expect(scores({ findings: [finding({ status: 'na' })] })).toEqual([
    { group: 'application', passed: 0, of: 0, percent: 100 },
  ])
})

it('is SARIF by its schema, with what blocks as an error', () => {
  const log = JSON.parse(sarif({ findings }, { version: '0.1.0', fallbackFile: 'sluice.yaml' }))
  const schema = new URL(
    '../../../../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
    import.meta.url,
  )
  // Of draft 4, whose `id` Ajv reads no more.
  const { $schema: _, id: __, ...draft } = JSON.parse(readFileSync(schema, 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
  formats.default(ajv)
  const isValid = ajv.compile(draft)
  isValid(log)
  expect(isValid.errors ?? []).toEqual([])
  const [{ results, tool }] = log.runs
  expect(results.map(({ level }: { level: string }) => level)).toEqual(['error', 'note', 'warning'])
  expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['APP-11'])
  expect(results[0].locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: 'a%20b/%C3%BC%23.js', uriBaseId: '%SRCROOT%' },
    region: { startLine: 3 },
  })
  expect(results[1].locations[0].physicalLocation.artifactLocation.uri).toBe('sluice.yaml')
})

it('is JUnit, whatever was found in the files', () => {
  const xml = junit({ findings }, 'shop')
  expect(xml).toContain('<testsuite name="application" tests="4" failures="1" errors="0" skipped="2">')
  expect(xml).toContain('<testsuite name="security" tests="1" failures="0" errors="0" skipped="1">')
  expect(xml).toContain('a b/ü#.js:3  &lt;b&gt;&amp;&quot;]]&gt; @everyone')
  expect(xml).not.toContain('\u0000')
})

it('is a page for a pull request that mentions nobody and links nowhere', () => {
  const text = markdown({ findings }, { app: 'shop', tier: 'B', treeHash: '0123456789abcdef' })
  expect(text).toContain('### Ready for production? shop, tier B: 1 of 5 checks block')
  expect(text).toContain('| application | 1 of 4 | 25 % |')
  expect(text).toContain('\\<b\\>')
  expect(text).toContain('\\@everyone \\[x\\](javascript:1) \\| \\` \\# heading')
  expect(text).toContain('<sub>tree 0123456789ab</sub>')
})

it('fits into a comment', () => {
  const many = [...Array(2_000)].map(() => finding({ status: 'fail', isBlocking: true }))
  const text = markdown({ findings: many }, { app: 'shop', tier: 'B', treeHash: '0' })
  expect(text.length).toBeLessThan(65_536)
  expect(text).toContain('… cut: the rest is in the log.')
})
