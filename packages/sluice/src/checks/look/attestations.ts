import { parseDocument } from 'yaml'
import { DAY_MS, dayOf } from './day.ts'

const MOST_DAYS = 180

/** What a person has signed: that a check holds, until a day. */
export interface Attestation {
  check: string
  who: string
  /** Milliseconds since 1970, of the day's begin in UTC. */
  when: number
  /** Where the proof is: a ticket, a page, a recording. */
  link: string
  expires: number
  /** From 1. */
  line: number
}

/**
 * Reads attestations: a list with `check`, `who`, `when`, `link` and `expires`, the dates as 2026-11-22. One that lacks any
 * of them, or lasts longer than 180 days, is not valid, and a sentence says why. `expires` has no default on purpose: a
 * signature that nobody has to renew is worth nothing after a while.
 */
export function readAttestations(text: string): { valid: Attestation[]; problems: string[] } {
  const document = parseDocument(text)
  if (document.errors.length > 0)
    return { valid: [], problems: [`is not YAML: ${document.errors[0]!.message}`] }
  const entries = entriesOf(document)
  if (entries === null) return { valid: [], problems: [] }
  if (!Array.isArray(entries)) return { valid: [], problems: ['wanted a list of attestations'] }
  const read = entries.map((entry, index) => one(entry, lineOf(text, document, index)))
  return {
    valid: read.filter((each) => typeof each !== 'string'),
    problems: read.filter((each) => typeof each === 'string'),
  }
}

// An alias that leads nowhere, or everywhere, is found only now; no list of signatures needs one.
function entriesOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    return undefined
  }
}

function one(entry: unknown, line: number): Attestation | string {
  const fields = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : {}
  const missing = ['check', 'who', 'when', 'link', 'expires'].filter((key) => !isText(fields[key]))
  if (missing.length > 0)
    return `line ${line}: wanted check, who, when, link and expires; missing: ${missing.join(', ')}`
  const [when, expires] = [dayOf(fields.when), dayOf(fields.expires)]
  if (when === null || expires === null)
    return `line ${line}: wanted dates such as 2026-11-22 for when and expires`
  if (expires <= when) return `line ${line}: it expires before it was signed`
  if (expires - when > MOST_DAYS * DAY_MS) return `line ${line}: it may hold for ${MOST_DAYS} days at most`
  return {
    check: String(fields.check),
    who: String(fields.who),
    when,
    link: String(fields.link),
    expires,
    line,
  }
}

function isText(value: unknown): boolean {
  return (typeof value === 'string' && value.trim() !== '' && !/^TODO\b/.test(value)) || value instanceof Date
}

function lineOf(text: string, document: ReturnType<typeof parseDocument>, index: number): number {
  const node = document.getIn([index], true) as { range?: [number, number, number] } | undefined
  return text.slice(0, node?.range?.[0] ?? 0).split('\n').length
}
