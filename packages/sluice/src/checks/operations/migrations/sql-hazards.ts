import { alterHazards } from './alter-table.ts'
import type { Hazard, Judged } from './hazard.ts'
import { sqlStatements } from './sql-statements.ts'
import { SqlWords } from './sql-words.ts'

/** What the release before may not survive in a script of SQL; tables that it makes are added to `judged`. */
export function sqlHazards(script: string, judged: Judged): Hazard[] {
  const found: Hazard[] = []
  const dropped: { table: string; line: number }[] = []
  /** Names that new tables have taken over. */
  const rebuilt = new Set<string>()
  const isNew = (table: string) => judged.created.has(table.toLowerCase())
  for (const { tokens, line } of sqlStatements(script)) {
    const words = new SqlWords(tokens)
    const sure = (says: string) => found.push({ says, line, isSure: true })
    if (words.take('CREATE')) {
      created(words, judged, sure)
    } else if (words.take('DROP', 'TABLE')) {
      words.take('IF', 'EXISTS')
      const table = words.name()
      if (!isNew(table)) dropped.push({ table, line })
    } else if (words.take('RENAME', 'TABLE')) {
      sure(`renames the table ${words.name()}`)
    } else if (words.take('ALTER', 'TABLE')) {
      words.take('IF', 'EXISTS')
      words.take('ONLY')
      const table = words.name()
      if (!isNew(table)) found.push(...alterHazards(words, table).map((one) => ({ ...one, line })))
      else if (words.take('RENAME', 'TO')) rebuilt.add(words.name())
    } else if (words.take('EXEC', 'sp_rename') || words.take('sp_rename')) {
      sure('renames something')
    }
  }
  const drops = dropped.map(({ table, line }) => dropHazard(table, line, rebuilt))
  return [...found, ...drops].toSorted((a, b) => a.line - b.line)
}

// CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS] [name] ON [ONLY] table
function created(words: SqlWords, judged: Judged, sure: (says: string) => void): void {
  for (const kind of ['GLOBAL', 'LOCAL', 'TEMP', 'TEMPORARY', 'UNLOGGED', 'UNIQUE']) words.take(kind)
  if (words.take('TABLE')) {
    words.take('IF', 'NOT', 'EXISTS')
    judged.created.add(words.name().toLowerCase())
    return
  }
  if (!words.take('INDEX')) return
  const isConcurrent = words.take('CONCURRENTLY')
  if (!words.skipTo('ON')) return
  words.take('ONLY')
  const table = words.name()
  if (judged.isPostgres && !isConcurrent && !judged.created.has(table.toLowerCase()))
    sure(`makes an index on ${table} without CONCURRENTLY: nobody can write meanwhile`)
}

// SQLite cannot change a column: a new table is filled, and takes the name of the old one.
function dropHazard(table: string, line: number, rebuilt: Set<string>): Hazard {
  if (!rebuilt.has(table)) return { says: `drops the table ${table}`, line, isSure: true }
  return { says: `makes the table ${table} anew: what changes in it was not read`, line, isSure: false }
}
