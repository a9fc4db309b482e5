import { createHash } from 'node:crypto'
import type { Files } from '../../look/files.ts'

/** Whether somebody has looked at a place and found that it holds no secret. */
export type IsAllowed = (place: { path: string; line: number; secret: string }) => boolean

const MARK = /sluice: not a secret|gitleaks:allow|pragma: allowlist secret/i

/**
 * By a comment on the line or the one above (`sluice: not a secret`, or that of another scanner), by a fingerprint in
 * `.gitleaksignore` (`file:rule:line`, with a commit before it or without), or by an entry of detect-secrets'
 * `.secrets.baseline` that was reviewed (`is_secret: false`).
 */
export function openAllowed(files: Files): IsAllowed {
  const ignored = gitleaksIgnored(files.read('.gitleaksignore') ?? '')
  const reviewed = reviewedSecrets(files.read('.secrets.baseline') ?? '')
  return ({ path, line, secret }) => {
    if (ignored.has(`${path}:${line}`) || reviewed.has(`${path}:${sha1(secret)}`)) return true
    const lines = (files.read(path) ?? '').split('\n')
    return [lines[line - 1], lines[line - 2]].some((text) => text !== undefined && MARK.test(text))
  }
}

// The rule has another name there, and one line rarely holds two secrets.
function gitleaksIgnored(text: string): Set<string> {
  const entries = text.split('\n').flatMap((entry) => {
    const [line, , path] = entry.trim().split(':').reverse()
    return path === undefined || !/^\d+$/.test(line!) ? [] : [`${path}:${line}`]
  })
  return new Set(entries)
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
