const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** What a literal of Python's says, from how it is written; null for what is no plain text. */
export function pythonText(written: string): string | null {
  const parts = /^([rbuf]*)("""|'''|"|')([\s\S]*)\2$/i.exec(written)
  if (parts === null) return null
  const [, prefix, , inside] = parts as unknown as [string, string, string, string]
  if (/r/i.test(prefix)) return inside
  return inside.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|([\s\S]))/gi, (whole, byte, unit, one) =>
    one === undefined ? String.fromCharCode(Number.parseInt(byte ?? unit, 16)) : (ESCAPES[one] ?? whole),
  )
}
