import { describe, expect, test } from 'vitest'
import { findHeadEnd } from './head-end.ts'
import { isRefusal } from './refusal.ts'
import { parseRequestHead, type RequestHead } from './request-head.ts'
import { get, host, post, refusals, withFields, withHost, withTarget } from './shapes.fixture.ts'

/** What we make of a request head: the status of the refusal, or the head. */
function parse(text: string): RequestHead | number {
  const bytes = Buffer.from(text, 'latin1')
  const end = findHeadEnd(bytes, 0, 0)
  if (end === -1) return 0
  const result = parseRequestHead(bytes, 0, end)
  return isRefusal(result) ? result.status : result
}

function accepted(text: string): RequestHead {
  const head = parse(text)
  if (typeof head === 'number') throw new Error(`refused with ${head}`)
  return head
}

describe('refuses', () => {
  test.each(refusals)('%s with %i', (_shape, status, text) => {
    expect(parse(text)).toBe(status)
  })
})

describe('takes', () => {
  test('an ordinary request apart', () => {
    const head = accepted(
      'GET /a?b=c HTTP/1.1\r\nHost: Shop.localhost:8080\r\nAccept:*/*\r\nX-A: \t b c \t\r\n\r\n',
    )
    expect(head).toEqual({
      method: 'GET',
      target: '/a?b=c',
      hostField: 'Shop.localhost:8080',
      host: 'shop.localhost',
      minor: 1,
      names: ['Host', 'Accept', 'X-A'],
      values: ['Shop.localhost:8080', '*/*', 'b c'],
      kinds: [1, 0, 0],
      contentLength: -1,
      chunked: false,
      keepAlive: true,
      upgrade: null,
      expectsContinue: false,
      connectionNames: [],
    })
  })

  test('bytes 0x80 to 0xff in a value as latin1', () => {
    expect(accepted(withFields('A: \x80\xff\xa0\r\n')).values[1]).toBe('\x80\xff\xa0')
  })

  test('an empty value', () => {
    expect(accepted(withFields('A:\r\nB: \t \r\n')).values).toEqual(['a', '', ''])
  })

  test('one empty line before the request line', () => {
    expect(accepted(`\r\n${get}${host}\r\n`).method).toBe('GET')
  })

  test.each([
    ['localhost', 'localhost'],
    ['A.Example:80', 'a.example'],
    ['a:', 'a'],
    ['10.0.0.1:8080', '10.0.0.1'],
    ['[::1]', '[::1]'],
    ['[FE80::1]:8080', '[fe80::1]'],
    ['my_app.local', 'my_app.local'],
    ['', ''],
  ])('Host %s for the host %s', (value, expected) => {
    const head = accepted(withHost(value))
    expect([head.hostField, head.host]).toEqual([value, expected])
  })

  test('HTTP/1.0 without Host, which closes unless it asks not to', () => {
    const head = accepted('GET / HTTP/1.0\r\n\r\n')
    expect([head.minor, head.host, head.hostField, head.keepAlive]).toEqual([0, '', '', false])
    expect(accepted('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n').keepAlive).toBe(true)
    expect(accepted('GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n').keepAlive).toBe(false)
  })

  test.each([
    ['GET http://a HTTP/1.1', '/'],
    ['GET HTTP://A/x?y HTTP/1.1', '/x?y'],
    ['GET https://a?y=/z HTTP/1.1', '/?y=/z'],
    ['OPTIONS http://a HTTP/1.1', '*'],
    ['OPTIONS http://a/ HTTP/1.1', '/'],
    ['OPTIONS * HTTP/1.1', '*'],
    ['GET //b/c HTTP/1.1', '//b/c'],
    ['GET /http://b/ HTTP/1.1', '/http://b/'],
  ])('the target of %s as %s', (line, target) => {
    expect(accepted(`${line}\r\n${host}\r\n`).target).toBe(target)
  })

  test('the authority of an absolute-form for the Host where HTTP/1.0 has none', () => {
    const head = accepted('GET http://B:81/x HTTP/1.0\r\n\r\n')
    expect([head.target, head.hostField, head.host]).toEqual(['/x', 'B:81', 'b'])
  })

  test.each([
    ['0', 0],
    ['01', 1],
    ['9007199254740991', 9007199254740991],
  ])('Content-Length %s', (value, length) => {
    expect(accepted(post(`Content-Length: ${value}\r\n`)).contentLength).toBe(length)
  })

  test('CHUNKED for chunked', () => {
    expect(accepted(post('Transfer-Encoding: CHUNKED\r\n')).chunked).toBe(true)
  })

  test('Content_Length for a field of its own', () => {
    const head = accepted(post('Content_Length: 5\r\nTransfer_Encoding: chunked\r\n'))
    expect([head.contentLength, head.chunked]).toEqual([-1, false])
  })

  test('the names in Connection, over several lines', () => {
    const head = accepted(withFields('Connection: X-A ,, close\r\nConnection: TE\r\n'))
    expect([head.connectionNames, head.keepAlive]).toEqual([['x-a', 'close', 'te'], false])
  })

  test('an upgrade only where Connection names it', () => {
    expect(accepted(withFields('Upgrade: WebSocket\r\nConnection: Upgrade\r\n')).upgrade).toBe('websocket')
    expect(accepted(withFields('Upgrade: websocket\r\n')).upgrade).toBe(null)
    expect(accepted(withFields('Connection: upgrade\r\n')).upgrade).toBe(null)
  })

  test('Expect: 100-continue, but not from HTTP/1.0', () => {
    expect(accepted(post('Expect: 100-Continue\r\n')).expectsContinue).toBe(true)
    expect(accepted('POST / HTTP/1.0\r\nExpect: what\r\n\r\n').expectsContinue).toBe(false)
  })

  test('128 fields, a line of 8 kB and a head of 64 kB', () => {
    expect(accepted(`${get}${host}${'A: b\r\n'.repeat(127)}\r\n`).names.length).toBe(128)
    expect(accepted(withTarget(`/${'a'.repeat(8 * 1024 - 14)}`)).target.length).toBe(8 * 1024 - 13)
    const frame = withFields('A: \r\n').length
    expect(accepted(withFields(`A: ${'b'.repeat(64 * 1024 - frame)}\r\n`)).names.length).toBe(2)
    expect(parse(withFields(`A: ${'b'.repeat(64 * 1024 - frame + 1)}\r\n`))).toBe(431)
  })
})

