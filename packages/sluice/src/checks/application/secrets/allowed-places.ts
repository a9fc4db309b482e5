import { createHash } from 'node:crypto'
import type { Files } from '../../look/files.ts'

/** Where something stands that looks like a secret. */
export interface Place {
  path: string
  /** From 1. */
  line: number
  secret: string
  /** Of the file, where it is not as it is now. */
  text?: string
  /** Where it stands in the history: the whole hash. */
  commit?: string
}

/** Whether somebody has looked at a place and found that it holds no secret. */
export type IsAllowed = (place: Place) => boolean

const MARK = /sluice: not a secret|gitleaks:allow|pragma: allowlist secret/i

/**
 * By a comment on the line or the one above (`sluice: not a secret`, or that of another scanner), by a fingerprint in
 * `.gitleaksignore` (`file:rule:line`, with a commit before it or without), or by an entry of detect-secrets'
 * `.secrets.baseline` that was reviewed (`is_secret: false`).
 */
export function openAllowed(files: Files): IsAllowed {
  const isIgnored = gitleaksIgnored(files)
  const reviewed = reviewedSecrets(files.read('.secrets.baseline') ?? '')
  return (place) => {
    const { path, line, secret, text = files.read(path) ?? '' } = place
    if (isIgnored(place) || reviewed.has(`${path}:${sha1(secret)}`)) return true
    const lines = text.split('\n')
    return [lines[line - 1], lines[line - 2]].some((one) => one !== undefined && MARK.test(one))
  }
}

// The rule has another name there, and one line rarely holds two secrets.
function gitleaksIgnored(files: Files): IsAllowed {
  const entries = (files.read('.gitleaksignore') ?? '').split('\n').flatMap((entry) => {
    const [line, , path, commit = ''] = entry.trim().split(':').reverse()
    return path === undefined || !/^\d+$/.test(line!) ? [] : [{ path, line: Number(line), commit }]
  })
  return ({ path, line, commit }) =>
    entries.some(
      (entry) =>
        entry.line === line &&
        (entry.path === path || entry.path === files.at(path)) &&
        // The files as they are now may be those of any commit; what stands in the history is of one.
        (commit === undefined || commit.startsWith(entry.commit)),
    )
}

interface Baseline {
  results?: Record<string, { hashed_secret?: string; is_secret?: boolean }[]>
}

function reviewedSecrets(text: string): Set<string> {
  try {
    const { results = {} } = JSON.parse(text) as Baseline
    const entries = Object.entries(results).flatMap(([path, found]) =>
      found.filter((one) => one.is_secret === false).map((one) => `${path}:${one.hashed_secret}`),
    )
    return new Set(entries)
  } catch {
    return new Set()
  }
}

// What detect-secrets names a secret by.
function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
