import type { Evidence } from '../../check.ts'
import { lineAt } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { Look } from '../../look/look.ts'

/** How long a server waits for the headers of a request. */
export interface ServerLimit {
  /** Milliseconds; null: without end. */
  ms: number | null
  evidence: Evidence
}

/** What the code, or what it runs on, says of it; null where nobody can tell by reading. */
export function serverLimit(look: Look): ServerLimit | null {
  const { stack } = look.app
  if (stack === 'node') return nodeLimit(look)
  return stack === 'go' ? goLimit(look) : null
}

/** nodejs.org/api/http.html: headersTimeout, and every 30 s a look at all connections (connectionsCheckingInterval). */
const NODE_HEADERS_MS = 60_000
const NODE_CHECKING_MS = 30_000

function nodeLimit(look: Look): ServerLimit {
  const set = firstIn(look, /\.(?:[cm]?[jt]s)$/, /\bheadersTimeout\s*[:=]\s*([\d_]+)\b(?!\s*\*)/)
  if (set === null)
    return {
      ms: NODE_HEADERS_MS + NODE_CHECKING_MS,
      evidence: { says: `Node waits ${NODE_HEADERS_MS / 1000} s for headers where it is not told otherwise` },
    }
  const ms = Number(set.found.replaceAll('_', ''))
  return {
    ms: ms === 0 ? null : ms + NODE_CHECKING_MS,
    evidence: { ...set.place, says: `headersTimeout is ${ms} ms` },
  }
}

const units: Record<string, number> = { Millisecond: 1, Second: 1_000, Minute: 60_000 }

// gosec G112 and G114: the server of net/http waits for ever where it is not told, and its short forms cannot be told.
function goLimit(look: Look): ServerLimit {
  const set = firstIn(look, /\.go$/, /\bRead(?:Header)?Timeout:?\s*[:=]\s*([^,;}\n]+)/)
  if (set !== null) {
    const [, count = '1', unit = ''] = /^(?:(\d+)\s*\*\s*)?time\.(\w+)$/.exec(set.found.trim()) ?? []
    const evidence = { ...set.place, says: `the time for headers is ${set.found.trim()}` }
    // By a name: it is there, and nobody can tell how long it is.
    const ms = Number(count) * (units[unit] ?? Number.POSITIVE_INFINITY)
    return { ms: set.found.trim() === '0' || ms === 0 ? null : ms, evidence }
  }
  const short = firstIn(look, /\.go$/, /\b(http\.ListenAndServe(?:TLS)?|http\.Serve(?:TLS)?)\(/)
  if (short !== null)
    return { ms: null, evidence: { ...short.place, says: `${short.found} waits for headers without end` } }
  const own = firstIn(look, /\.go$/, /(http\.Server)\{/)
  return {
    ms: null,
    evidence: { ...own?.place, says: 'nothing sets ReadHeaderTimeout, and without it Go waits without end' },
  }
}

function firstIn(
  { files }: Look,
  names: RegExp,
  pattern: RegExp,
): { found: string; place: { file: string; line: number } } | null {
  for (const path of files.matching(names)) {
    if (isForTests(path)) continue
    const text = files.read(path) ?? ''
    const match = pattern.exec(text)
    if (match !== null && !isComment(text, match.index))
      return { found: match[1]!, place: { file: files.at(path), line: lineAt(text, match.index) } }
  }
  return null
}

function isComment(text: string, index: number): boolean {
  return /^\s*(?:\/\/|\*|#)/.test(text.slice(text.lastIndexOf('\n', index - 1) + 1, index))
}
