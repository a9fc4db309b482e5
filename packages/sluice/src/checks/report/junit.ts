import type { Report } from '../run-checks.ts'
import type { Finding } from '../settle.ts'
import { evidenceLines } from './finding-text.ts'

/**
 * The report as JUnit's XML, which every CI system shows: a suite for each group, a case for each check. What blocks is a
 * failure; what does not block, does not concern the app or is not known is skipped, with the reason.
 */
export function junit({ findings }: Pick<Report, 'findings'>, app: string): string {
  const groups = [...new Set(findings.map(({ group }) => group))]
  const suites = groups.map((group) => {
    const own = findings.filter((one) => one.group === group)
    const failures = own.filter(({ isBlocking }) => isBlocking).length
    const skipped = own.filter((one) => !one.isBlocking && one.status !== 'pass').length
    const counts = `tests="${own.length}" failures="${failures}" errors="0" skipped="${skipped}"`
    return [
      `  <testsuite name="${escaped(group)}" ${counts}>`,
      ...own.flatMap((one) => caseOf(one, group, app)),
      '  </testsuite>',
    ]
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="sluice check">',
    ...suites.flat(),
    '</testsuites>',
    '',
  ].join('\n')
}

function caseOf(finding: Finding, group: string, app: string): string[] {
  const { id, title, status, says, isBlocking, fix } = finding
  const open = `    <testcase classname="${escaped(`${app}.${group}`)}" name="${escaped(`${id} ${title}`)}"`
  if (status === 'pass') return [`${open}/>`]
  const message = escaped(`${status}: ${says}`)
  if (!isBlocking) return [`${open}>`, `      <skipped message="${message}"/>`, '    </testcase>']
  const text = escaped([...evidenceLines(finding), fix].join('\n'))
  return [
    `${open}>`,
    `      <failure type="${status}" message="${message}">${text}</failure>`,
    '    </testcase>',
  ]
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// What XML 1.0 has no way to write at all, section 2.2, is left out.
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (sign) => entities[sign]!)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
}
