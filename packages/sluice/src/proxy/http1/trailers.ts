import { CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING } from './field-kind.ts'
import { MAX_TRAILER_FIELDS } from './limits.ts'
import { type Fields, readFields } from './read-fields.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Reads the trailer section in [at, bytes.length) and keeps the fields that may be passed on. */
export function parseTrailers(bytes: Buffer, at: number): Fields | Refusal {
  const all: Fields = { names: [], values: [], kinds: [] }
  const text = bytes.toString('latin1', at)
  const refusal = readFields(bytes, at, bytes.length, text, at, all, MAX_TRAILER_FIELDS)
  if (refusal !== null) return refusal
  // Dropping these would do for us; but there are parsers that obey them, and so see another message than we do.
  const obeyed = all.kinds.find(
    (kind) => kind === CONTENT_LENGTH || kind === TRANSFER_ENCODING || kind === CONNECTION,
  )
  return obeyed === undefined ? passable(all) : refuse(400, 'trailer that frames the message')
}

/** Field lines as they are sent, without the blank line. */
export function writeFields({ names, values }: Fields): string {
  return names.map((name, i) => `${name}: ${values[i]}\r\n`).join('')
}

function passable(all: Fields): Fields {
  const kept: Fields = { names: [], values: [], kinds: [] }
  for (const [i, name] of all.names.entries()) {
    if (!mayTrail(name)) continue
    kept.names.push(name)
    kept.values.push(all.values[i]!)
    kept.kinds.push(all.kinds[i]!)
  }
  return kept
}

/**
 * Whether a trailer may be passed on. RFC 9110, 6.5.1: it must not change framing, routing, authentication, or how the content is read; a reader
 * that merges trailers into the head would believe it.
 */
export function mayTrail(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-')
  return !neverTrail.has(plain) && !prefixes.some((prefix) => plain.startsWith(prefix))
}

const prefixes = ['x-forwarded-', 'proxy-', 'if-', 'content-']

const neverTrail = new Set([
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'host',
  'forwarded',
  'x-real-ip',
  'x-request-id',
  'max-forwards',
  'authorization',
  'www-authenticate',
  'authentication-info',
  'cookie',
  'set-cookie',
  'expect',
  'cache-control',
  'pragma',
  'range',
  'vary',
  'age',
  'date',
  'expires',
  'location',
  'retry-after',
])
