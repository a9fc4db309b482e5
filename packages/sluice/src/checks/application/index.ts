import type { Check } from '../check.ts'
import { lockfile } from './lockfile/lockfile.ts'

/** One line per check, by its file, in the order of the ids. */
export const application = { lockfile } satisfies Record<string, Check>
