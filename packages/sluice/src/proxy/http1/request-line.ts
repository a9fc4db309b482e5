import { METHODS } from 'node:http'
import { hostNameOf } from './host.ts'
import { isTarget, isToken, SP, spanEnd } from './octets.ts'
import { type Refusal, refuse } from './refusal.ts'

/** `GET /path HTTP/1.1`, with the target as it came. */
export interface RequestLine {
  method: string
  target: string
  minor: 0 | 1
}

// Node's own list, so that we never pass on a method that an app on Node would take for garbage.
const knownMethods = new Set(METHODS)

/** Reads the request line in [at, lineEnd) into `line`; `text` is latin1 from `at` on. */
export function readRequestLine(
  bytes: Uint8Array,
  at: number,
  lineEnd: number,
  text: string,
  line: RequestLine,
): Refusal | null {
  const methodEnd = spanEnd(isToken, bytes, at, lineEnd)
  if (methodEnd === at || bytes[methodEnd] !== SP) return refuse(400, 'bad method')
  const targetEnd = spanEnd(isTarget, bytes, methodEnd + 1, lineEnd)
  if (targetEnd === methodEnd + 1 || bytes[targetEnd] !== SP) return refuse(400, 'bad target')
  line.method = text.slice(0, methodEnd - at)
  line.target = text.slice(methodEnd + 1 - at, targetEnd - at)
  return readVersion(text.slice(targetEnd + 1 - at, lineEnd - at), line) ?? checkMethod(line)
}

function readVersion(version: string, line: RequestLine): Refusal | null {
  if (version === 'HTTP/1.1') line.minor = 1
  else if (version === 'HTTP/1.0') line.minor = 0
  else if (/^HTTP\/[0-9]\.[0-9]$/.test(version)) return refuse(505, 'version not spoken')
  else return refuse(400, 'bad version')
  return null
}

function checkMethod(line: RequestLine): Refusal | null {
  if (!knownMethods.has(line.method)) return refuse(501, 'unknown method')
  if (line.method === 'CONNECT' || line.method === 'TRACE') return refuse(405, 'method not allowed')
  return null
}

/** Where the target names its host itself: RFC 9112, 3.2.2. */
export interface AbsoluteTarget {
  authority: string
  /** In lower case without port. */
  host: string
  /** Path and query; `*` for OPTIONS without a path. */
  target: string
}

/** Takes an absolute-form apart; a refusal where the target is in no form that a request may have. */
export function parseAbsoluteTarget({ method, target }: RequestLine): AbsoluteTarget | Refusal {
  const scheme = /^https?:\/\//i.exec(target)
  if (scheme === null) return refuse(400, 'target in no known form')
  const authorityStart = scheme[0].length
  const length = target.slice(authorityStart).search(/[/?]/)
  const authorityEnd = length === -1 ? target.length : authorityStart + length
  const authority = target.slice(authorityStart, authorityEnd)
  const host = hostNameOf(authority)
  if (host === null || host === '') return refuse(400, 'bad authority in the target')
  return { authority, host, target: originForm(method, target.slice(authorityEnd)) }
}

function originForm(method: string, pathAndQuery: string): string {
  // RFC 9112, 3.2.4: `OPTIONS http://host` asks about the server as a whole.
  if (pathAndQuery === '') return method === 'OPTIONS' ? '*' : '/'
  return pathAndQuery.startsWith('/') ? pathAndQuery : `/${pathAndQuery}`
}
