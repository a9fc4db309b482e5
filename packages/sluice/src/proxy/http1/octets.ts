/** Bytes that the grammar speaks of by name. */
export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COLON = 0x3a

/** RFC 9110, 5.6.2: what methods, field names and list elements are made of. */
export const isToken = tableOf(
  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
)

/** RFC 9110, 5.5: visible ASCII, space, TAB, and 0x80-0xff, which pass as they are. */
export const isValue = tableOf((byte) => byte === TAB || (byte >= SP && byte !== 0x7f))

/** Visible ASCII without `#`: a fragment never travels. */
export const isTarget = tableOf((byte) => byte > SP && byte < 0x7f && byte !== 0x23)

/**
 * What names of hosts are made of. RFC 3986 also allows sub-delims and percent-encoding in a registered name;
 * no DNS name has them, and two parsers may take them for two hosts.
 */
export const isHostName = tableOf('-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')

/** The value of a hexadecimal digit, -1 for any other byte. */
export const hexValue = new Int8Array(256).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  hexValue[digit.charCodeAt(0)] = value
  hexValue[digit.toUpperCase().charCodeAt(0)] = value
}

/** The index after the longest run of bytes of that table from `at`, `end` at most. */
export function spanEnd(table: Uint8Array, bytes: Uint8Array, at: number, end: number): number {
  while (at < end && table[bytes[at]!] === 1) at++
  return at
}

/** True for a text of latin1 characters, not empty, that are all in the table. */
export function consistsOf(table: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false
  return text.length > 0
}

function tableOf(members: string | ((byte: number) => boolean)): Uint8Array {
  const has =
    typeof members === 'function' ? members : (byte: number) => members.includes(String.fromCharCode(byte))
  return Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0))
}
