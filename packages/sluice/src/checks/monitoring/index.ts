import type { Check } from '../check.ts'

/** One line per check, by its file, in the order of the ids. */
export const monitoring = {} satisfies Record<string, Check>
