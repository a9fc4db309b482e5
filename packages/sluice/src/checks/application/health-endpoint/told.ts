import type { Seen } from '../../running/outage.ts'

/** What an answer says of the app. */
export interface Told {
  /** As it is written; null where there is none. */
  status: string | null
  version: string | null
}

const versions = [
  'version',
  'releaseId',
  'release',
  'commit',
  'commitSha',
  'sha',
  'gitSha',
  'git_sha',
  'revision',
  'build',
  'appVersion',
]
const headers = /^x-(?:app-)?(?:release|version|commit|revision|build)(?:-id|-sha)?$/

/** Reads an answer of a health endpoint: its status and its version, also one level below or in a header. Null where it is no JSON. */
export function toldBy({ body, headers: given }: Seen): Told | null {
  const record = objectIn(body)
  if (record === null) return null
  const nested = Object.values(record).filter(isObject)
  const status = [record, ...nested].map((one) => one.status ?? one.state).find(isWord)
  const version = [record, ...nested]
    .flatMap((one) => versions.map((name) => one[name]))
    .find((value) => isWord(value) || typeof value === 'number')
  const header = Object.entries(given).find(([name]) => headers.test(name))?.[1]
  return { status: status ?? null, version: version === undefined ? (header ?? null) : String(version) }
}

/** Whether a status says that all is well (draft-inadarei-api-health-check-06, 3.1, with what frameworks say). */
export function isWell(status: string | null): boolean {
  return status !== null && /^(?:pass|ok|up|healthy|success|available|ready|alive)$/i.test(status)
}

/** Whether a version is one that every build has that was not told which it is. */
export function isNoVersion(version: string): boolean {
  return /^(?:unknown|dev|devel|\(devel\)|development|local|latest|none|null|undefined|n\/a|head|main|master|0\.0\.0|v0\.0\.0)?$/i.test(
    version.trim(),
  )
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
