import { STATUS_CODES } from 'node:http'
import {
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  FORWARDED_FOR,
  FORWARDED_HOST,
  FORWARDED_LOOKALIKE,
  FORWARDED_OTHERWISE,
  FORWARDED_PORT,
  FORWARDED_PROTO,
  HOP_BY_HOP,
  HOST,
  KEEP_ALIVE,
  OURS,
  REQUEST_ID,
  TRAILER,
  TRANSFER_ENCODING,
  UPGRADE,
} from './field-kind.ts'
import { joinList } from './message-head.ts'
import type { Fields } from './read-fields.ts'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'

export interface RequestHeadOptions {
  /** The peer's IP address. */
  clientAddress: string
  proto: 'http' | 'https'
  /** Where the client connected to. */
  port: number
  /** Whether the peer may say for whom it forwards. */
  trusted: boolean
  /** Called only where the client sent no X-Request-Id. */
  requestId: () => string
  /** Pass the request's upgrade on. */
  upgrade: boolean
}

export interface ResponseHeadOptions {
  /** `close` also where the body lasts until the close; `upgrade` for a 101. */
  connection: 'close' | 'keep-alive' | 'upgrade'
  /** The client speaks HTTP/1.0: a chunked body is sent decoded and ended by the close. */
  decodeChunked: boolean
  /** Whole field lines without line end: `Set-Cookie: a=b`. */
  extra: readonly string[]
}

/**
 * The head sent to the app, as latin1. Always built anew, never from received bytes: end-to-end fields keep name,
 * order and duplicates; framing, connection and forwarded fields are our own (RFC 9110, 7.6).
 */
export function writeRequestHead(head: RequestHead, options: RequestHeadOptions): string {
  const drops = dropsOf(head)
  const hasRequestId = head.kinds.includes(REQUEST_ID) && !drops?.has('x-request-id')
  let out = `${head.method} ${head.target} HTTP/1.1\r\nHost: ${head.hostField}\r\n`
  out += copiedFields(
    head,
    options.trusted ? notCopiedFromTrusted : notCopiedFromStrangers,
    head.chunked,
    drops,
  )
  // Before the fields that are written anew each time, so that a head written twice stays the same.
  if (!hasRequestId) out += `X-Request-Id: ${options.requestId()}\r\n`
  out += framingFields(head)
  if (head.expectsContinue) out += 'Expect: 100-continue\r\n'
  out += forwardedFields(head, options)
  if (options.upgrade && head.upgrade !== null) out += upgradeFields(head.upgrade)
  return `${out}\r\n`
}

/** The head sent to the client, as latin1; for interim responses too. */
export function writeResponseHead(head: ResponseHead, options: ResponseHeadOptions): string {
  const { status } = head
  // RFC 9110, 8.6: neither an interim response nor 204 may speak of a body.
  const hasFraming = status >= 200 && status !== 204 && !(head.chunked && options.decodeChunked)
  let out = `HTTP/1.1 ${status} ${head.reason}\r\n`
  out += copiedFields(head, notCopiedFromApp, hasFraming && head.chunked, dropsOf(head))
  for (let i = 0; i < options.extra.length; i++) out += `${options.extra[i]}\r\n`
  if (hasFraming) out += framingFields(head)
  if (status >= 200) out += `Connection: ${options.connection === 'keep-alive' ? 'keep-alive' : 'close'}\r\n`
  else if (options.connection === 'upgrade' && head.upgrade !== null) out += upgradeFields(head.upgrade)
  return `${out}\r\n`
}

/**
 * A whole answer made by the proxy itself.
 *
 * @param extra whole field lines without line end: `Connection: close`, `Retry-After: 1`.
 * @param method of the request: a HEAD gets no body.
 */
export function writeAnswer(
  status: number,
  body = `${STATUS_CODES[status] ?? status}\n`,
  extra: readonly string[] = [],
  method = 'GET',
): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...extra,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`)
}

/** Names that Connection tells us to leave out, in lower case; null in the usual case that there are none. */
function dropsOf({ connectionNames }: { connectionNames: readonly string[] }): ReadonlySet<string> | null {
  return connectionNames.every(isConnectionOption) ? null : new Set(connectionNames)
}

/** What Connection says without naming a field. */
function isConnectionOption(name: string): boolean {
  return name === 'keep-alive' || name === 'close' || name === 'upgrade'
}

// Tables by kind: 1 for fields that end here, or are written anew.
const notCopied = [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, KEEP_ALIVE, HOP_BY_HOP]
const notCopiedFromApp = tableOf(notCopied)
const notCopiedFromTrusted = tableOf([
  ...notCopied,
  HOST,
  EXPECT,
  FORWARDED_FOR,
  FORWARDED_PROTO,
  FORWARDED_HOST,
  FORWARDED_PORT,
  FORWARDED_LOOKALIKE,
  OURS,
])
const notCopiedFromStrangers = notCopiedFromTrusted.with(FORWARDED_OTHERWISE, 1)

function tableOf(kinds: readonly number[]): Uint8Array {
  const table = new Uint8Array(256)
  for (const kind of kinds) table[kind] = 1
  return table
}

/** @param withTrailers the body is sent in chunks, so trailers can be announced. */
function copiedFields(
  { names, values, kinds }: Fields,
  isNotCopied: Uint8Array,
  withTrailers: boolean,
  drops: ReadonlySet<string> | null,
): string {
  let out = ''
  for (let i = 0; i < names.length; i++) {
    const kind = kinds[i]!
    if (isNotCopied[kind] === 1 || (kind === TRAILER && !withTrailers)) continue
    if (drops?.has(names[i]!.toLowerCase())) continue
    out += `${names[i]}: ${values[i]}\r\n`
  }
  return out
}

function framingFields({ chunked, contentLength }: { chunked: boolean; contentLength: number }): string {
  if (chunked) return 'Transfer-Encoding: chunked\r\n'
  return contentLength === -1 ? '' : `Content-Length: ${contentLength}\r\n`
}

function forwardedFields(head: RequestHead, options: RequestHeadOptions): string {
  const said = (kind: number) => (options.trusted ? valuesOf(head, kind) : '')
  return (
    `X-Forwarded-For: ${joinList(said(FORWARDED_FOR), options.clientAddress)}\r\n` +
    `X-Forwarded-Proto: ${said(FORWARDED_PROTO) || options.proto}\r\n` +
    `X-Forwarded-Host: ${said(FORWARDED_HOST) || head.hostField}\r\n` +
    `X-Forwarded-Port: ${said(FORWARDED_PORT) || options.port}\r\n`
  )
}

/** The values of all fields of this kind as one list; empty when there are none. */
function valuesOf({ values, kinds }: Fields, kind: number): string {
  let list = ''
  for (let i = 0; i < kinds.length; i++) if (kinds[i] === kind) list = joinList(list, values[i]!)
  return list
}

function upgradeFields(protocol: string): string {
  return `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`
}
