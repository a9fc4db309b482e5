const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"' }

/** What a literal of Go's says, from how it is written; null for what is no text. */
export function goText(written: string): string | null {
  if (/^`[^`]*`$/.test(written)) return written.slice(1, -1)
  if (!/^"[\s\S]*"$/.test(written) || written.length < 2) return null
  return written
    .slice(1, -1)
    .replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([\s\S]))/g, (whole, byte, unit, one) =>
      one === undefined ? String.fromCharCode(Number.parseInt(byte ?? unit, 16)) : (ESCAPES[one] ?? whole),
    )
}
