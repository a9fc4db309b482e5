import { stripVTControlCharacters } from 'node:util'

/** How many columns it takes; all our symbols take one. */
export function width(text: string): number {
  return [...stripVTControlCharacters(text)].length
}

/** Filled up with spaces on the right. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

/** In one row of the terminal; what had to be cut loses its colours. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text
  return `${[...stripVTControlCharacters(text)].slice(0, columns - 1).join('')}…`
}

/** Rows with their columns aligned, two spaces apart. */
export function table(rows: string[][]): string[] {
  const longest = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: longest }, (_, place) =>
    Math.max(...rows.map((row) => width(row[place] ?? ''))),
  )
  return rows.map((row) =>
    row
      .map((cell, place) => pad(cell, widths[place]!))
      .join('  ')
      .trimEnd(),
  )
}

/** `1 request`, `1,204 requests`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
