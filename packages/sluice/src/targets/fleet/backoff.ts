const FIRST_MS = 100
const LONGEST_MS = 30_000

/** An instance that was ready for so long counts as well again: its next end is a first one. */
export const WELL_AFTER_MS = 60_000

/** How long a dead instance stays dead, after `failures` in a row: 100 ms, then twice as long each time, up to 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1))
}
