import type { Hazard } from './hazard.ts'
import type { SqlWords } from './sql-words.ts'

type Found = Omit<Hazard, 'line'>

/** What follows DROP, RENAME or ADD and is no column. */
const NO_COLUMN = [
  ...['CONSTRAINT', 'INDEX', 'KEY', 'PRIMARY', 'FOREIGN', 'UNIQUE', 'CHECK', 'PARTITION', 'FULLTEXT'],
  ...['SPATIAL', 'EXCLUDE', 'PERIOD', 'DEFAULT', 'EXPRESSION', 'IDENTITY', 'NOT', 'VALUE'],
]
/** What gives a new column its value where nobody names it. */
const FILLED = [
  'DEFAULT',
  'GENERATED',
  'IDENTITY',
  'AUTO_INCREMENT',
  'SERIAL',
  'BIGSERIAL',
  'SMALLSERIAL',
  'AS',
]

/** What the release before may not survive of what follows `ALTER TABLE name`. */
export function alterHazards(words: SqlWords, table: string): Found[] {
  return words.parts().flatMap((action) => actionHazards(action, table))
}

function actionHazards(action: SqlWords, table: string): Found[] {
  if (action.take('DROP')) return dropped(action, table)
  if (action.take('RENAME')) return renamed(action, table)
  if (action.take('ADD')) return added(action, table)
  if (action.take('ALTER')) return altered(action, table)
  for (const word of ['MODIFY', 'CHANGE']) {
    if (!action.take(word)) continue
    action.take('COLUMN')
    const [column, next] = [action.name(), word === 'CHANGE' ? action.name() : null]
    if (next !== null && next !== column) return [sure(`renames ${table}.${column} to ${next}`)]
    return [unsure(`defines ${table}.${column} anew: whether its type changes was not read`)]
  }
  return []
}

function dropped(action: SqlWords, table: string): Found[] {
  if (!action.take('COLUMN') && NO_COLUMN.some((word) => action.take(word))) return []
  action.take('IF', 'EXISTS')
  return [sure(`drops ${table}.${action.name()}`)]
}

function renamed(action: SqlWords, table: string): Found[] {
  if (action.take('TO') || action.take('AS')) return [sure(`renames the table ${table} to ${action.name()}`)]
  if (!action.take('COLUMN') && NO_COLUMN.some((word) => action.take(word))) return []
  return [sure(`renames ${table}.${action.name()}`)]
}

function added(action: SqlWords, table: string): Found[] {
  if (!action.take('COLUMN') && NO_COLUMN.some((word) => action.take(word))) return []
  action.take('IF', 'NOT', 'EXISTS')
  const column = action.name()
  if (!action.has('NOT', 'NULL') || FILLED.some((word) => action.has(word))) return []
  return [sure(`adds ${table}.${column} as NOT NULL without a default: the release before cannot insert`)]
}

function altered(action: SqlWords, table: string): Found[] {
  action.take('COLUMN')
  const column = action.name()
  if (action.take('SET', 'NOT', 'NULL')) return [sure(`makes ${table}.${column} NOT NULL`)]
  if (!action.take('SET', 'DATA', 'TYPE') && !action.take('TYPE')) return []
  // Longer texts are what most of these are, and do no harm.
  const isText = ['TEXT', 'VARCHAR', 'CHARACTER'].some((word) => action.has(word))
  if (isText)
    return [unsure(`changes ${table}.${column} to a text, which is harmless where it was a shorter one`)]
  return [sure(`changes the type of ${table}.${column}`)]
}

function sure(says: string): Found {
  return { says, isSure: true }
}

function unsure(says: string): Found {
  return { says, isSure: false }
}
