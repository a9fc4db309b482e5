import { application } from './application/index.ts'
import type { Check } from './check.ts'
import { infrastructure } from './infrastructure/index.ts'
import { monitoring } from './monitoring/index.ts'
import { operations } from './operations/index.ts'
import { security } from './security/index.ts'

/** All checks by their groups, in the order in which a person reads them. */
export const groups = { application, infrastructure, monitoring, security, operations } satisfies Record<
  string,
  Record<string, Check>
>

export type GroupName = keyof typeof groups

/** Every check, with its group. */
export function allChecks(): { group: GroupName; check: Check }[] {
  const names = Object.keys(groups) as GroupName[]
  return names.flatMap((group) => Object.values<Check>(groups[group]).map((check) => ({ group, check })))
}
