/** What one file shows. `at` is an offset into its text. */
export type Found =
  | { kind: 'read'; name: string; at: number; fallback: string | null }
  | { kind: 'dynamic'; code: string; at: number }

/** What a parser made of one file; `broken` says why a part of it, or all, could not be understood. */
export interface Reading {
  found: Found[]
  broken: string | null
}

const LONGEST = 100

/** Code as a message quotes it: on one line, and not endless. */
export function quoted(code: string): string {
  const line = code.slice(0, LONGEST * 4).replace(/\s+/g, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}
