import { describe, expect, test } from 'vitest'
import { type ChunkForm, ChunkScanner } from './chunk-scanner.ts'

interface Scan {
  out: string
  trailers: string[]
  refused: string | null
  isDone: boolean
  /** What came after the body. */
  rest: string
}

/** Pushes the text in pieces that end at `cuts` and at its end. */
function scan(text: string, form: ChunkForm = 'chunked', cuts: number[] = []): Scan {
  const bytes = Buffer.from(text, 'latin1')
  const scanner = new ChunkScanner(form)
  let at = 0
  let out = ''
  for (const end of [...cuts, bytes.length]) {
    if (at < end && !scanner.isDone && scanner.refusal === null) at = scanner.push(bytes, at, end)
    else continue
    out += Buffer.concat(scanner.out).toString('latin1')
  }
  return {
    out,
    trailers: scanner.trailerNames.map((name, i) => `${name}=${scanner.trailerValues[i]}`),
    refused: scanner.refusal?.reason ?? null,
    isDone: scanner.isDone,
    rest: text.slice(at),
  }
}

const hello = '5\r\nhello\r\n'
const last = '0\r\n\r\n'

describe('a chunked body', () => {
  test('that is canonical is passed on as one uncopied slice, up to its end', () => {
    const bytes = Buffer.from(`${hello}1A\r\n${'x'.repeat(26)}\r\n${last}GET`)
    const scanner = new ChunkScanner('chunked')
    expect(scanner.push(bytes, 0, bytes.length)).toBe(bytes.length - 3)
    expect(scanner.isDone).toBe(true)
    expect(scanner.dataBytes).toBe(31)
    expect(scanner.out.length).toBe(1)
    expect(scanner.out[0]!.buffer).toBe(bytes.buffer)
    expect(scanner.out[0]!.toString()).toBe(`${hello}1A\r\n${'x'.repeat(26)}\r\n${last}`)
  })

  test.each([
    ['an extension', `5;a=b;c="d\\"; e"\r\nhello\r\n${last}`, hello + last],
    ['leading zeros', `0000000000000005\r\nhello\r\n${last}`, hello + last],
    ['an extension at the end', `${hello}0;a\r\n\r\n`, hello + last],
    ['zeros at the end', `${hello}000\r\n\r\n`, hello + last],
    [
      'one odd chunk between others',
      `${hello}05\r\nworld\r\n${hello}${last}`,
      `${hello}5\r\nworld\r\n${hello}${last}`,
    ],
    ['obs-text in quotes', `5;a="\xff"\r\nhello\r\n${last}`, hello + last],
    ['an extension of 256 bytes', `5;${'a'.repeat(255)}\r\nhello\r\n${last}`, hello + last],
  ])('with %s is passed on in canonical form', (_what, text, expected) => {
    expect(scan(text)).toEqual({ out: expected, trailers: [], refused: null, isDone: true, rest: '' })
  })

  test('is decoded for clients that know no chunks', () => {
    expect(scan(`5;a\r\nhello\r\n06\r\n world\r\n0\r\nA: b\r\n\r\nX`, 'decoded')).toMatchObject({
      out: 'hello world',
      rest: 'X',
    })
  })

  test('passes on trailers, but none that would change framing, routing or rights', () => {
    const trailers =
      'X-Sum:  1 \r\nHost: b\r\nCookie: c\r\nX_Forwarded-For: d\r\nSet-Cookie: e\r\nContent-Type: f\r\nServer-Timing: g\r\n'
    expect(scan(`${hello}0\r\n${trailers}\r\n`)).toMatchObject({
      out: `${hello}0\r\nX-Sum: 1\r\nServer-Timing: g\r\n\r\n`,
      trailers: ['X-Sum=1', 'Server-Timing=g'],
    })
  })

  test('holds the longest chunk there may be, and counts it', () => {
    const scanner = new ChunkScanner('decoded')
    const line = Buffer.from('ffffffff\r\n')
    scanner.push(line, 0, line.length)
    const data = Buffer.alloc(1024 * 1024)
    for (let i = 0; i < 4096; i++)
      scanner.push(data, 0, Math.min(data.length, 0xffffffff - scanner.dataBytes))
    const end = Buffer.from(`\r\n${last}`)
    scanner.push(end, 0, end.length)
    expect([scanner.dataBytes, scanner.isDone]).toEqual([4294967295, true])
  })

  test('gives the same wherever it is cut', () => {
    const body = `${hello}005;a="b"\r\nworld\r\n1a\r\n${'x'.repeat(26)}\r\n0;c\r\nX-Sum: 1\r\nHost: a\r\n\r\nREST`
    for (const form of ['chunked', 'decoded'] as const) {
      const whole = scan(body, form)
      const everyByte = Array.from(body, (_, i) => i)
      expect(scan(body, form, everyByte)).toEqual(whole)
      for (const cut of everyByte) expect(scan(body, form, [cut])).toEqual(whole)
    }
  })

  test('is not taken for complete before its last byte', () => {
    const body = `${hello}0\r\nA: b\r\n\r\n`
    for (let end = 1; end < body.length; end++) {
      const cut = scan(body.slice(0, end))
      expect([cut.isDone, cut.refused, cut.out.includes('0\r\n')]).toEqual([false, null, false])
    }
  })
})

