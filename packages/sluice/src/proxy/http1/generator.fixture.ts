import { type Random, seeded } from '../../std/random.ts'
import { oddities, refusals } from './shapes.fixture.ts'

/** The sequence of one case, so that a case can be made again without those before it. */
export function randomOfCase(seed: number, caseNumber: number): Random {
  return seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(caseNumber + 1, 0x85ebca6b))
}

const refusedTexts = refusals.map(([, , text]) => text).filter((text) => text.length < 500)
const requestCanary = 'POST /canary HTTP/1.1\r\nHost: canary\r\nContent-Length: 6\r\n\r\ncanary'
const responseCanary = 'HTTP/1.1 200 OK\r\nX-Canary: canary\r\nContent-Length: 6\r\n\r\ncanary'

/** A stream of two requests, the second one with a mark that must not turn up anywhere else. */
export function requestStream(random: Random): Buffer {
  const kind = random.next()
  const first = kind < 0.1 ? random.pick(refusedTexts) : kind < 0.2 ? random.pick(oddities) : request(random)
  return Buffer.from(mutated(random, first) + requestCanary, 'latin1')
}

/** A response, sometimes after an interim one, and another with a mark. */
export function responseStream(random: Random): Buffer {
  const first = random.chance(0.2) ? interim(random) + response(random) : response(random)
  return Buffer.from(mutated(random, first) + responseCanary, 'latin1')
}

/** Ascending places to cut a stream of that length at. */
export function randomCuts(random: Random, length: number): number[] {
  const cuts = Array.from({ length: random.between(0, 5) }, () => random.between(0, length))
  return cuts.sort((a, b) => a - b)
}

const methods = 'GET POST PUT DELETE HEAD OPTIONS PATCH M-SEARCH QUERY SOURCE'.split(' ')
const targets = '/ /a?b=c /%41/..// //b /http://b/ http://a/x http://a HTTPS://A?q'.split(' ')
const hosts = ['Host: a', 'host:a', 'HOST: \ta ', 'Host: A']

function request(random: Random): string {
  const [method, target] = random.chance(0.97) ? [random.pick(methods), targetOf(random)] : ['FOO', '*']
  const version = random.chance(0.9)
    ? 'HTTP/1.1'
    : random.pick('HTTP/1.0 HTTP/1.0 HTTP/0.9 HTTP/2.0'.split(' '))
  const [framing, body] = framed(random)
  const fields = [...someFields(random), ...framing]
  if (random.chance(0.97)) fields.splice(random.between(0, fields.length), 0, random.pick(hosts))
  return `${[`${method} ${target} ${version}`, ...fields].join('\r\n')}\r\n\r\n${body}`
}

function targetOf(random: Random): string {
  return random.chance(0.9) ? random.pick(targets) : `/${text(random, 8)}`
}

const interimStatuses = '100 102 103 103 101 199'.split(' ')
const statuses = '200 200 200 200 204 304 404 426 500 599 099'.split(' ')

function interim(random: Random): string {
  const framing = random.chance(0.1) ? ['Content-Length: 5'] : []
  return responseHead(random, random.pick(interimStatuses), framing)
}

function response(random: Random): string {
  const [framing, body] = framed(random)
  return responseHead(random, random.pick(statuses), framing) + body
}

function responseHead(random: Random, status: string, framing: string[]): string {
  const version = random.chance(0.95)
    ? 'HTTP/1.1'
    : random.pick('HTTP/1.0 HTTP/1.0 HTTP/1.2 HTTP/2.0'.split(' '))
  const reason = random.pick([' OK', ' ', '', ' Not Found', ` ${text(random, 6)}`])
  return `${[`${version} ${status}${reason}`, ...someFields(random), ...framing].join('\r\n')}\r\n\r\n`
}

const codings = ['gzip', 'gzip, chunked', 'chunked, chunked', ' chunked ', 'chunked\t', 'chunked,']

function framed(random: Random): [fields: string[], body: string] {
  const lengthName = random.pick(['Content-Length', 'content-length', 'CONTENT-LENGTH'])
  const kind = random.next()
  if (kind < 0.25) return [[], '']
  if (kind < 0.5) return [[`${lengthName}: ${random.pick(['', '', '0', '00'])}5`], 'hello']
  const coding = random.chance(0.95) ? random.pick(['chunked', 'Chunked']) : random.pick(codings)
  const fields = [`${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: ${coding}`]
  if (random.chance(0.03)) fields.push(random.pick([`${lengthName}: 5`, fields[0]!]))
  return [fields, chunks(random)]
}

