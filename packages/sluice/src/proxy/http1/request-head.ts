import { EXPECT, HOST } from './field-kind.ts'
import { hostNameOf } from './host.ts'
import { MAX_FIELDS, MAX_HEAD_BYTES, MAX_START_LINE_BYTES } from './limits.ts'
import { isLineEnd, lineEndAfter } from './line-end.ts'
import { interpretFields, type MessageHead } from './message-head.ts'
import { readFields } from './read-fields.ts'
import { isRefusal, type Refusal, refuse } from './refusal.ts'
import { parseAbsoluteTarget, type RequestLine, readRequestLine } from './request-line.ts'

/** A request's head as the proxy understands it. Text is latin1: one character per byte. */
export interface RequestHead extends MessageHead, RequestLine {
  method: string
  /** Origin-form, or `*` for OPTIONS; an absolute-form is rewritten. */
  target: string
  /** The Host to forward; empty where an HTTP/1.0 request has none. */
  hostField: string
  /** Lower case without port, for routing. */
  host: string
  /** The client waits for a 100 before it sends the body. */
  expectsContinue: boolean
}

/** Parses the head in [start, end), where `end` came from `findHeadEnd`: strictly by RFC 9112, 2 to 6. */
export function parseRequestHead(bytes: Buffer, start: number, end: number): RequestHead | Refusal {
  // RFC 9112, 2.2: at least one empty line before a request is to be ignored.
  const at = isLineEnd(bytes, start, end) ? start + 2 : start
  const lineEnd = lineEndAfter(bytes, at, end)
  if (lineEnd - at > MAX_START_LINE_BYTES) return refuse(414, 'request line too long')
  if (end - start > MAX_HEAD_BYTES) return refuse(431, 'head too long')
  if (!isLineEnd(bytes, lineEnd, end)) return refuse(400, 'bad end of the request line')

  const text = bytes.toString('latin1', at, end)
  const head = emptyHead()
  return (
    readRequestLine(bytes, at, lineEnd, text, head) ??
    readFields(bytes, lineEnd + 2, end, text, at, head, MAX_FIELDS) ??
    interpretFields(head) ??
    readHost(head) ??
    readExpect(head) ??
    readTarget(head) ??
    head
  )
}

function emptyHead(): RequestHead {
  return {
    method: '',
    target: '',
    hostField: '',
    host: '',
    minor: 1,
    names: [],
    values: [],
    kinds: [],
    contentLength: -1,
    chunked: false,
    keepAlive: true,
    upgrade: null,
    expectsContinue: false,
    connectionNames: [],
  }
}

function readHost(head: RequestHead): Refusal | null {
  const index = head.kinds.indexOf(HOST)
  if (index === -1) return head.minor === 0 ? null : refuse(400, 'Host missing')
  if (head.kinds.indexOf(HOST, index + 1) !== -1) return refuse(400, 'Host twice')
  const host = hostNameOf(head.values[index]!)
  if (host === null) return refuse(400, 'Host malformed')
  head.hostField = head.values[index]!
  head.host = host
  return null
}

function readExpect(head: RequestHead): Refusal | null {
  if (head.minor === 0) return null
  for (let i = 0; i < head.kinds.length; i++) {
    if (head.kinds[i] !== EXPECT) continue
    if (head.values[i]!.toLowerCase() !== '100-continue') return refuse(417, 'unknown expectation')
    head.expectsContinue = true
  }
  return null
}

function readTarget(head: RequestHead): Refusal | null {
  if (head.target.startsWith('/')) return null
  if (head.target === '*') return head.method === 'OPTIONS' ? null : refuse(400, '* without OPTIONS')
  const absolute = parseAbsoluteTarget(head)
  if (isRefusal(absolute)) return absolute
  const hasHost = head.kinds.includes(HOST)
  // The standard lets the target win; whoever reads the Host before us would then have routed another way.
  if (hasHost && head.hostField.toLowerCase() !== absolute.authority.toLowerCase()) {
    return refuse(400, 'Host differs from the target')
  }
  head.target = absolute.target
  head.hostField = absolute.authority
  head.host = absolute.host
  return null
}
