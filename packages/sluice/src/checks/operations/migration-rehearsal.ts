import { type Answer, type Check, fail, pass, unknown } from '../check.ts'
import type { Look } from '../look/look.ts'
import { recordOf } from '../look/record-file.ts'
import { databaseOf, durationIn } from '../look/stored-data.ts'
import { field } from '../look/yaml-documents.ts'

const MOST_DAYS = 90

/**
 * OPS-04. ops/records/OPS-04.yaml, 90 days old at most: `when`, `result`, `rows` of the largest table, `duration: 4m`,
 * `lock: 300ms` (the longest that others waited), and `budget: { duration: 10m, lock: 1s }`, which both have to keep.
 */
export const migrationRehearsal: Check = {
  id: 'OPS-04',
  title: 'the migration was tried on as much data as production has',
  severity: 'high',
  blocksFrom: 'B',
  passes: [['static'], ['attested']],
  attestedForDays: 90,
  fix: 'Restore a copy of production, migrate it, and write ops/records/OPS-04.yaml: { when: 2026-11-22, result: passed, rows: 12000000, duration: 4m, lock: 300ms, budget: { duration: 10m, lock: 1s } }.',
  concerns: (look) => (databaseOf(look) === null ? 'no database was found among what it needs' : null),
  static: (look) => rehearsed(look),
}

function rehearsed(look: Look): Answer {
  const found = recordOf(look, 'OPS-04', MOST_DAYS)
  if ('answer' in found) return found.answer
  const { document, says } = found.record
  const { value, file } = document
  const rows = field(value, 'rows')
  const measured = { duration: durationIn(field(value, 'duration')), lock: durationIn(field(value, 'lock')) }
  const missing = [
    ...(typeof rows === 'number' && rows > 0 ? [] : ['rows']),
    ...(['duration', 'lock'] as const).filter((key) => measured[key] === null),
  ]
  const evidence = [
    { says: `${rows} rows, ${field(value, 'duration')}, locked for ${field(value, 'lock')}`, file },
  ]
  if (missing.length > 0) return unknown(`${says}, does not tell: ${missing.join(', ')}`, evidence)
  for (const key of ['duration', 'lock'] as const) {
    const budget = durationIn(field(value, 'budget', key))
    if (budget === null) return unknown(`${says}, has no budget.${key} to compare with`, evidence)
    if (measured[key]! <= budget) continue
    const at = { file, line: document.lineOf([key]) }
    return fail(`${says}: ${key} was ${field(value, key)}, and ${field(value, 'budget', key)} is allowed`, [
      { says: `${key}: ${field(value, key)}`, ...at },
    ])
  }
  return pass(`${says}: ${rows} rows were migrated within the budget`, evidence)
}