describe('finding the end of a head', () => {
  test('gives the same end however the head is cut', () => {
    const bytes = Buffer.from(`\r\n${get}${host}\r\n${get}`)
    const whole = findHeadEnd(bytes, 0, 0)
    expect(whole).toBe(bytes.length - get.length)
    for (let cut = 1; cut < whole; cut++) {
      expect(findHeadEnd(bytes.subarray(0, cut), 0, 0)).toBe(-1)
      expect(findHeadEnd(bytes, 0, cut)).toBe(whole)
    }
  })

  test('looks at nothing before the head', () => {
    const bytes = Buffer.from(`X\r\n\r\n${get}${host}\r\n`)
    expect(findHeadEnd(bytes, 5, 5)).toBe(bytes.length)
    expect(findHeadEnd(Buffer.from('a\r\n\r\nGET'), 3, 3)).toBe(-1)
  })

  test('takes time in proportion to the bytes, not to their square', () => {
    const line = 'A: b\r\n'
    const head = Buffer.from(`${get}${line.repeat(10_000)}`)
    let looked = 0
    const startedAt = process.threadCpuUsage().user
    for (let cut = 8; cut < head.length; cut += 8) looked += findHeadEnd(head.subarray(0, cut), 0, cut - 8)
    const elapsedMs = (process.threadCpuUsage().user - startedAt) / 1000
    expect(looked).toBe(-7501)
    expect(elapsedMs).toBeLessThan(500)
  })
})

describe('heads made to be slow', () => {
  const size = 60 * 1024
  test.each([
    ['a Connection of commas', withFields(`Connection: ${','.repeat(size)}\r\n`)],
    ['a Connection of many names', withFields(`Connection: ${'a,'.repeat(size / 2)}\r\n`)],
    ['a Transfer-Encoding of many codings', post(`Transfer-Encoding: ${'a, '.repeat(size / 3)}\r\n`)],
    ['a Content-Length of zeros', post(`Content-Length: ${'0'.repeat(size)}\r\n`)],
    ['a value of white space', withFields(`A:${' \t'.repeat(size / 2)}\r\n`)],
    ['a Host of dots', withHost('.'.repeat(size))],
    ['a long absolute-form', withTarget(`http://${'a:'.repeat(4_000)}`)],
  ])('cost no more than others of their length: %s', (_what, text) => {
    const startedAt = process.threadCpuUsage().user
    for (let i = 0; i < 20; i++) parse(text)
    // 20 * 60 kB at well over 1 µs per byte.
    expect((process.threadCpuUsage().user - startedAt) / 1000).toBeLessThan(1_500)
  })
})
