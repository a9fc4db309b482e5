import { expect, test } from 'vitest'
import { findHeadEnd } from './head-end.ts'
import { isRefusal } from './refusal.ts'
import { bodyOf, parseResponseHead, type ResponseHead } from './response-head.ts'

/** What we make of a response head: the status of the refusal, or the head. */
function parse(text: string): ResponseHead | number {
  const bytes = Buffer.from(text, 'latin1')
  const result = parseResponseHead(bytes, 0, findHeadEnd(bytes, 0, 0))
  return isRefusal(result) ? result.status : result
}

function accepted(text: string): ResponseHead {
  const head = parse(text)
  if (typeof head === 'number') throw new Error(`refused with ${head}`)
  return head
}

const ok = 'HTTP/1.1 200 OK\r\n'

test('takes an ordinary response apart', () => {
  expect(
    accepted(
      `${ok}Content-Length: 05\r\nset-cookie: a=b\r\nSet-Cookie: c\r\nKeep-Alive: timeout=5, max=9\r\n\r\n`,
    ),
  ).toEqual({
    status: 200,
    reason: 'OK',
    minor: 1,
    names: ['Content-Length', 'set-cookie', 'Set-Cookie', 'Keep-Alive'],
    values: ['05', 'a=b', 'c', 'timeout=5, max=9'],
    kinds: [2, 0, 0, 6],
    contentLength: 5,
    chunked: false,
    keepAlive: true,
    keepAliveTimeoutMs: 5_000,
    upgrade: null,
    connectionNames: [],
  })
})

test.each([
  ['HTTP/1.1 200\r\n', 200, ''],
  ['HTTP/1.1 200 \r\n', 200, ''],
  ['HTTP/1.1 404 Nicht gef\xfcnden  \t\r\n', 404, 'Nicht gef\xfcnden  \t'],
  ['HTTP/1.0 599 x\r\n', 599, 'x'],
])('takes the status line %j', (line, status, reason) => {
  const head = accepted(`${line}\r\n`)
  expect([head.status, head.reason]).toEqual([status, reason])
})

test.each([
  ['bare LF in the status line', 'HTTP/1.1 200 OK\n\r\n'],
  ['bare LF in a field', `${ok}A: b\nContent-Length: 5\r\n\r\n`],
  ['bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
  ['an empty line first', `\r\n${ok}\r\n`],
  ['status 099', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['status 600', 'HTTP/1.1 600 OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['TAB after the status', 'HTTP/1.1 200\tOK\r\n\r\n'],
  ['version 1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
  ['version 2', 'HTTP/2 200 OK\r\n\r\n'],
  ['no version', 'hello\r\n\r\n'],
  ['space before a colon', `${ok}Content-Length : 5\r\n\r\n`],
  ['obs-fold', `${ok}A: b\r\n c\r\n\r\n`],
  ['Content-Length twice', `${ok}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`],
  ['Content-Length with Transfer-Encoding', `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['another coding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ['Transfer-Encoding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['an interim response that closes', 'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n'],
  ['129 fields', `${ok}${'A: b\r\n'.repeat(129)}\r\n`],
  ['an endless status line', `HTTP/1.1 200 ${'a'.repeat(9 * 1024)}`],
  ['a head over 64 kB', `${ok}A: ${'b'.repeat(64 * 1024)}`],
])('answers 502 for %s', (_what, text) => {
  expect(parse(text)).toBe(502)
})

test.each([
  [`${ok}\r\n`, true],
  [`${ok}Connection: close\r\n\r\n`, false],
  ['HTTP/1.0 200 OK\r\n\r\n', false],
  ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n', true],
])('knows whether the app keeps the connection after %j', (text, keepAlive) => {
  expect(accepted(text).keepAlive).toBe(keepAlive)
})

test.each([
  ['timeout=5', 5_000],
  ['max=100, timeout=65', 65_000],
  ['Timeout=1', 1_000],
  ['max=100', null],
  ['xtimeout=5', null],
  ['timeout=5s', null],
  ['', null],
])('reads Keep-Alive: %s', (value, ms) => {
  expect(accepted(`${ok}Keep-Alive: ${value}\r\n\r\n`).keepAliveTimeoutMs).toBe(ms)
})

test.each([
  ['GET', `${ok}Content-Length: 5\r\n\r\n`, { kind: 'length', length: 5 }],
  ['GET', `${ok}Transfer-Encoding: chunked\r\n\r\n`, { kind: 'chunked' }],
  ['GET', `${ok}\r\n`, { kind: 'untilClose' }],
  ['HEAD', `${ok}Content-Length: 5\r\n\r\n`, { kind: 'none' }],
  ['HEAD', `${ok}Transfer-Encoding: chunked\r\n\r\n`, { kind: 'none' }],
  ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', { kind: 'none' }],
  ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', { kind: 'none' }],
  ['POST', 'HTTP/1.1 100 Continue\r\n\r\n', { kind: 'none' }],
  [
    'GET',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    { kind: 'none' },
  ],
])('knows how the body of the answer to %s ends: %j', (method, text, body) => {
  expect(bodyOf(accepted(text), method)).toEqual(body)
})