function chunks(random: Random): string {
  let body = ''
  for (let count = random.between(0, 3); count > 0; count--) {
    const data = 'abcdefghijklmnopqrstuvwxyz'.slice(0, random.between(1, 26))
    body += `${size(random, data.length)}${extension(random)}\r\n${data}\r\n`
  }
  return `${body}${size(random, 0)}${extension(random)}\r\n${trailers(random)}\r\n`
}

function size(random: Random, length: number): string {
  const digits = length.toString(16)
  const zeros = random.chance(0.1) ? '0'.repeat(random.between(0, 16)) : ''
  return zeros + (random.chance(0.2) ? digits.toUpperCase() : digits)
}

const extensions = [';a', ';a=b', ';a="b"', ';a="b\\"c";d', '; a', ';', ';a=', ';a="\r\n"']

function extension(random: Random): string {
  if (random.chance(0.85)) return ''
  return random.chance(0.7) ? random.pick(extensions) : `;a=${random.pick(['', '"'])}${text(random, 4)}"`
}

const trailerLines = [
  'X-Sum: 1',
  'a:b',
  'X-E: \xe4',
  'Host: b',
  'Cookie: a',
  'Trailer: x',
  'Upgrade: h2c',
  'TE: trailers',
]
const badTrailerLines = [
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Connection: close',
  ' folded',
  'a b: c',
]

function trailers(random: Random): string {
  if (random.chance(0.7)) return ''
  const lines = random.chance(0.8) ? trailerLines : badTrailerLines
  return Array.from({ length: random.between(1, 2) }, () => `${random.pick(lines)}\r\n`).join('')
}

function someFields(random: Random): string[] {
  return Array.from({ length: random.between(0, 3) }, () => {
    if (random.chance(0.1)) return `X-${text(random, 2)}: ${text(random, 8)}`
    return random.pick(random.chance(0.97) ? commonFields : badFields)
  })
}

const commonFields = [
  'Accept: */*',
  'A:',
  'X-B: \tc d\t ',
  'Cookie: a=b; c="d"',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: x-b, a',
  'Connection: close, Upgrade',
  'Keep-Alive: timeout=5',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'TE: trailers',
  'Trailer: X-Sum',
  'Expect: 100-continue',
  'X-Forwarded-For: 1.2.3.4',
  'X_Forwarded_For: 1.2.3.4',
  'Forwarded: for=1.2.3.4',
  'X-Request-Id: r',
  'Proxy-Connection: keep-alive',
  'X-C: \xe4\xff\x80',
  'Content_Length: 3',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d',
]

const badFields = ['Expect: x', 'X-\xe4: b', 'X-F: a\r\n b', 'Connection: Cookie']

/** Mostly untouched or touched once, so that many streams are read beyond the first byte that is wrong. */
function mutated(random: Random, text: string): string {
  let result = text
  const strength = random.next()
  const count = strength < 0.45 ? 0 : strength < 0.85 ? 1 : 1 + random.between(0, 3)
  for (let i = 0; i < count; i++) result = mutateOnce(random, result)
  return result
}

const nasty = [...'\r\n \t\0:,;"\\=#019f\x7f\x80\xa0\xff\v+-_x', '\r\n', '\r\n\r\n']
const nastyFields = [
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'tRANSFER-eNCODING: chunked\r\n',
  'Transfer-Encoding : chunked\r\n',
  'Transfer_Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Connection: Content-Length\r\n',
  'Host: b\r\n',
]

function mutateOnce(random: Random, text: string): string {
  const at = random.between(0, text.length)
  const lineStart = text.lastIndexOf('\n', Math.max(0, at - 1)) + 1
  switch (random.between(0, 6)) {
    case 0:
      return text.slice(0, at) + random.pick(nasty) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + random.pick(nasty) + text.slice(at + 1)
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.between(0, 255)) + text.slice(at + 1)
    case 4:
      return text.slice(0, lineStart) + random.pick(nastyFields) + text.slice(lineStart)
    case 5:
      return text.slice(0, at) + flipCase(text.charAt(at)) + text.slice(at + 1)
    default:
      return text.slice(0, lineStart) + text.slice(lineStart, at) + text.slice(lineStart)
  }
}

function flipCase(letter: string): string {
  return letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
}

/** Any bytes, mostly visible ones. */
function text(random: Random, maxLength: number): string {
  return Array.from({ length: random.between(0, maxLength) }, () =>
    String.fromCharCode(random.chance(0.8) ? 0x21 + random.between(0, 93) : random.between(0, 255)),
  ).join('')
}
