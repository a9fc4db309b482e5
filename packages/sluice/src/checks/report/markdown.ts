import type { Report } from '../run-checks.ts'
import type { Finding } from '../settle.ts'
import { evidenceLines, marks } from './finding-text.ts'
import { scores } from './score.ts'

/** Less than what GitHub takes for a comment, 65,536 characters. */
const mostChars = 60_000
const mostEvidence = 3

/** The report for a pull request: what blocks first, the rest folded. */
export function markdown(
  { findings }: Pick<Report, 'findings'>,
  { app, tier, treeHash }: { app: string; tier: string; treeHash: string },
): string {
  const blocking = findings.filter(({ isBlocking }) => isBlocking)
  const open = findings.filter((one) => !one.isBlocking && ['fail', 'warn', 'unknown'].includes(one.status))
  const excused = findings.filter(({ status, leniency }) => status === 'na' || leniency !== null)
  const verdict =
    blocking.length === 0 ? 'nothing blocks' : `${blocking.length} of ${findings.length} checks block`
  const lines = [
    `### Ready for production? ${text(app)}, tier ${tier}: ${verdict}`,
    '',
    '| group | holds | |',
    '| --- | --- | --- |',
    ...scores({ findings }).map(
      ({ group, passed, of, percent }) => `| ${group} | ${passed} of ${of} | ${percent} % |`,
    ),
    '',
    ...(blocking.length === 0 ? [] : ['#### Blocks', '', ...blocking.flatMap(entry), '']),
    ...folded(`Does not block: ${open.length}`, open.flatMap(entry)),
    ...folded(`Does not concern the app, or not now: ${excused.length}`, excused.map(excuse)),
    `<sub>tree ${treeHash.slice(0, 12)}</sub>`,
    '',
  ]
  const whole = lines.join('\n')
  return whole.length <= mostChars
    ? whole
    : `${whole.slice(0, mostChars)}\n\n… cut: the rest is in the log.\n`
}

function entry(finding: Finding): string[] {
  const evidence = evidenceLines(finding)
  const shown = evidence.slice(0, mostEvidence).map((line) => `  - ${text(line)}`)
  const rest = evidence.length - shown.length
  return [
    `- ${marks[finding.status]} **${finding.id}** ${text(finding.title)}: ${text(finding.says)}`,
    ...shown,
    ...(rest > 0 ? [`  - and ${rest} more`] : []),
    `  - *${text(finding.fix)}*`,
  ]
}

function excuse({ id, title, says, leniency }: Finding): string {
  return `- – **${id}** ${text(title)}: ${text(leniency ?? says)}`
}

function folded(summary: string, lines: string[]): string[] {
  if (lines.length === 0) return []
  return ['<details>', `<summary>${text(summary)}</summary>`, '', ...lines, '', '</details>', '']
}

// What was found in somebody's files must not become a link, a mention or a tag in somebody else's page.
function text(raw: string): string {
  return raw.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#@!~]/g, '\\$&')
}
