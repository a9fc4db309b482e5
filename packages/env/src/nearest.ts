/**
 * The known name that `wanted` was most likely meant to be, or null where none is near: at most one typing slip
 * for each three letters, so that short names are not confused. Ties go to the name that comes first.
 */
export function nearest(wanted: string, known: Iterable<string>): string | null {
  // Nobody mistypes a name this long by hand, and the distance takes quadratic time.
  if (wanted.length > 100) return null
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue
    const distance = editDistance(plain(wanted), plain(name))
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/**
 * Damerau–Levenshtein distance (optimal string alignment): inserted, deleted, changed letters and swapped neighbours,
 * each counted once. Damerau 1964, "A technique for computer detection and correction of spelling errors".
 */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + changed)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** `keep_releases`, `keep-releases` and `keepReleases` are the same name spelt by different habits. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}
