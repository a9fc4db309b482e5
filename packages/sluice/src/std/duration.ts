const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** What `parseDuration` reads, apart from plain milliseconds; also the pattern that an editor checks. */
export const DURATION_PATTERN = /^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d+)?s)?(\d+ms)?$/

const longest = 365 * unitMs.d

/**
 * Milliseconds of `500ms`, `10s`, `1.5s`, `5m`, `1h30m`, `2d`; plain digits are milliseconds.
 * Null for anything else, and for more than a year, which no timer here is meant to hold.
 */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim()
  if (/^\d+$/.test(trimmed)) return withinReason(Number(trimmed))
  if (!DURATION_PATTERN.test(trimmed)) return null
  let sum = 0
  for (const [, amount, unit] of trimmed.matchAll(/([\d.]+)(ms|[smhd])/g)) {
    sum += Number(amount) * unitMs[unit as keyof typeof unitMs]
  }
  return withinReason(Math.round(sum))
}

/** Whole milliseconds as `parseDuration` reads them, largest unit first: `1h30m`, `1m30s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms))
  if (rest === 0) return '0s'
  if (rest < unitMs.s) return `${rest}ms`
  let text = ''
  for (const unit of ['d', 'h', 'm'] as const) {
    const amount = Math.floor(rest / unitMs[unit])
    rest -= amount * unitMs[unit]
    if (amount > 0) text += `${amount}${unit}`
  }
  return rest > 0 ? `${text}${rest / unitMs.s}s` : text
}

function withinReason(ms: number): number | null {
  return ms <= longest ? ms : null
}
