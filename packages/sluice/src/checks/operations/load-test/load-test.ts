import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { recordOf } from '../../look/record-file.ts'
import { durationIn } from '../../look/stored-data.ts'
import { field } from '../../look/yaml-documents.ts'
import { readReport } from './load-report.ts'

const MOST_DAYS = 180
const TIMES = 2

/**
 * OPS-11. ops/records/OPS-11.yaml, 180 days old at most: `when`, `result`, `expectedPeak: 120` (requests per second), `limits:
 * { p99: 500ms, errors: 1% }`, and what was measured: `reached: 260`, `p99: 310ms`, `errors: 0.2%`; or in place of these three
 * `report: <path>` of the summary that k6 (`--summary-export`) or autocannon (`--json`) wrote.
 */
export const loadTest: Check = {
  id: 'OPS-11',
  title: 'it was tried under twice the load that is expected',
  severity: 'medium',
  blocksFrom: null,
  passes: [['static'], ['attested']],
  attestedForDays: 90,
  fix: 'Run a load test at twice the expected peak, and write ops/records/OPS-11.yaml: { when: 2026-11-22, result: passed, expectedPeak: 120, reached: 260, p99: 310ms, errors: 0.2%, limits: { p99: 500ms, errors: 1% } }.',
  static: (look) => tried(look),
}

function tried(look: Look): Answer {
  const found = recordOf(look, 'OPS-11', MOST_DAYS)
  if ('answer' in found) return found.answer
  const { document, says } = found.record
  const { value, file } = document
  const report = field(value, 'report')
  const measured = typeof report === 'string' ? readReport(look, report) : null
  if (typeof report === 'string' && measured === null)
    return unknown(`${says}, names ${report}, which is no summary of k6 or autocannon`, [
      { says: 'report', file },
    ])
  const { perSecond, p99Ms, errors } = measured ?? {
    perSecond: numberIn(field(value, 'reached')),
    p99Ms: durationIn(field(value, 'p99')),
    errors: shareIn(field(value, 'errors')),
  }
  const peak = numberIn(field(value, 'expectedPeak'))
  const limits = {
    p99Ms: durationIn(field(value, 'limits', 'p99')),
    errors: shareIn(field(value, 'limits', 'errors')),
  }
  const told = {
    expectedPeak: peak,
    reached: perSecond,
    p99: p99Ms,
    errors,
    'limits.p99': limits.p99Ms,
    'limits.errors': limits.errors,
  }
  const missing = Object.entries(told)
    .filter(([, one]) => one === null)
    .map(([name]) => name)
  if (missing.length > 0)
    return unknown(`${says}, does not tell: ${missing.join(', ')}`, [{ says: 'not complete', file }])
  const evidence = [
    {
      says: `${Math.round(perSecond!)} requests/s, p99 ${Math.round(p99Ms!)} ms, ${percent(errors!)} errors`,
      file,
    },
  ]
  const missed = [
    ...(perSecond! >= TIMES * peak!
      ? []
      : [`${Math.round(perSecond!)} requests/s are less than ${TIMES} × ${peak}`]),
    ...(p99Ms! <= limits.p99Ms! ? [] : [`p99 was ${Math.round(p99Ms!)} ms, over ${limits.p99Ms} ms`]),
    ...(errors! <= limits.errors! ? [] : [`${percent(errors!)} failed, over ${percent(limits.errors!)}`]),
  ]
  if (missed.length > 0) return fail(`${says}: ${missed.join(', ')}`, evidence)
  return pass(
    `${says}: ${Math.round(perSecond!)} requests/s within the limits, ${peak} are expected`,
    evidence,
  )
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null
}

/** `0.2%` is 0.002; a bare number is not taken, since nobody knows whether it is meant in percent. */
function shareIn(value: unknown): number | null {
  const percentage = /^(\d+(?:\.\d+)?)\s*%$/.exec(String(value))?.[1]
  if (percentage !== undefined) return Number(percentage) / 100
  return value === 0 ? 0 : null
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`
}
