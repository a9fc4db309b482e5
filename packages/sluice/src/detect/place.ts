import type { Evidence } from './facts.ts'

/** Evidence in a text, at the first line that shows all of the patterns one after another: a key, and a key below it. */
export function placeOf(file: string, text: string, patterns: (string | RegExp)[], says: string): Evidence {
  let from = 0
  for (const pattern of patterns) {
    const found = typeof pattern === 'string' ? text.indexOf(pattern, from) : indexOf(text, pattern, from)
    if (found === -1) return { file, says }
    from = found
  }
  return { file, line: lineAt(text, from), says }
}

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Foreign text in a sentence: one line, not endless. */
export function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}

function indexOf(text: string, pattern: RegExp, from: number): number {
  const found = text.slice(from).search(pattern)
  return found === -1 ? -1 : from + found
}
