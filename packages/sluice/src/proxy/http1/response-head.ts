import { KEEP_ALIVE } from './field-kind.ts'
import { MAX_FIELDS, MAX_HEAD_BYTES, MAX_START_LINE_BYTES } from './limits.ts'
import { isLineEnd, lineEndAfter } from './line-end.ts'
import { interpretFields, type MessageHead } from './message-head.ts'
import { consistsOf, isValue } from './octets.ts'
import { readFields } from './read-fields.ts'
import { type Refusal, refuse } from './refusal.ts'

/** A response's head, interim ones (1xx) included. Text is latin1: one character per byte. */
export interface ResponseHead extends MessageHead {
  /** 100 to 599. */
  status: number
  reason: string
  /** From `Keep-Alive: timeout=N`; null when the app does not say. */
  keepAliveTimeoutMs: number | null
}

/** How a response's body ends. */
export type Body =
  | { kind: 'none' }
  | { kind: 'length'; length: number }
  | { kind: 'chunked' }
  | { kind: 'untilClose' }

/** Parses the head in [start, end), where `end` came from `findHeadEnd`. A refusal's status is 502. */
export function parseResponseHead(bytes: Buffer, start: number, end: number): ResponseHead | Refusal {
  const lineEnd = lineEndAfter(bytes, start, end)
  if (lineEnd - start > MAX_START_LINE_BYTES) return refuse(502, 'status line too long')
  if (end - start > MAX_HEAD_BYTES) return refuse(502, 'head too long')
  if (!isLineEnd(bytes, lineEnd, end)) return refuse(502, 'bad end of the status line')

  const text = bytes.toString('latin1', start, end)
  const head = emptyHead()
  const refusal =
    readStatusLine(text.slice(0, lineEnd - start), head) ??
    readFields(bytes, lineEnd + 2, end, text, start, head, MAX_FIELDS) ??
    interpretFields(head)
  if (refusal !== null) return refuse(502, refusal.reason)
  // llhttp, and so many a client, takes what follows such a head for garbage.
  if (head.status < 200 && head.status !== 101 && !head.keepAlive)
    return refuse(502, 'interim response that closes')
  head.keepAliveTimeoutMs = keepAliveTimeoutOf(head)
  return head
}

/** RFC 9112, 6.3: the body of this response to a request with that method. */
export function bodyOf(head: ResponseHead, requestMethod: string): Body {
  const { status } = head
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (head.chunked) return { kind: 'chunked' }
  if (head.contentLength !== -1) return { kind: 'length', length: head.contentLength }
  return { kind: 'untilClose' }
}

function emptyHead(): ResponseHead {
  return {
    status: 0,
    reason: '',
    minor: 1,
    names: [],
    values: [],
    kinds: [],
    contentLength: -1,
    chunked: false,
    keepAlive: true,
    keepAliveTimeoutMs: null,
    upgrade: null,
    connectionNames: [],
  }
}

/** `HTTP/1.1 200 OK`; the reason and the space before it may be missing. */
function readStatusLine(line: string, head: ResponseHead): Refusal | null {
  if (line.startsWith('HTTP/1.1 ')) head.minor = 1
  else if (line.startsWith('HTTP/1.0 ')) head.minor = 0
  else return refuse(502, 'bad version')
  const code = line.slice(9, 12)
  if (!/^[1-5][0-9][0-9]$/.test(code)) return refuse(502, 'bad status')
  if (line.length > 12 && line[12] !== ' ') return refuse(502, 'bad status')
  head.status = Number(code)
  head.reason = line.slice(13)
  if (head.reason !== '' && !consistsOf(isValue, head.reason)) return refuse(502, 'bad byte in the reason')
  return null
}

/** `Keep-Alive: timeout=5, max=100`. */
function keepAliveTimeoutOf(head: ResponseHead): number | null {
  const index = head.kinds.indexOf(KEEP_ALIVE)
  if (index === -1) return null
  const timeout = /(?:^|[,; \t])timeout=([0-9]{1,6})(?:$|[,; \t])/i.exec(head.values[index]!)
  return timeout === null ? null : Number(timeout[1]) * 1000
}
