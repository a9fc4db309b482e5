import { parseDuration } from '../../std/duration.ts'
import type { Look } from './look.ts'

const DATABASES = ['postgres', 'mysql', 'mongodb'] as const

/** The database that the app needs, by what it depends on; null where none was found. */
export function databaseOf({ app }: Look): (typeof DATABASES)[number] | null {
  return DATABASES.find((name) => app.services.some(({ value }) => value === name)) ?? null
}

/** Why the app keeps nothing that must not be lost; null where it does, or might. */
export function whyStateless(look: Look): string | null {
  const { stateful } = look.settings
  if (stateful !== null) return stateful ? null : 'sluice.yaml says that it keeps nothing (stateful: false)'
  if (databaseOf(look) !== null || (look.config?.data.length ?? 0) > 0) return null
  return 'it needs no database, and sluice.yaml names no data that it keeps'
}

/** Milliseconds of `4m`, `300ms` or `1h30m`; null for anything else, also for a number without a unit. */
export function durationIn(value: unknown): number | null {
  return typeof value === 'string' && /[a-z]$/.test(value) ? parseDuration(value) : null
}
