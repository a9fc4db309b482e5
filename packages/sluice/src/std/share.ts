/** What `parseShare` reads: at most two decimals, because a basis point is the smallest share there is. */
export const SHARE_PATTERN = /^(\d{1,3})(?:\.(\d{1,2}))?\s?%$/

/** Basis points of `1%`, `12.5%`, `0.01%`; null for anything else and for more than 100 %. */
export function parseShare(text: string): number | null {
  const match = SHARE_PATTERN.exec(text.trim())
  if (match === null) return null
  const [, whole, decimals = ''] = match
  const basisPoints = Number(whole) * 100 + Number(decimals.padEnd(2, '0'))
  return basisPoints <= 10_000 ? basisPoints : null
}

/** `12.5%` for 1,250, as it is written in sluice.yaml. */
export function formatShare(basisPoints: number): string {
  return `${Number((basisPoints / 100).toFixed(2))}%`
}
