import { describe, expect, test } from 'vitest'
import { isRefusal } from './refusal.ts'
import { parseRequestHead } from './request-head.ts'
import { parseResponseHead } from './response-head.ts'
import {
  type RequestHeadOptions,
  type ResponseHeadOptions,
  writeAnswer,
  writeRequestHead,
  writeResponseHead,
} from './write-head.ts'

/** The lines sent to the app for a request with these lines. */
function sent(lines: string[], options: Partial<RequestHeadOptions> = {}): string[] {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const head = parseRequestHead(bytes, 0, bytes.length)
  if (isRefusal(head)) throw new Error(head.reason)
  return linesOf(
    writeRequestHead(head, {
      clientAddress: '10.0.0.1',
      proto: 'https',
      port: 8443,
      trusted: false,
      requestId: () => 'made-here',
      upgrade: false,
      ...options,
    }),
  )
}

/** The lines sent to the client for a response with these lines. */
function answered(lines: string[], options: Partial<ResponseHeadOptions> = {}): string[] {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const head = parseResponseHead(bytes, 0, bytes.length)
  if (isRefusal(head)) throw new Error(head.reason)
  return linesOf(
    writeResponseHead(head, { connection: 'keep-alive', decodeChunked: false, extra: [], ...options }),
  )
}

function linesOf(head: string): string[] {
  expect(head.endsWith('\r\n\r\n')).toBe(true)
  return head.slice(0, -4).split('\r\n')
}

const own = [
  'X-Forwarded-For: 10.0.0.1',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: Shop:8443',
  'X-Forwarded-Port: 8443',
]
const id = 'X-Request-Id: made-here'
const get = ['GET /a HTTP/1.1', 'Host: Shop:8443']
const post = ['POST /a HTTP/1.1', 'Host: Shop:8443']

describe('a request', () => {
  test('keeps its end-to-end fields: case, order, duplicates and bytes', () => {
    const fields = ['accept: */*', 'X-B: \xe4', 'X-A:', 'X-B: 2', 'traceparent: 00-1-2-3']
    expect(sent(['GET /a HTTP/1.1', ...fields, 'Host: Shop:8443'])).toEqual([
      ...get,
      ...fields.map((field) => (field === 'X-A:' ? 'X-A: ' : field)),
      id,
      ...own,
    ])
  })

  test('loses what is meant for the next hop, and what Connection names', () => {
    const hop = [
      'Connection: X-Secret, keep-alive',
      'x-secret: s',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Proxy-Connection: close',
      'Proxy-Authorization: p',
      'Upgrade: h2c',
      'Trailer: a',
    ]
    expect(sent([...get, ...hop])).toEqual([...get, id, ...own])
  })

  test('gets framing of our own', () => {
    expect(sent([...post, 'content-length: 007'])).toEqual([...post, id, 'Content-Length: 7', ...own])
    expect(sent([...post, 'transfer-encoding: CHUNKED', 'Trailer: a'])).toEqual([
      ...post,
      'Trailer: a',
      id,
      'Transfer-Encoding: chunked',
      ...own,
    ])
  })

  test('from a stranger cannot say whom it is forwarded for, in any spelling', () => {
    const lies = [
      'x-forwarded-for: 1.1.1.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: evil',
      'X-Forwarded-Port: 1',
      'Forwarded: for=1.1.1.1',
      'X-Real-IP: 1.1.1.1',
      'X_Forwarded_For: 1.1.1.1',
      'X-Forwarded_Host: evil',
      'X_Real_IP: 1.1.1.1',
    ]
    expect(sent([...get, ...lies])).toEqual([...get, id, ...own])
  })

  test('from a trusted peer keeps what that peer says, and the peer is appended', () => {
    const said = [
      'X-Forwarded-For: 1.1.1.1',
      'X-Forwarded-For: 2.2.2.2',
      'X-Forwarded-Proto: http',
      'Forwarded: for=1.1.1.1',
      'X_Forwarded_For: 3.3.3.3',
    ]
    expect(sent([...get, ...said], { trusted: true })).toEqual([
      ...get,
      'Forwarded: for=1.1.1.1',
      id,
      'X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.1',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Host: Shop:8443',
      'X-Forwarded-Port: 8443',
    ])
  })

  test('keeps its X-Request-Id', () => {
    expect(sent([...get, 'X-Request-ID: theirs'])).toEqual([...get, 'X-Request-ID: theirs', ...own])
  })

  test('loses the fields that are ours alone', () => {
    expect(sent([...get, 'X-Sluice-Token: t', 'x-sluice-release: r1', 'A: b'])).toEqual([
      ...get,
      'A: b',
      id,
      ...own,
    ])
  })

  test('passes an upgrade on only when told to', () => {
    const upgrade = ['Connection: Upgrade', 'Upgrade: WebSocket', 'Sec-WebSocket-Key: k']
    expect(sent([...get, ...upgrade])).toEqual([...get, 'Sec-WebSocket-Key: k', id, ...own])
    expect(sent([...get, ...upgrade], { upgrade: true })).toEqual([
      ...get,
      'Sec-WebSocket-Key: k',
      id,
      ...own,
      'Connection: Upgrade',
      'Upgrade: websocket',
    ])
  })

  test('asks for a 100 where the client did', () => {
    expect(sent([...post, 'expect: 100-Continue', 'Content-Length: 1'])).toEqual([
      ...post,
      id,
      'Content-Length: 1',
      'Expect: 100-continue',
      ...own,
    ])
  })

  test('of HTTP/1.0 without Host becomes one of HTTP/1.1 with an empty Host', () => {
    expect(sent(['GET / HTTP/1.0', 'Expect: x']).slice(0, 3)).toEqual(['GET / HTTP/1.1', 'Host: ', id])
  })
})

