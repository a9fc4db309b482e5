const unitBytes = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const

/** What `parseSize` reads. */
export const SIZE_PATTERN = /^(\d{1,12})\s?(b|[kmgKMG][bB])$/

/** Bytes of `500kb`, `10MB`, `1gb` (multiples of 1,024, as body limits of other servers are); null for anything else. */
export function parseSize(text: string): number | null {
  const match = SIZE_PATTERN.exec(text.trim())
  if (match === null) return null
  return Number(match[1]) * unitBytes[match[2]!.toLowerCase() as keyof typeof unitBytes]
}
