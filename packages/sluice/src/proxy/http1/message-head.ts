import { CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE } from './field-kind.ts'
import { consistsOf, isToken } from './octets.ts'
import type { Fields } from './read-fields.ts'
import { type Refusal, refuse } from './refusal.ts'

/** What requests and responses share. Text is latin1: one character per byte. */
export interface MessageHead extends Fields {
  minor: 0 | 1
  /** Octets of the body; -1 when no Content-Length was given. */
  contentLength: number
  chunked: boolean
  /** Whether the sender wants the connection kept open after this message. */
  keepAlive: boolean
  /** The Upgrade field in lower case, only where Connection names it. */
  upgrade: string | null
  /** What Connection lists, in lower case. */
  connectionNames: string[]
}

/** Works out framing and connection from the fields (RFC 9112, 6 and 9). */
export function interpretFields(head: MessageHead): Refusal | null {
  let upgrade = ''
  for (let i = 0; i < head.kinds.length; i++) {
    let refusal: Refusal | null = null
    switch (head.kinds[i]) {
      case CONTENT_LENGTH:
        refusal = readContentLength(head, head.values[i]!)
        break
      case TRANSFER_ENCODING:
        refusal = readTransferEncoding(head, head.values[i]!)
        break
      case CONNECTION:
        refusal = readConnection(head, head.values[i]!)
        break
      case UPGRADE:
        upgrade = joinList(upgrade, head.values[i]!)
        break
    }
    if (refusal !== null) return refusal
  }
  if (head.chunked && head.contentLength !== -1) return refuse(400, 'Content-Length with Transfer-Encoding')
  if (head.chunked && head.minor === 0) return refuse(400, 'Transfer-Encoding in HTTP/1.0')
  readPersistence(head)
  if (upgrade !== '' && head.connectionNames.includes('upgrade')) head.upgrade = upgrade.toLowerCase()
  return null
}

/** Values of one field as one list; an empty one adds nothing. */
export function joinList(list: string, value: string): string {
  return list === '' || value === '' ? list + value : `${list}, ${value}`
}

function readContentLength(head: MessageHead, value: string): Refusal | null {
  if (head.contentLength !== -1) return refuse(400, 'Content-Length twice')
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return refuse(400, 'Content-Length not a number')
    length = length * 10 + digit
    if (length > Number.MAX_SAFE_INTEGER) return refuse(400, 'Content-Length too large')
  }
  if (value === '') return refuse(400, 'Content-Length empty')
  head.contentLength = length
  return null
}

function readTransferEncoding(head: MessageHead, value: string): Refusal | null {
  if (head.chunked) return refuse(400, 'Transfer-Encoding twice')
  const codings = listElements(value.toLowerCase())
  if (!codings.every((coding) => consistsOf(isToken, coding)))
    return refuse(400, 'Transfer-Encoding malformed')
  if (codings.indexOf('chunked') !== codings.length - 1)
    return refuse(400, 'Transfer-Encoding not ended by chunked')
  if (codings.length > 1) return refuse(501, 'Transfer-Encoding other than chunked')
  head.chunked = true
  return null
}

/** A sender must not be able to have these deleted on the way by calling them hop-by-hop. */
const protectedNames = new Set(['host', 'content-length', 'transfer-encoding', 'cookie', 'authorization'])

function readConnection(head: MessageHead, value: string): Refusal | null {
  for (const name of listElements(value.toLowerCase())) {
    if (name === '') continue
    if (!consistsOf(isToken, name)) return refuse(400, 'Connection malformed')
    if (protectedNames.has(name) || name.startsWith('x-forwarded-')) {
      return refuse(400, 'Connection names an end-to-end field')
    }
    head.connectionNames.push(name)
  }
  return null
}

function readPersistence(head: MessageHead): void {
  const names = head.connectionNames
  head.keepAlive = !names.includes('close') && (head.minor === 1 || names.includes('keep-alive'))
}

/** Not `trim()`, which takes 0xa0 and vertical tabs for white space, as no other HTTP parser does. */
function listElements(list: string): string[] {
  return list.includes(',') ? list.split(',').map(trimWhiteSpace) : [list]
}

function trimWhiteSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhiteSpace(text, start)) start++
  while (end > start && isWhiteSpace(text, end - 1)) end--
  return text.slice(start, end)
}

function isWhiteSpace(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t'
}