describe('a response', () => {
  const ok = 'HTTP/1.1 200 OK'

  test('keeps its end-to-end fields and gets connection and framing of our own', () => {
    const lines = [
      'HTTP/1.0 200 Fine',
      'Set-Cookie: a',
      'set-cookie: b',
      'X-Hop: h',
      'Connection: keep-alive, x-hop',
      'Keep-Alive: timeout=5',
      'content-length: 03',
      'Proxy-Authenticate: p',
    ]
    expect(answered(lines, { extra: ['Set-Cookie: sluice_uid=1'] })).toEqual([
      'HTTP/1.1 200 Fine',
      'Set-Cookie: a',
      'set-cookie: b',
      'Set-Cookie: sluice_uid=1',
      'Content-Length: 3',
      'Connection: keep-alive',
    ])
  })

  test('stays chunked, or loses its chunks and trailers for HTTP/1.0', () => {
    const lines = [ok, 'Transfer-Encoding: chunked', 'Trailer: X-Sum']
    expect(answered(lines)).toEqual([
      ok,
      'Trailer: X-Sum',
      'Transfer-Encoding: chunked',
      'Connection: keep-alive',
    ])
    expect(answered(lines, { decodeChunked: true, connection: 'close' })).toEqual([ok, 'Connection: close'])
  })

  test('without a body says nothing of one, but 304 keeps its length', () => {
    expect(answered(['HTTP/1.1 204 No Content', 'Trailer: X-Sum', 'Transfer-Encoding: chunked'])).toEqual([
      'HTTP/1.1 204 No Content',
      'Connection: keep-alive',
    ])
    expect(answered(['HTTP/1.1 304 Not Modified', 'Content-Length: 3'])).toContain('Content-Length: 3')
  })

  test('that is interim is built anew too, without framing and connection', () => {
    expect(answered(['HTTP/1.1 103 Early Hints', 'Link: </a>', 'Content-Length: 3'])).toEqual([
      'HTTP/1.1 103 Early Hints',
      'Link: </a>',
    ])
  })

  test('that switches protocols says to which one', () => {
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'connection: upgrade',
      'upgrade: WebSocket',
      'Sec-WebSocket-Accept: a',
    ]
    expect(answered(lines, { connection: 'upgrade' })).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Sec-WebSocket-Accept: a',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ])
  })
})

describe('an answer of our own', () => {
  test('has a length in bytes', () => {
    expect(writeAnswer(503, 'später', ['Retry-After: 1', 'Connection: close']).toString()).toBe(
      'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 7\r\nRetry-After: 1\r\nConnection: close\r\n\r\nspäter',
    )
  })

  test('has no body for HEAD, but its length', () => {
    expect(writeAnswer(502, 'no', [], 'HEAD').toString()).toMatch(/Content-Length: 2\r\n\r\n$/)
  })
})
