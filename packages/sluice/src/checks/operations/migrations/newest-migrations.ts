import { posix } from 'node:path'
import { DAY_MS } from '../../look/day.ts'
import { type Look, once } from '../../look/look.ts'
import { isOwnFile } from '../../look/own-files.ts'

export interface MigrationFile {
  /** From the repository's folder. */
  file: string
  text: string
  language: 'sql' | 'django' | 'alembic' | 'other'
  /** Null where neither its name nor its head tells when it was made. */
  dated: number | null
}

const PENDING_DAYS = 30
/** More than these are not looked through for a release. */
const MOST = 30
const SQL = /(?:^|\/)(?:migrations?|migrate|drizzle|flyway|sql-migrations)\/(?:[^/]+\/)?[^/]+\.sql$/i
const PYTHON = /(?:^|\/)(?:migrations\/\d{4}_\w+|versions\/\w+)\.py$/
const CODE = /(?:^|\/)migrations?\/[^/]*\d{3,}[^/]*\.(?:[cm]?[jt]s|go)$/
const BACK =
  /(?:^|[._/-])(?:down|undo|rollback|revert|seeds?)(?:[._-][^/]*)?\.sql$|(?:^|\/)U[\d.]+__|\.d\.ts$|(?:^|\/)(?:tests?|fixtures)\//i

/** Migrations that the next release may bring, oldest first; how many folders of them there are; and the newest one. */
export const newestMigrations = once(
  (look): { folders: number; pending: MigrationFile[]; newest: MigrationFile | null } => {
    const paths = [SQL, PYTHON, CODE]
      .flatMap((pattern) => [...look.files.matching(pattern), ...besideIt(look, pattern)])
      .filter((path) => !BACK.test(path))
    const series = new Map<string, string[]>()
    for (const path of paths) series.set(seriesOf(path), [...(series.get(seriesOf(path)) ?? []), path])
    const perSeries = [...series.values()].map((some) => newestOf(some, look))
    const known = perSeries.flatMap(({ newest }) => (newest === null ? [] : [newest]))
    return {
      folders: known.length,
      pending: perSeries.flatMap(({ pending }) => pending),
      newest: known.toSorted((a, b) => (b.dated ?? 0) - (a.dated ?? 0))[0] ?? null,
    }
  },
)

/** Of an app that is built of more than its folder: what lies in packages that it is made of, or in no other app's folder. */
function besideIt(look: Look, pattern: RegExp): string[] {
  const { app, files, repositoryFiles } = look
  if (app.workspaceRoot === null) return []
  const workspace = files.at(app.workspaceRoot)
  const packages = app.codeElsewhere.map((path) => files.at(path))
  const known = new Set(files.paths)
  return repositoryFiles
    .matching(pattern)
    .filter((path) => isWithin(path, workspace))
    .filter((path) => packages.some((one) => isWithin(path, one)) || isOwnFile(look)(path))
    .map((path) => posix.relative(files.at('.'), path))
    .filter((path) => !known.has(path))
}

function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`)
}

// Prisma, Diesel and Drizzle's newer form have a folder for each migration.
function seriesOf(path: string): string {
  const folders = path.split('/').slice(0, -1)
  return (/^\d{3,}/.test(folders.at(-1) ?? '') ? folders.slice(0, -1) : folders).join('/')
}

function newestOf(paths: string[], look: Look): { pending: MigrationFile[]; newest: MigrationFile | null } {
  const isRandom = paths.some((path) => path.includes('versions/'))
  const sorted = paths.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  // Alembic's names are in no order; what they were made on stands inside.
  const candidates = isRandom ? sorted : sorted.slice(-MOST)
  const read = candidates.flatMap((path) => migrationAt(path, look) ?? [])
  const ordered = isRandom ? read.toSorted((a, b) => (a.dated ?? 0) - (b.dated ?? 0)) : read
  const newest = ordered.at(-1) ?? null
  const pending =
    newest?.dated === null
      ? [newest]
      : ordered.filter(({ dated }) => dated !== null && look.now - dated <= PENDING_DAYS * DAY_MS)
  return { pending, newest }
}

function migrationAt(path: string, { files }: Look): MigrationFile | null {
  const text = files.read(path)
  const language = text === null ? null : languageOf(path, text)
  if (text === null || language === null) return null
  return { file: files.at(path), text, language, dated: dateIn(path) ?? dateInHead(text) }
}

function languageOf(path: string, text: string): MigrationFile['language'] | null {
  if (path.endsWith('.sql')) return 'sql'
  if (!path.endsWith('.py')) return /\b(?:up|change|Up)\b/.test(text) ? 'other' : null
  if (/^\s*class Migration\(/m.test(text)) return 'django'
  return /\bop\b/.test(text) && /^(?:down_)?revision\b/m.test(text) ? 'alembic' : null
}

// `20261122101500_add.sql`, `2026-11-22-101500_add`, `1700000000000-Add.ts`
function dateIn(path: string): number | null {
  const names = path.split('/').slice(-2).join('/')
  const day = /(?:^|[^\d])(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])/.exec(names)
  if (day !== null) return Date.parse(`${day[1]}-${day[2]}-${day[3]}T00:00:00Z`)
  const stamp = /(?:^|\/|V)(1[5-9]\d{8})(\d{3})?(?!\d)/.exec(names)
  return stamp === null ? null : Number(stamp[1]) * 1_000
}

function dateInHead(text: string): number | null {
  const day = /(?:Generated by Django .* on|Create Date:)\s*(\d{4}-\d{2}-\d{2})/.exec(
    text.slice(0, 2_000),
  )?.[1]
  return day === undefined ? null : Date.parse(`${day}T00:00:00Z`)
}
