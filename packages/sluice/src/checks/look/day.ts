export const DAY_MS = 86_400_000

/** Milliseconds since 1970 at which a day such as 2026-11-22 begins in UTC; null for anything else. */
export function dayOf(value: unknown): number | null {
  const text = value instanceof Date ? value.toISOString().slice(0, 10) : String(value)
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(at) ? null : at
}

/** `2026-11-22`, in UTC. */
export function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
