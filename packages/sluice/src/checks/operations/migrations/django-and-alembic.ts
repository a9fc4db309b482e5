import type { Hazard, Judged } from './hazard.ts'
import { type PythonCall, pythonCalls, pythonText } from './python-calls.ts'
import { sqlHazards } from './sql-hazards.ts'

/** What the release before may not survive of a migration of Django. State alone touches no database. */
export function djangoHazards(text: string, judged: Judged): Hazard[] {
  return pythonCalls(text)
    .filter(({ name, within }) => /(?:^|\.)[A-Z]\w+$/.test(name) && !within.includes('state_operations'))
    .flatMap((call) => djangoHazard(call, judged))
}

function djangoHazard(call: PythonCall, judged: Judged): Hazard[] {
  const kind = call.name.split('.').at(-1)!
  const [model, field] = [argument(call, 'model_name', 0), argument(call, 'name', 1)]
  const isNew = judged.created.has(model.toLowerCase())
  const at = `${model}.${field}`
  const hazard = (says: string, isSure = true): Hazard[] => (isNew ? [] : [{ says, isSure, line: call.line }])
  switch (kind) {
    case 'CreateModel':
      judged.created.add(argument(call, 'name', 0).toLowerCase())
      return []
    case 'DeleteModel':
      return hazard(`drops the model ${argument(call, 'name', 0)}`)
    case 'RenameModel':
      return hazard(`renames the model ${argument(call, 'old_name', 0)}`)
    case 'AlterModelTable':
      return hazard(`renames the table of ${argument(call, 'name', 0)}`)
    case 'RemoveField':
      return hazard(`drops ${at}`)
    case 'RenameField':
      return hazard(`renames ${model}.${argument(call, 'old_name', 1)}`)
    case 'AlterField':
      return hazard(`alters ${at}: whether its type changes was not read`, false)
    case 'AddField':
      return isOptional(call.named.get('field') ?? call.positional[2] ?? '')
        ? []
        : hazard(
            `adds ${at} as NOT NULL, and Django leaves no default in the database (db_default does): the release before cannot insert`,
          )
    case 'AddIndex':
      return judged.isPostgres
        ? hazard(`makes an index on ${model}; AddIndexConcurrently lets others write`)
        : []
    case 'RunSQL':
      return ofSql(call.named.get('sql') ?? call.positional[0] ?? '', call, judged)
    default:
      return []
  }
}

function isOptional(field: string): boolean {
  return /\bnull\s*=\s*True|\bdb_default\s*=|ManyToManyField|GeneratedField|GenericRelation|GenericForeignKey/.test(
    field,
  )
}

/** The same of a revision of Alembic: what its `upgrade` does. */
export function alembicHazards(text: string, judged: Judged): Hazard[] {
  return pythonCalls(text)
    .filter(({ name, within }) => /^\w*op\.\w+$/.test(name) && within.includes('upgrade'))
    .flatMap((call) => alembicHazard(call, judged))
}

function alembicHazard(call: PythonCall, judged: Judged): Hazard[] {
  const [receiver, kind] = call.name.split('.') as [string, string]
  // Within `with op.batch_alter_table('orders') as batch_op` nobody names the table again.
  const isBatch = receiver !== 'op'
  const [table, column] = isBatch
    ? ['', argument(call, 'column_name', 0)]
    : [argument(call, 'table_name', 0), argument(call, 'column_name', 1)]
  const at = isBatch ? column : `${table}.${column}`
  const hazard = (says: string): Hazard[] =>
    judged.created.has(table.toLowerCase()) ? [] : [{ says, isSure: true, line: call.line }]
  switch (kind) {
    case 'create_table':
      judged.created.add(table.toLowerCase())
      return []
    case 'drop_table':
      return hazard(`drops the table ${table}`)
    case 'rename_table':
      return hazard(`renames the table ${table}`)
    case 'drop_column':
      return hazard(`drops ${at}`)
    case 'alter_column':
      return alteredColumn(call, at).flatMap(hazard)
    case 'add_column':
      return isRequired(call.named.get('column') ?? call.positional[isBatch ? 0 : 1] ?? '')
        ? hazard(
            `adds a column to ${table || 'a table'} as NOT NULL without server_default: the release before cannot insert`,
          )
        : []
    case 'create_index':
      return indexed(call, isBatch, judged)
    case 'execute':
      return ofSql((call.positional[0] ?? '').replace(/^(?:sa\.)?text\(([\s\S]*)\)$/, '$1'), call, judged)
    default:
      return []
  }
}

function alteredColumn({ named }: PythonCall, at: string): string[] {
  return [
    ...(named.has('new_column_name') ? [`renames ${at}`] : []),
    ...(named.has('type_') ? [`changes the type of ${at}`] : []),
    ...(named.get('nullable') === 'False' ? [`makes ${at} NOT NULL`] : []),
  ]
}

function isRequired(column: string): boolean {
  return /nullable\s*=\s*False/.test(column) && !/server_default\s*=|Identity\(|Computed\(/.test(column)
}

function indexed(call: PythonCall, isBatch: boolean, judged: Judged): Hazard[] {
  const table = isBatch ? '' : argument(call, 'table_name', 1)
  const isConcurrent = call.named.get('postgresql_concurrently') === 'True'
  if (!judged.isPostgres || isConcurrent || judged.created.has(table.toLowerCase())) return []
  const says = `makes an index on ${table || 'a table'} without postgresql_concurrently: nobody can write meanwhile`
  return [{ says, isSure: true, line: call.line }]
}

// Lines within the text are those of the call.
function ofSql(source: string, { line }: PythonCall, judged: Judged): Hazard[] {
  const sql = pythonText(source)
  if (sql === null)
    return [{ says: 'runs SQL that is put together elsewhere, and was not read', isSure: false, line }]
  return sqlHazards(sql, judged).map((one) => ({ ...one, line: line + one.line - 1 }))
}

function argument({ named, positional }: PythonCall, name: string, index: number): string {
  const source = named.get(name) ?? positional[index] ?? ''
  return pythonText(source) ?? source
}
