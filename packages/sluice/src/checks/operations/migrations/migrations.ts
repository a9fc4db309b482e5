import { type Answer, type Check, type Evidence, pass, unknown } from '../../check.ts'
import { dayText } from '../../look/day.ts'
import { lineAt } from '../../look/files.ts'
import type { Look } from '../../look/look.ts'
import { databaseOf } from '../../look/stored-data.ts'
import { answerOf, merged, type Weighed } from '../../look/weighed.ts'
import { alembicHazards, djangoHazards } from './django-and-alembic.ts'
import { type Hazard, type Judged, nothingJudged } from './hazard.ts'
import { type MigrationFile, newestMigrations } from './newest-migrations.ts'
import { sqlHazards } from './sql-hazards.ts'

/** How a person lets a migration stand: `-- sluice: contract phase, unused since r41`. */
const ALLOWED = /(?:--|#|\/\/|\*)\s*sluice:\s*(contract phase|compatible)\b/i

/**
 * OPS-05. Judges migrations in SQL (also those of Prisma, Drizzle, goose, dbmate, golang-migrate and Flyway), Django and
 * Alembic that are dated within the last 30 days, or the newest of each folder where they have no date: older ones
 * are applied, and a drop is the right end of every change that was made in two steps. A comment
 * `sluice: contract phase` or `sluice: compatible` in a migration lets it stand.
 */
export const migrations: Check = {
  id: 'OPS-05',
  title: 'the release before can run on the schema that the newest migrations make',
  severity: 'critical',
  blocksFrom: 'C',
  passes: [['static']],
  fix: 'Change in two releases: first add what is new beside the old, and only when no release reads the old one any more drop it, with the comment "sluice: contract phase" in that migration.',
  concerns(look) {
    const database = databaseOf(look)
    if (newestMigrations(look).folders > 0 || database === 'postgres' || database === 'mysql') return null
    return 'it has no migrations, and no database with a schema was found'
  },
  static: (look) => judged(look),
}

function judged(look: Look): Answer {
  const { folders, pending, newest } = newestMigrations(look)
  if (folders === 0) return unknown('no migrations were found in the repository, and there is a database')
  if (pending.length === 0) {
    const { file, dated } = newest!
    const says = `the newest migration is of ${dayText(dated!)}, and taken as applied`
    return pass(says, [{ says, file }])
  }
  const isPostgres = look.app.services.some(({ value }) => value === 'postgres')
  const known: Judged = { ...nothingJudged(), isPostgres }
  const weighed = merged(...pending.map((one) => weigh(one, known)))
  return answerOf(weighed, `${pending.length} migrations are compatible with the release before`)
}

function weigh(migration: MigrationFile, judgedBefore: Judged): Partial<Weighed> {
  const { file, text, language } = migration
  const allowed = ALLOWED.exec(text)
  if (allowed !== null)
    return { good: [{ says: `said to be: ${allowed[1]}`, file, line: lineAt(text, allowed.index) }] }
  if (language === 'other')
    return {
      open: [
        {
          says: 'migrations in this language cannot be judged here; "sluice: compatible" in a comment says that it is',
          file,
        },
      ],
    }
  const hazards = hazardsIn[language](text, judgedBefore)
  const shown = (some: Hazard[]): Evidence[] => some.map(({ says, line }) => ({ says, file, line }))
  return {
    bad: shown(hazards.filter(({ isSure }) => isSure)),
    weak: shown(hazards.filter(({ isSure }) => !isSure)),
    good: hazards.length === 0 ? [{ says: 'takes nothing away', file }] : [],
  }
}

const hazardsIn: { [K in 'sql' | 'django' | 'alembic']: (text: string, judged: Judged) => Hazard[] } = {
  sql: sqlHazards,
  django: djangoHazards,
  alembic: alembicHazards,
}
