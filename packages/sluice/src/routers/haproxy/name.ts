/**
 * Any text as a name that HAProxy takes in files, commands and logs: letters, digits, `-` and `.` stand for themselves, every
 * other byte is `_` and two hex digits.
 */
export function encodeName(text: string): string {
  const bytes = [...Buffer.from(text)]
  return bytes
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[A-Za-z0-9.-]/.test(letter) ? letter : `_${byte.toString(16).padStart(2, '0')}`
    })
    .join('')
}

/** What was encoded. */
export function decodeName(name: string): string {
  const bytes = name.match(/_[0-9a-f]{2}|[^_]/g) ?? []
  return Buffer.concat(
    bytes.map((one) => (one.length === 1 ? Buffer.from(one) : Buffer.from(one.slice(1), 'hex'))),
  ).toString()
}
