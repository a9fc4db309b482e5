import { kindOf, TRANSFER_ENCODING } from './field-kind.ts'
import { isLineEnd } from './line-end.ts'
import { COLON, CR, isToken, isValue, SP, spanEnd, TAB } from './octets.ts'
import { type Refusal, refuse } from './refusal.ts'

/** The fields of a head or a trailer section, as received, in order. */
export interface Fields {
  names: string[]
  /** Without white space around; `values[i]` belongs to `names[i]`. */
  values: string[]
  /** What each field means to us, parallel to `names`: see field-kind.ts. */
  kinds: number[]
}

/**
 * Reads the field lines in [at, end), up to and with the blank line that ends them, into `fields`.
 *
 * @param text the same bytes as latin1, from `textStart` on: pieces of one string cost less than a string per field.
 */
export function readFields(
  bytes: Uint8Array,
  at: number,
  end: number,
  text: string,
  textStart: number,
  fields: Fields,
  maxFields: number,
): Refusal | null {
  while (at < end && bytes[at] !== CR) {
    if (fields.names.length === maxFields) return refuse(431, 'too many fields')
    const nameEnd = spanEnd(isToken, bytes, at, end)
    if (nameEnd === at) return refuse(400, 'field without a name')
    if (nameEnd === end || bytes[nameEnd] !== COLON) return refuse(400, 'bad byte in a field name')
    const valueStart = skipWhiteSpace(bytes, nameEnd + 1, end)
    const lineEnd = spanEnd(isValue, bytes, valueStart, end)
    if (!isLineEnd(bytes, lineEnd, end)) return refuse(400, 'bad byte in a field value')
    const valueEnd = trimWhiteSpace(bytes, valueStart, lineEnd)
    fields.names.push(text.slice(at - textStart, nameEnd - textStart))
    fields.values.push(text.slice(valueStart - textStart, valueEnd - textStart))
    const kind = kindOf(bytes, at, nameEnd)
    // Legal white space, yet llhttp does not see `chunked` before it; such a body would end in two places.
    if (kind === TRANSFER_ENCODING && hasTab(bytes, valueEnd, lineEnd)) {
      return refuse(400, 'TAB after Transfer-Encoding')
    }
    fields.kinds.push(kind)
    at = lineEnd + 2
  }
  return at + 2 === end && isLineEnd(bytes, at, end) ? null : refuse(400, 'bad end of the fields')
}

function skipWhiteSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === SP || bytes[at] === TAB)) at++
  return at
}

function trimWhiteSpace(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && (bytes[end - 1] === SP || bytes[end - 1] === TAB)) end--
  return end
}

function hasTab(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes.subarray(start, end).includes(TAB)
}
