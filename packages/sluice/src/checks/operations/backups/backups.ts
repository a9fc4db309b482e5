import { type Answer, type Check, fail, pass, unknown } from '../../check.ts'
import type { Look } from '../../look/look.ts'
import { recordOf, type TriedRecord } from '../../look/record-file.ts'
import { durationIn, whyStateless } from '../../look/stored-data.ts'
import { field } from '../../look/yaml-documents.ts'
import { backupSchedule } from './backup-schedule.ts'

const MOST_DAYS = 90

/**
 * OPS-10. A schedule in the repository (a CronJob with a dump, Velero, CloudNativePG, Litestream, pgBackRest, a scheduled CI
 * job, a retention in Terraform), or `schedule:` in the record; and ops/records/OPS-10.yaml, 90 days old at most, of a restore
 * that was tried: `when`, `result`, `target: { rpo: 24h, rto: 1h }` (how much may be lost, how long it may take) and
 * `reached: { rpo: 12h, rto: 25m }`.
 */
export const backups: Check = {
  id: 'OPS-10',
  title: 'what must not be lost is backed up, and was restored once',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static'], ['attested']],
  attestedForDays: 90,
  fix: 'Restore the newest backup elsewhere, and write ops/records/OPS-10.yaml: { when: 2026-11-22, result: passed, schedule: daily at 02:00 by RDS, target: { rpo: 24h, rto: 1h }, reached: { rpo: 12h, rto: 25m } }.',
  concerns: (look) => whyStateless(look),
  static: (look) => restored(look),
}

function restored(look: Look): Answer {
  const schedule = backupSchedule(look)
  const found = recordOf(look, 'OPS-10', MOST_DAYS)
  if ('answer' in found) {
    const { answer } = found
    const evidence = schedule === null ? answer.evidence : [...answer.evidence, schedule]
    return {
      ...answer,
      says: answer.status === 'fail' ? answer.says : `no restore is known: ${answer.says}`,
      evidence,
    }
  }
  return judged(found.record, schedule)
}

function judged({ document, says }: TriedRecord, schedule: ReturnType<typeof backupSchedule>): Answer {
  const { value, file } = document
  const at = { file, line: document.lineOf(['reached']) }
  const written = field(value, 'schedule')
  for (const key of ['rpo', 'rto'] as const) {
    const [target, reached] = [field(value, 'target', key), field(value, 'reached', key)]
    const [most, ms] = [durationIn(target), durationIn(reached)]
    if (most === null || ms === null)
      return unknown(`${says}, wants target.${key} and reached.${key}, such as 24h`, [
        { says: `${key} is not told`, ...at },
      ])
    if (ms > most)
      return fail(`${says}: ${key} was ${reached}, and ${target} is the target`, [
        { says: `${key}: ${reached}`, ...at },
      ])
  }
  if (schedule === null && typeof written !== 'string')
    return unknown(`${says}, tells of a restore; when backups are made is not known: give it a schedule`, [
      { says, ...at },
    ])
  return pass('backups are made, and a restore kept both targets', [
    { says, ...at },
    schedule ?? { says: `schedule: ${written}`, file, line: document.lineOf(['schedule']) },
  ])
}
