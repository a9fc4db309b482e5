import type { GroupName } from '../index.ts'
import type { Report } from '../run-checks.ts'

/** How many of a group's checks hold. */
export interface Score {
  group: GroupName
  passed: number
  /** Those that concern the app. */
  of: number
  /** Rounded down, so that 100 means all. */
  percent: number
}

/** By group, in the order of the checks. It informs; what blocks is decided by the tier alone. */
export function scores({ findings }: Pick<Report, 'findings'>): Score[] {
  const groups = [...new Set(findings.map(({ group }) => group))]
  return groups.map((group) => {
    const concerned = findings.filter((one) => one.group === group && one.status !== 'na')
    const passed = concerned.filter(({ status }) => status === 'pass').length
    const of = concerned.length
    return { group, passed, of, percent: of === 0 ? 100 : Math.floor((100 * passed) / of) }
  })
}