describe('refused is', () => {
  test.each([
    ['a bare LF after the size', `5\nhello\r\n${last}`],
    ['a bare LF after the data', `5\r\nhello\n${last}`],
    ['a bare CR after the size', `5\rhello\r\n${last}`],
    ['data longer than its size', `4\r\nhello\r\n${last}`],
    ['data shorter than its size', `6\r\nhello\r\n${last}`],
    ['an empty size', `\r\nhello\r\n${last}`],
    ['an extension without a size', `;a\r\nhello\r\n${last}`],
    ['0x before the size', `0x5\r\nhello\r\n${last}`],
    ['a plus before the size', `+5\r\nhello\r\n${last}`],
    ['a minus before the size', `-5\r\nhello\r\n${last}`],
    ['a space before the size', ` 5\r\nhello\r\n${last}`],
    ['a space after the size', `5 \r\nhello\r\n${last}`],
    ['a TAB after the size', `5\t\r\nhello\r\n${last}`],
    ['a letter that is no digit', `5g\r\nhello\r\n${last}`],
    ['nine digits that count', `100000005\r\nhello\r\n${last}`],
    ['a size that wraps at 64 bits', `10000000000000005\r\nhello\r\n${last}`],
    ['17 digits', `00000000000000005\r\nhello\r\n${last}`],
    ['an extension after a space', `5 ;a\r\nhello\r\n${last}`],
    ['a space in an extension', `5; a\r\nhello\r\n${last}`],
    ['a space around =', `5;a =b\r\nhello\r\n${last}`],
    ['an extension without a name', `5;\r\nhello\r\n${last}`],
    ['an extension with = alone', `5;a=\r\nhello\r\n${last}`],
    ['an extension without a semicolon between', `5;a="b"c\r\nhello\r\n${last}`],
    ['a brace in an extension', `5;{\r\nhello\r\n${last}`],
    ['a quote that stays open', `5;a="b\r\nhello\r\n${last}`],
    ['a quote over a line end', `5;a="\r\n"\r\nhello\r\n${last}`],
    ['a bare LF in an extension', `5;a\nb\r\nhello\r\n${last}`],
    ['a bare CR in an extension', `5;a\rb\r\nhello\r\n${last}`],
    ['NUL in a quoted extension', `5;a="\0"\r\nhello\r\n${last}`],
    ['an extension of 257 bytes', `5;${'a'.repeat(256)}\r\nhello\r\n${last}`],
    ['extensions over 4 kB in all', `5;${'a'.repeat(255)}\r\nhello\r\n`.repeat(17) + last],
    ['a bare LF at the end', '0\r\n\n'],
    ['a bare LF in the trailers', '0\r\nA: b\n\r\n'],
    ['a trailer before which stands something', '0\r\nA\r\n\r\n'],
    ['a space before the colon of a trailer', '0\r\nA : b\r\n\r\n'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n'],
    ['Content-Length as a trailer', '0\r\nContent-Length: 5\r\n\r\n'],
    ['Transfer-Encoding as a trailer', '0\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['Connection as a trailer', '0\r\nConnection: close\r\n\r\n'],
    ['33 trailers', `0\r\n${'A: b\r\n'.repeat(33)}\r\n`],
    ['trailers over 8 kB', `0\r\nA: ${'b'.repeat(8 * 1024)}\r\n\r\n`],
  ])('%s, wherever the body is cut', (_what, text) => {
    const whole = scan(text)
    expect(whole).toMatchObject({ isDone: false, out: '', refused: expect.any(String) })
    const everyByte = Array.from(text, (_, i) => i)
    expect(scan(text, 'chunked', everyByte).refused).toEqual(whole.refused)
    expect(scan(text, 'decoded', [text.length >> 1]).refused).toEqual(whole.refused)
  })

  test('an endless trailer section, before its end is seen', () => {
    expect(scan(`0\r\nA: ${'b'.repeat(9 * 1024)}`).refused).toBe('trailers too long')
  })
})
