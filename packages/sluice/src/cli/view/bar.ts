const parts = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A share of the whole, in basis points, as so many cells at most: `█████▌`. A share above 0 is always seen. */
export function bar(basisPoints: number, cells: number): string {
  const eighths = Math.round((basisPoints * cells * 8) / 10_000)
  const shown = basisPoints > 0 ? Math.max(1, eighths) : 0
  return '█'.repeat(Math.floor(shown / 8)) + parts[shown % 8]
}
