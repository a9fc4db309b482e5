import { type Answer, fail, unknown } from '../check.ts'
import { DAY_MS, dayOf, dayText } from './day.ts'
import type { Look } from './look.ts'
import { field, type YamlDocument, yamlDocuments } from './yaml-documents.ts'

/** What people have written down of something that they tried: a restore, a load test. */
export interface TriedRecord {
  document: YamlDocument
  when: number
  /** `ops/records/OPS-10.yaml, of 2026-11-22` */
  says: string
}

/**
 * Reads `ops/records/<id>.yaml` of the app, or of its repository. It has `when: 2026-11-22`, and `result: passed` or
 * `result: failed`. One that failed, is older than `mostDays`, or cannot be read gives its answer instead.
 */
export function recordOf(
  look: Look,
  id: string,
  mostDays: number,
): { record: TriedRecord } | { answer: Answer } {
  const path = `ops/records/${id}.yaml`
  const files = [look.files, look.repositoryFiles].find((some) => some.exists(path))
  if (files === undefined) return { answer: unknown(`there is no record ${path}`) }
  const { documents, problem } = yamlDocuments(files, path)
  const document = documents[0]
  if (document === undefined) return { answer: unknown(problem ?? `${path} is empty`) }
  const when = dayOf(field(document.value, 'when'))
  const at = { file: document.file, line: document.lineOf(['when']) }
  if (when === null)
    return {
      answer: unknown(`${path} wants a day such as ${dayText(look.now)} for when`, [
        { says: 'no day', ...at },
      ]),
    }
  const says = `${path}, of ${dayText(when)}`
  const result = field(document.value, 'result')
  if (/^(?:fail|failed|red|no|false)$/i.test(String(result)))
    return { answer: fail(`${says}, says that it failed`, [{ says: `result: ${result}`, ...at }]) }
  if (!/^(?:pass|passed|ok|green|success|yes|true)$/i.test(String(result)))
    return { answer: unknown(`${path} wants result: passed or failed`, [{ says: 'no result', ...at }]) }
  if (when > look.now) return { answer: unknown(`${says}, has yet to happen`, [{ says: 'when', ...at }]) }
  if (look.now - when > mostDays * DAY_MS)
    return {
      answer: unknown(`${says}, is older than ${mostDays} days: do it again`, [{ says: 'when', ...at }]),
    }
  return { record: { document, when, says } }
}
