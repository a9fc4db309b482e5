import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { Look } from '../../look/look.ts'
import { readCoverage } from './coverage-report.ts'

/** APP-02. Reads the report that the last run of the tests left; one that is older than the code tells of other code. */
export const lineCoverage: Check = {
  id: 'APP-02',
  title: 'the tests run as many lines as the threshold asks for',
  severity: 'medium',
  blocksFrom: 'B',
  passes: [['static']],
  fix: 'Have the tests write a report (coverage/lcov.info, coverage.xml or cover.out) and add tests, or set check: coverage: in sluice.yaml to what was agreed.',
  concerns: ({ app }) => (app.stack === 'static' ? 'there is no code of which lines could be run' : null),
  static: coverageOf,
}

/** Where test runners leave their reports; the exact ones first. */
const places = [
  ...['coverage/coverage-summary.json', 'coverage/lcov.info', 'coverage/cobertura-coverage.xml'],
  ...['coverage/coverage.xml', 'coverage/clover.xml', 'coverage/coverage.json', 'lcov.info', 'coverage.lcov'],
  ...['coverage.xml', 'coverage.json', 'cobertura.xml', 'cover.out', 'coverage.out', 'coverage.txt', 'c.out'],
  ...['cover.txt', 'profile.cov', 'coverage/cover.out', 'coverage/coverage.out', 'build/coverage.xml'],
  ...['reports/coverage.xml', 'reports/lcov.info', 'reports/coverage/lcov.info', 'test-results/coverage.xml'],
]

/** As much of a file as is read. */
const READ_BYTES = 1024 * 1024

function coverageOf({ files, settings }: Look): Answer {
  const there = places.filter((path) => files.exists(path))
  const reports = there.flatMap((path) => {
    const text = files.read(path) ?? ''
    // Half a report has another share.
    const covered = Buffer.byteLength(text) >= READ_BYTES ? null : readCoverage(text)
    return covered === null ? [] : [{ path, ...covered }]
  })
  const report = reports[0]
  if (report === undefined) {
    const evidence = there.map((path) => ({
      says: 'not of a known form, or more than 1 MiB',
      file: files.at(path),
    }))
    const why = there.length === 0 ? 'there is no report of coverage' : 'no report of coverage could be read'
    return unknown(`${why}: a run of the tests has to leave one, such as coverage/lcov.info`, evidence)
  }
  const percent = Math.floor((report.covered / report.lines) * 1000) / 10
  const says = `${percent} % of ${report.lines} lines are run by tests, and ${settings.coveragePercent} % are wanted`
  const evidence = [{ says, file: files.at(report.path) }]
  const newer = changedAfter(files, report.path)
  if (newer !== null)
    return unknown(`the report is older than ${files.at(newer)}: run the tests again`, evidence)
  return percent < settings.coveragePercent ? fail(says, evidence) : pass(says, evidence)
}

/** A file of code that was changed after the report was written. */
function changedAfter(files: Look['files'], report: string): string | null {
  const writtenAt = changedAt(files, report)
  const code = files.matching(/\.(?:[cm]?[jt]sx?|go|py)$/).filter((path) => !isForTests(path))
  return code.find((path) => changedAt(files, path) > writtenAt) ?? null
}

function changedAt(files: Look['files'], path: string): number {
  return statSync(join(files.root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
